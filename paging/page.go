package paging

import (
	"errors"
	"slices"
)

// Page is the rows of one page and what is around them. Its links and totals belong to the fetch that made it: With
// gives it other rows and leaves those alone.
type Page[T any] struct {
	// Items are the rows in the order of the sort.
	Items []T

	opts             Options
	hasPrev, hasNext bool
	count            int // rows when the page was fetched
	first, final     *boundary
	total            Total
}

// NewPage makes the page that o asks for.
//
// Rows are what the query of o gave: in the order it gave them (from the far end when o.Backwards), one more than the
// limit when there are more. NewPage cuts that one off and puts the rows into the order of the sort; it does not change
// the slice it was given. When o is restricted all rows are taken, in any order, and the page has no links.
//
// Value gives the column of a row that a Key names, as the database has it: for cursors, and so not needed (nil) for
// pages by offset. Integers, floats, bool, text, bytes, time.Time, pointers to these (nil is NULL), types based on them
// and driver.Valuer are understood. It must not lose precision: a time cut to milliseconds skips rows.
//
// Total is Unknown unless o.WantsTotal and the rows have been counted. The error is one in the program, not of the
// request: a value that cannot be kept in a cursor, NULL where a Key says NotNull, or rows of which the values prove that
// rows would be lost: two alike (a JOIN that multiplies rows, a last Key that is not unique), or not in the order of the
// sort (value does not give what the column holds). Text is in the database's order, which only the database knows.
func NewPage[T any](o Options, rows []T, value func(row T, column string) any, total Total) (Page[T], error) {
	if o.restricted {
		return Page[T]{Items: rows, opts: o, count: len(rows), total: total}, nil
	}
	limit := o.Limit()
	more := len(rows) > limit
	rows = slices.Clip(rows[:min(limit, len(rows))])
	if o.Backwards() {
		rows = slices.Clone(rows)
		slices.Reverse(rows)
	}
	p := Page[T]{Items: rows, opts: o, count: len(rows), total: total}
	p.hasPrev, p.hasNext = o.around(more)
	if o.Mode() == Offset {
		p.total = p.corrected()
		if o.config().Mode != Either || value == nil {
			return p, nil
		}
	}
	if value == nil {
		return p, errors.New("paging: NewPage needs a value function for a keyset page")
	}
	if len(rows) == 0 {
		return p, nil
	}
	err := prove(o, rows, value)
	if err != nil {
		return p, err
	}
	if p.first, err = boundaryOf(o, rows[0], value); err != nil {
		return p, err
	}
	p.final, err = boundaryOf(o, rows[len(rows)-1], value)
	return p, err
}

// around reports whether there are rows before and after a page. On the side that a cursor points away from it is taken for
// granted: the row it names was there when the link was made.
func (o Options) around(more bool) (prev, next bool) {
	switch o.start {
	case afterRow:
		return true, more
	case beforeRow:
		return more, true
	case atEnd:
		return more, false
	default:
		return o.offset > 0, more
	}
}

func boundaryOf[T any](o Options, row T, value func(T, string) any) (*boundary, error) {
	values := make([]any, len(o.sort.Keys))
	for i, k := range o.sort.Keys {
		values[i] = value(row, k.Column)
	}
	return o.newBoundary(values)
}

// corrected is the total made to agree with the page where rows came or went between the count and the fetch: a page that
// has a next one cannot be the last.
func (p Page[T]) corrected() Total {
	if !p.total.IsExact() {
		return p.total
	}
	seen := int64(p.opts.offset + p.count)
	switch {
	case p.hasNext:
		return Exact(max(p.total.n, seen+1))
	case p.count > 0 || p.opts.offset == 0:
		return Exact(seen)
	default: // past the end, where nothing can be seen
		return Exact(min(p.total.n, int64(p.opts.offset)))
	}
}

// Options is what the page was asked for with.
func (p Page[T]) Options() Options { return p.opts }

// HasPrev reports whether there are rows before the page.
func (p Page[T]) HasPrev() bool { return p.hasPrev }

// HasNext reports whether there are rows after the page.
func (p Page[T]) HasNext() bool { return p.hasNext }

// Total is the number of rows on all pages.
func (p Page[T]) Total() Total { return p.total }

// Number is the number of the page, the first one being 1, or 0 when that is not known: pages found by a cursor have
// none. An offset between two pages counts as the earlier one. What the way back leaves over at the beginning of a list,
// fewer rows than a page has, is not page 1: it has no number, and a link to the first page.
func (p Page[T]) Number() int {
	switch {
	case p.opts.restricted:
		return 0
	case p.opts.Mode() == Offset:
		return p.opts.offset/p.opts.Limit() + 1
	case !p.hasPrev && !p.isShort():
		return 1
	default:
		return 0
	}
}

// isShort reports whether the page was found on the way back and holds fewer of the first rows than the first page does.
func (p Page[T]) isShort() bool {
	return p.opts.Backwards() && p.hasNext && p.count < p.opts.Limit()
}

// LastNumber is the number of the last page, or 0 when that is not known: the rows were not all counted and this is not
// the last page. An empty list has one page.
func (p Page[T]) LastNumber() int {
	limit := int64(p.opts.Limit())
	switch {
	case p.opts.restricted:
		return 0
	case p.total.IsExact():
		return int(max(1, (p.total.n-1)/limit+1))
	case !p.hasNext && p.count > 0 && p.opts.Mode() == Offset: // an offset between two pages may show the end of the later one
		return (p.opts.offset+p.count-1)/p.opts.Limit() + 1
	case !p.hasNext && (p.count > 0 || !p.hasPrev):
		return p.Number()
	default:
		return 0
	}
}

// OnPage reports whether this is the page with number n.
func (p Page[T]) OnPage(n int) bool { return n > 0 && p.Number() == n }

// WithTotal is the same page with the number of rows on all pages.
func (p Page[T]) WithTotal(t Total) Page[T] {
	p.total = t
	if p.opts.Mode() == Offset {
		p.total = p.corrected()
	}
	return p
}

// With is the same page with other rows: links, numbers and totals stay as they were when it was fetched.
func (p Page[T]) With(items []T) Page[T] {
	p.Items = items
	return p
}
