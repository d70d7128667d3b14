package paging

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The parameters of a paged list, without prefix.
const (
	paramAfter  = "after"
	paramBefore = "before"
	paramOffset = "offset"
	paramLimit  = "limit"
	paramSort   = "sort"
	paramCount  = "count"
)

// isOwn reports whether paging itself reads a parameter of this bare name.
func isOwn(name string) bool {
	return slices.Contains([]string{paramAfter, paramBefore, paramOffset, paramLimit, paramSort, paramCount}, name)
}

// beforeEnd is the value of before that names no row: the page before the end, which is the last one. No cursor is this
// short.
const beforeEnd = "end"

// Parse reads the parameters of a list from a query and leaves q as it is. Get q from ParseQuery: Request.URL.Query, which
// echo's QueryParams is, leaves out what it cannot read, such as the filter of ?q=100%.
//
//	after=CURSOR, before=CURSOR   the page after or before a row (keyset); before=end is the last page
//	offset=N                      the page after N rows
//	limit=N                       rows on a page; more than Config.MaxLimit gets that many
//	sort=NAME, sort=-NAME         one of Config.Sorts, or its reverse
//	count=true                    also count, where Config.Count allows it
//
// An empty value is one that was not given, for forms submit their empty fields. Anything else that cannot be followed
// exactly is an *Error, which means 400.
//
// Cursors are bound to scope: what the viewer may see ("team:3"), or empty when all see the same. A cursor from another
// scope is refused as forged.
//
// An error that is not an *Error is a mistake in c; give c to MustConfig when the program starts to see it then.
func (c Config) Parse(q url.Values, scope string) (Options, error) {
	filled, err := c.filled()
	if err != nil {
		return Options{}, err
	}
	return parse(&filled, q, scope)
}

// parse is Config.Parse with a Config that is filled and never changed.
func parse(c *Config, q url.Values, scope string) (Options, error) {
	p := parser{c: c, q: q}
	o := Options{cfg: c, scope: scope, limit: c.Limit}
	p.size()
	o.sort, o.order = p.sort()
	o.limit = p.limit()
	o.count = p.count()
	o.filters, o.others = p.rest()
	p.start(&o)
	if p.err != nil {
		return Options{}, p.err
	}
	return o, nil
}

// parser reads one query; err is the first thing that is wrong with it.
type parser struct {
	c   *Config
	q   url.Values
	err error
}

func (p *parser) refuse(kind error, param, reason string) {
	if p.err == nil {
		p.err = &Error{Param: p.c.Prefix + param, Reason: reason, kind: kind}
	}
}

// get reads a parameter that may stand there once.
func (p *parser) get(param string) string {
	values := p.q[p.c.Prefix+param]
	if len(values) > 1 {
		p.refuse(ErrInvalid, param, "is given more than once")
	}
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// size refuses a query that would make every link of the page huge.
func (p *parser) size() {
	total, longest, name := 0, -1, ""
	for k, values := range p.q {
		n := 0
		for _, v := range values {
			n += len(k) + len(v) + 2
		}
		total += n
		if n > longest || n == longest && k < name {
			longest, name = n, k
		}
	}
	if total > MaxQuery {
		p.err = &Error{Param: name, Reason: fmt.Sprintf("makes the query longer than %d bytes", MaxQuery), kind: ErrInvalid}
	}
}

func (p *parser) sort() (Sort, string) {
	name := p.get(paramSort)
	if name == "" {
		name = p.c.Sort
	}
	s, ok := p.c.sortNamed(name)
	if !ok {
		p.refuse(ErrInvalid, paramSort, "names an order that this list does not have")
	}
	return s, name
}

func (p *parser) limit() int {
	s := p.get(paramLimit)
	if s == "" {
		return p.c.Limit
	}
	n, ok := wholeNumber(s, p.c.MaxLimit)
	if !ok || n == 0 {
		p.refuse(ErrInvalid, paramLimit, "must be a positive whole number")
	}
	return n
}

func (p *parser) count() bool {
	switch p.get(paramCount) {
	case "", "false":
	case "true":
		if p.c.Count == CountNever {
			p.refuse(ErrInvalid, paramCount, "is not allowed here: this list is not counted")
		}
		return true
	default:
		p.refuse(ErrInvalid, paramCount, "must be true or false")
	}
	return p.c.Count == CountAlways
}

// rest splits what is not a parameter of paging into the filters, by their bare names, and the others. Empty values are
// dropped, as from a form with an empty field; the others stay as they are.
func (p *parser) rest() (filters, others url.Values) {
	filters, others = url.Values{}, url.Values{}
	for name, values := range p.q {
		bare, ours := strings.CutPrefix(name, p.c.Prefix)
		switch {
		case ours && isOwn(bare):
		case ours && slices.Contains(p.c.Filters, bare):
			for _, v := range values {
				if v != "" {
					filters[bare] = append(filters[bare], v)
				}
			}
		default:
			others[name] = slices.Clone(values)
		}
	}
	return filters, others
}

// start reads where the page begins. The order and the filters must have been read: cursors are bound to them.
func (p *parser) start(o *Options) {
	after, before, offset := p.get(paramAfter), p.get(paramBefore), p.get(paramOffset)
	switch {
	case p.err != nil:
	case after != "" && before != "":
		p.refuse(ErrInvalid, paramBefore, "cannot be given together with "+p.c.Prefix+paramAfter)
	case offset != "" && after != "":
		p.refuse(ErrInvalid, paramOffset, "cannot be given together with "+p.c.Prefix+paramAfter)
	case offset != "" && before != "":
		p.refuse(ErrInvalid, paramOffset, "cannot be given together with "+p.c.Prefix+paramBefore)
	case after != "":
		o.start = afterRow
		o.row = p.cursor(o, paramAfter, after)
	case before == beforeEnd:
		o.start = atEnd
		p.only(Keyset, paramBefore)
	case before != "":
		o.start = beforeRow
		o.row = p.cursor(o, paramBefore, before)
	case offset != "":
		*o = o.atOffset(p.offset(offset))
	}
}

func (p *parser) offset(s string) int {
	p.only(Offset, paramOffset)
	n, ok := wholeNumber(s, p.c.MaxOffset+1)
	if !ok {
		p.refuse(ErrInvalid, paramOffset, "must be a whole number, zero or more")
	} else if n > p.c.MaxOffset {
		p.refuse(ErrInvalid, paramOffset, fmt.Sprintf("must be at most %d", p.c.MaxOffset))
	}
	return n
}

func (p *parser) cursor(o *Options, param, token string) *boundary {
	p.only(Keyset, param)
	if p.err != nil {
		return nil
	}
	row, err := o.open(token)
	switch {
	case errors.Is(err, ErrForged):
		p.refuse(ErrForged, param, "is not a cursor of this list")
	case err != nil:
		p.refuse(ErrOutdated, param, "belongs to another list, another order or other filters")
	}
	return row
}

// only refuses a parameter of the other mode of paging.
func (p *parser) only(mode Mode, param string) {
	switch {
	case p.c.Mode == mode || p.c.Mode == Either:
	case mode == Offset:
		p.refuse(ErrInvalid, param, "is not allowed here: this list has no page numbers")
	default:
		p.refuse(ErrInvalid, param, "is not allowed here: this list is paged by offset")
	}
}

// wholeNumber reads digits and nothing else; what is above most, however long, is most.
func wholeNumber(s string, most int) (int, bool) {
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	if err != nil { // out of range: the digits have been checked
		return most, true
	}
	return min(n, most), true
}
