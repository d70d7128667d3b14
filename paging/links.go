package paging

// Links are the links of a page for a template. They say nothing about markup.
type Links struct {
	// First, Prev, Next and Last are nil where there is nothing to go to: show text then, not a link.
	First, Prev, Next, Last *Link
	// Numbers is a window of page numbers around the current one: 1 … 4 5 6 … 20. Empty where pages have no numbers.
	Numbers []Link
	// TooDeep is set where rows follow and no link leads to them, because an offset may not skip as many as there are up
	// to there (Config.MaxOffset). Say so: the page is not the last one. A list of the Mode Either goes on by keyset.
	TooDeep bool
	// Number is the number of the page, or 0 when it has none.
	Number int
	// LastNumber is the number of the last page, or 0 when that is not known.
	LastNumber int
	// Total is the number of rows on all pages.
	Total Total
}

// Link is one link of a page.
type Link struct {
	// URL is a path and query, or "?query" when Options.At was not called. Empty in a Gap and where the page cannot be
	// linked to, because it is deeper than Config.MaxOffset.
	URL string
	// Number is the number of the page it leads to, or 0 when that is not known.
	Number int
	// Current is set on the page itself.
	Current bool
	// Gap stands for the numbers left out between its neighbours, at least two.
	Gap bool
}

// Links are the links of the page. They keep all parameters of the request that paging does not know.
func (p Page[T]) Links() Links {
	if p.opts.restricted {
		return Links{Total: p.total}
	}
	l := Links{Number: p.Number(), LastNumber: p.LastNumber(), Total: p.total}
	if p.hasPrev || p.isShort() {
		l.First = p.link(First)
	}
	if p.hasPrev {
		l.Prev = p.link(Prev)
	}
	if p.hasNext {
		l.Next = p.link(Next)
		l.TooDeep = l.Next == nil
	}
	if p.hasNext || p.count == 0 && p.hasPrev {
		l.Last = p.link(Last)
	}
	if p.opts.config().Mode != Keyset && l.Number > 0 {
		l.Numbers = p.numbers()
	}
	return l
}

func (p Page[T]) link(t Target) *Link {
	o, ok := p.Target(t)
	if !ok {
		return nil
	}
	return &Link{URL: o.URL(), Number: p.numberOf(o)}
}

// numberOf is the number of another page of the same list.
func (p Page[T]) numberOf(o Options) int {
	switch {
	case o.start == atOffset:
		return o.offset/o.Limit() + 1
	case o.start == atStart:
		return 1
	case p.Number() == 1 && o.start == afterRow:
		return 2
	case o.start == atEnd:
		return p.LastNumber()
	default:
		return 0
	}
}

// numbers is the window: the first page, the last one known, the current one with its neighbours, and gaps between.
func (p Page[T]) numbers() []Link {
	var links []Link
	for _, n := range p.shownNumbers() {
		if n == 0 {
			links = append(links, Link{Gap: true})
			continue
		}
		l := Link{Number: n, Current: n == p.Number()}
		if l.Current {
			l.URL = p.opts.URL()
		} else if o, ok := p.opts.numbered(n); ok {
			l.URL = o.URL()
		}
		links = append(links, l)
	}
	return links
}

// shownNumbers are the numbers of the window, 0 for a gap.
func (p Page[T]) shownNumbers() []int {
	current, last, around := p.Number(), p.LastNumber(), p.opts.config().Window
	switch {
	case last == 0 && p.hasNext:
		return window(current, current+1, around)
	case last == 0 || current <= last:
		return window(current, max(current, last), around)
	}
	shown := window(last, last, around) // and then the page past the end, which has no neighbours
	if current > last+2 {
		shown = append(shown, 0)
	}
	return append(shown, current)
}

// window picks the numbers to show of 1..last; 0 stands for a gap. A gap is never made for a single number.
func window(current, last, around int) []int {
	var shown []int
	for n := 1; n <= last; {
		switch {
		case n == 1 || n == last || n >= current-around && n <= current+around:
			shown = append(shown, n)
			n++
		default:
			end := last // of the gap
			if n < current {
				end = max(current-around, n+1)
			}
			if end-n > 1 {
				shown = append(shown, 0)
			} else {
				shown = append(shown, n)
			}
			n = end
		}
	}
	return shown
}
