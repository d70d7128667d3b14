package paging

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Options says which page of a list to fetch: what Config.Parse made of a request. It is a value; methods that change
// something return a changed copy.
type Options struct {
	cfg    *Config // never changed after Parse
	scope  string
	path   string
	sort   Sort   // as walked forward
	order  string // what names it: "priority", "-priority"
	limit  int
	start  start
	row    *boundary // with afterRow and beforeRow
	offset int       // with atOffset
	count  bool

	filters, others url.Values // by bare and by full name; never changed after Parse

	restricted bool
	keys       []any
}

// start says where a page begins.
type start int

const (
	atStart start = iota
	afterRow
	beforeRow
	atEnd // the last page, found by walking back from the end
	atOffset
)

// config is never nil, so that the zero Options (the first page of a list in no order, without cursors) has no traps.
func (o Options) config() *Config {
	if o.cfg == nil {
		return &Config{Mode: Offset, Limit: DefaultLimit, MaxLimit: DefaultMaxLimit, MaxOffset: DefaultMaxOffset, Window: DefaultWindow}
	}
	return o.cfg
}

// Mode is Keyset or Offset: how this page is found.
func (o Options) Mode() Mode {
	if o.start == atOffset || o.config().Mode == Offset {
		return Offset
	}
	return Keyset
}

// Limit is the most rows the page shows: at least 1, at most Config.MaxLimit.
func (o Options) Limit() int {
	return orDefault(o.limit, DefaultLimit)
}

// Offset is the number of rows to skip; 0 unless Mode is Offset.
func (o Options) Offset() int { return o.offset }

// Sort is the order of the page, walked forward, with the reverse of a sort=-name already applied.
func (o Options) Sort() Sort { return o.sort }

// Order is what names the Sort in a URL: "priority" or "-priority".
func (o Options) Order() string { return o.order }

// Scope is what Parse was given.
func (o Options) Scope() string { return o.scope }

// Backwards says that rows must be fetched from the far end: the page before a row, and the last page. SQL does it and
// NewPage turns the rows round again, so only hand-written queries need it.
func (o Options) Backwards() bool { return o.start == beforeRow || o.start == atEnd }

// Cursor is the sort values of the row that the page comes after, or before if Backwards; false when there is no such
// row. For hand-written queries; SQL does it.
func (o Options) Cursor() ([]any, bool) {
	if o.row == nil || o.restricted {
		return nil, false
	}
	return slices.Clone(o.row.values), true
}

// WantsTotal reports whether the rows should be counted: by Config.Count and the request, and not when restricted, as the
// total is kept from the page's own fetch then.
func (o Options) WantsTotal() bool { return o.count && !o.restricted }

// Filter is the value of a filter that Config.Filters names (without prefix), or "".
func (o Options) Filter(name string) string { return o.filters.Get(name) }

// FilterAll is all values of a filter that was given more than once.
func (o Options) FilterAll(name string) []string { return slices.Clone(o.filters[name]) }

// At sets the path that links lead to: that of a request as it was sent (Request.URL.EscapedPath). Whatever it holds, the
// links stay on the site: they begin with one slash, and what may not stand in a path is escaped (//host/x, which a
// browser takes for another site, is /%2Fhost/x). Without a path they are "?query", which a browser takes to mean the page
// that it shows.
func (o Options) At(path string) Options {
	o.path = localPath(path)
	return o
}

// Restrict asks for the rows with these keys instead of a page: what a live page needs to follow the rows it shows. The
// place and the limit do not apply; the filters, the scope and whatever else the caller's WHERE checks do.
func (o Options) Restrict(keys []any) Options {
	o.restricted, o.keys = true, slices.Clone(keys)
	return o
}

// Keys is what Restrict was given; false when these Options ask for a page.
func (o Options) Keys() ([]any, bool) { return slices.Clone(o.keys), o.restricted }

// unrestricted is the page that o was before Restrict.
func (o Options) unrestricted() Options {
	o.restricted, o.keys = false, nil
	return o
}

// Values are the query parameters that lead to this very page, in their shortest form: what is a default is left out,
// what Parse did not know is kept. The caller owns the result.
func (o Options) Values() url.Values {
	c := o.config()
	q := make(url.Values, len(o.others)+len(o.filters)+4)
	maps.Copy(q, o.others)
	for name, values := range o.filters {
		q[c.Prefix+name] = values
	}
	for name, values := range q {
		q[name] = slices.Clone(values)
	}
	if o.order != c.Sort {
		q.Set(c.Prefix+paramSort, o.order)
	}
	if o.limit != c.Limit && o.limit != 0 {
		q.Set(c.Prefix+paramLimit, strconv.Itoa(o.limit))
	}
	if o.count && c.Count == CountAllowed {
		q.Set(c.Prefix+paramCount, "true")
	}
	switch o.start {
	case atStart:
	case afterRow:
		q.Set(c.Prefix+paramAfter, o.row.token)
	case beforeRow:
		q.Set(c.Prefix+paramBefore, o.row.token)
	case atEnd:
		q.Set(c.Prefix+paramBefore, beforeEnd)
	case atOffset:
		q.Set(c.Prefix+paramOffset, strconv.Itoa(o.offset))
	}
	return q
}

// URL leads to this very page: the path of At and Values as its query, sorted by name.
func (o Options) URL() string {
	query := o.Values().Encode()
	if query == "" && o.path != "" {
		return o.path
	}
	return o.path + "?" + query
}

// ID says in one string all that can make a difference to what is fetched or linked to: two Options of one Config with
// the same ID show the same page, so it is a key for sharing and caching. It is not for parsing, and holds the scope.
func (o Options) ID() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d|%s|%s|%s|%d|%t|", o.Mode(), url.QueryEscape(o.scope), url.QueryEscape(o.path),
		url.QueryEscape(o.config().Prefix), o.Limit(), o.count)
	if !o.restricted {
		b.WriteString(url.QueryEscape(o.order) + "|" + o.Values().Encode())
		return b.String()
	}
	// Every page of a list is restricted alike, wherever it began.
	o.start, o.row, o.offset = atStart, nil, 0
	b.WriteString(url.QueryEscape(o.order) + "|" + o.Values().Encode() + "|keys")
	for _, key := range o.keys {
		fmt.Fprintf(&b, "|%T:", key)
		writeKey(&b, reflect.ValueOf(key))
	}
	return b.String()
}

// atOffset is the page after n rows. No rows is the plain first page, whatever the mode, so that it has one URL.
func (o Options) atOffset(n int) Options {
	o.start, o.row, o.offset = atOffset, nil, n
	if n == 0 {
		o.start = atStart
	}
	return o
}

// WithSort is the first page of the same list in another order, for the links of column headings: a name, or "-name" for
// its reverse. False when the list has no such order.
func (o Options) WithSort(order string) (Options, bool) {
	s, ok := o.config().sortNamed(order)
	if !ok {
		return o, false
	}
	o = o.unrestricted().first()
	o.sort, o.order = s, order
	return o, true
}

// WithFilter is the first page of the same list with other values of one filter; none removes it. False when the list has
// no such filter.
func (o Options) WithFilter(name string, values ...string) (Options, bool) {
	if !slices.Contains(o.config().Filters, name) {
		return o, false
	}
	o = o.unrestricted().first()
	o.filters = maps.Clone(o.filters)
	delete(o.filters, name)
	for _, v := range values {
		if v != "" {
			o.filters[name] = append(slices.Clone(o.filters[name]), v)
		}
	}
	return o, true
}

func (o Options) first() Options {
	o.start, o.row, o.offset = atStart, nil, 0
	return o
}
