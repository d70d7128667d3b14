package paging

// Target is where a link of a page leads, or code that changes the page.
type Target struct {
	kind   targetKind
	number int
	to     *Options
}

type targetKind int

const (
	toFirst targetKind = iota
	toPrev
	toNext
	toLast
	toNumber
	toOptions
)

// The targets that need no number.
var (
	First = Target{kind: toFirst}
	Prev  = Target{kind: toPrev}
	Next  = Target{kind: toNext}
	Last  = Target{kind: toLast}
)

// Number is the page with this number; the first one is 1.
func Number(n int) Target { return Target{kind: toNumber, number: n} }

// To is the page of these Options.
func To(o Options) Target { return Target{kind: toOptions, to: &o} }

// Target is where t leads from this page; false when there is no such page, or none that can be linked to (beyond
// Config.MaxOffset, or a number where pages have none).
func (p Page[T]) Target(t Target) (Options, bool) {
	o := p.opts
	switch t.kind {
	case toFirst:
		return o.first(), true
	case toPrev:
		return p.prev()
	case toNext:
		return p.next()
	case toLast:
		return p.last()
	case toNumber:
		if last := p.LastNumber(); last > 0 && t.number > last {
			return o, false
		}
		return o.numbered(t.number)
	case toOptions:
		return *t.to, true
	default:
		return o, false
	}
}

// prev never skips a row. Behind an empty page past the end that is the last page, not the one before the row the cursor
// names: that row itself may still be there.
func (p Page[T]) prev() (Options, bool) {
	o := p.opts
	switch {
	case !p.HasPrev():
		return o, false
	case o.Kind() == Offset:
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
	case o.Kind() == Offset:
		return o.skipping(o.offset + o.Limit())
	case p.final == nil:
		return o.first(), true
	}
	return o.at(afterRow, p.final), true
}

func (p Page[T]) last() (Options, bool) {
	if p.opts.Kind() == Offset {
		n := p.LastNumber()
		if n == 0 {
			return p.opts, false
		}
		return p.opts.numbered(n)
	}
	if p.opts.place == atStart && !p.HasNext() {
		return p.opts, true // the only page there is
	}
	return p.opts.at(atEnd, nil), true
}

// at moves o to another place of a keyset walk.
func (o Options) at(pl place, row *edge) Options {
	o.place, o.row, o.offset = pl, row, 0
	return o
}

// numbered is page n, the first one being 1.
func (o Options) numbered(n int) (Options, bool) {
	switch {
	case n == 1:
		return o.first(), true
	case n < 1 || o.config().Kind == Keyset || n-1 > o.config().MaxOffset/o.Limit():
		return o, false
	}
	return o.skipping((n - 1) * o.Limit())
}

// skipping is the page behind n rows, if that may be asked for.
func (o Options) skipping(n int) (Options, bool) {
	if n > o.config().MaxOffset {
		return o, false
	}
	o.setOffset(n)
	return o, true
}
