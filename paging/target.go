package paging

import "strconv"

// Target is where a link of a page leads, or code that changes the page: First, Prev, Next, Last, a Number or To.
type Target interface{ isTarget() }

// Direction is a Target that needs no number.
type Direction int

// The directions in which a page leads.
const (
	First Direction = iota
	Prev
	Next
	Last
)

// Number is the page with this number; the first one is 1.
type Number int

type toOptions struct{ o Options }

// String is the page's URL, for messages.
func (t toOptions) String() string { return t.o.URL() }

// To is the page of these Options: of the same list as the page that it is to lead from, and of the same scope.
func To(o Options) Target { return toOptions{o} }

func (Direction) isTarget() {}
func (Number) isTarget()    {}
func (toOptions) isTarget() {}

// ParseTarget reads "first", "prev", "next", "last" or a page number.
func ParseTarget(s string) (Target, bool) {
	switch s {
	case "first":
		return First, true
	case "prev":
		return Prev, true
	case "next":
		return Next, true
	case "last":
		return Last, true
	}
	n, err := strconv.Atoi(s)
	return Number(n), err == nil && n > 0
}

// Target is where t leads from this page; false when there is no such page, or none that can be linked to (beyond
// Config.MaxOffset, a number where pages have none, or Options of another list, of another scope or restricted to keys).
func (p Page[T]) Target(t Target) (Options, bool) {
	switch t := t.(type) {
	case Direction:
		return p.toward(t)
	case Number:
		if last := p.LastNumber(); last > 0 && int(t) > last {
			return p.opts, false
		}
		return p.opts.numbered(int(t))
	case toOptions:
		return t.o, t.o.isPageOf(p.opts)
	default:
		return p.opts, false
	}
}

// isPageOf reports whether o and other are pages of one list, for the same viewers. Zero Options are of no list, as other zero
// Options are.
func (o Options) isPageOf(other Options) bool {
	a, b := o.config(), other.config()
	return !o.restricted && o.scope == other.scope && (o.cfg == nil) == (other.cfg == nil) &&
		a.Name == b.Name && a.Prefix == b.Prefix && a.Mode == b.Mode
}

func (p Page[T]) toward(d Direction) (Options, bool) {
	switch d {
	case First:
		return p.opts.first(), true
	case Prev:
		return p.prev()
	case Next:
		return p.next()
	case Last:
		return p.last()
	default:
		return p.opts, false
	}
}

// prev never skips a row. Behind an empty page past the end that is the last page, not the one before the row the cursor
// names: that row itself may still be there.
func (p Page[T]) prev() (Options, bool) {
	o := p.opts
	switch {
	case !p.HasPrev():
		return o, false
	case o.Mode() == Offset:
		if last := p.LastNumber(); p.count == 0 && last > 0 {
			return o.numbered(last)
		}
		return o.skipping(max(o.offset-o.Limit(), 0))
	case p.first == nil:
		return o.at(atEnd, nil), true
	}
	return o.at(beforeRow, p.first), true
}

// next is the mirror of prev: after an empty page before the first row comes the first page.
func (p Page[T]) next() (Options, bool) {
	o := p.opts
	switch {
	case !p.HasNext():
		return o, false
	case o.Mode() == Offset && o.config().Mode == Either && p.final != nil && o.offset+o.Limit() > o.config().MaxOffset:
		return o.at(afterRow, p.final), true // where numbers end, the walk goes on row by row
	case o.Mode() == Offset:
		return o.skipping(o.offset + o.Limit())
	case p.final == nil:
		return o.first(), true
	}
	return o.at(afterRow, p.final), true
}

func (p Page[T]) last() (Options, bool) {
	if p.opts.Mode() == Offset {
		if n := p.LastNumber(); n > 0 {
			if o, ok := p.opts.numbered(n); ok {
				return o, true
			}
		}
		if p.opts.config().Mode != Either {
			return p.opts, false
		}
	}
	if p.opts.start == atStart && !p.HasNext() {
		return p.opts, true // the only page there is
	}
	return p.opts.at(atEnd, nil), true
}

// at moves o to another place of a keyset walk.
func (o Options) at(from start, row *boundary) Options {
	o.start, o.row, o.offset = from, row, 0
	return o
}

// numbered is page n, the first one being 1.
func (o Options) numbered(n int) (Options, bool) {
	switch {
	case n == 1:
		return o.first(), true
	case n < 1 || o.config().Mode == Keyset || n-1 > o.config().MaxOffset/o.Limit():
		return o, false
	}
	return o.skipping((n - 1) * o.Limit())
}

// skipping is the page behind n rows, if that may be asked for.
func (o Options) skipping(n int) (Options, bool) {
	if n > o.config().MaxOffset {
		return o, false
	}
	return o.atOffset(n), true
}
