package live

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/paging"
)

// plan is the untyped core of a query: what Query, ListQuery and PageQuery all come down to.
type plan struct {
	fetch    func(ctx context.Context, keys []any) (any, error) // keys nil: what a load shows; else those rows
	rows     rowType                                            // nil for a plain value
	keeps    bool                                               // shown rows stay: a list under Results Keep or Hold
	plain    bool                                               // rows that are equal by == are the same in every respect
	byKeys   bool                                               // fetch understands keys
	rowsOf   string                                             // the table that a row of the same key is of; "": not known
	after    func(ctx context.Context, result any, assign func(name string, value any)) error
	goToPage func(result any, to paging.Target) (pageMove, error) // nil for all but pages
	// freeze is what stays of a page while its rows change: in a form that travels, which may be empty, and as the page
	// without its rows. Nil for all but pages.
	freeze func(result any) (frame string, empty any)

	topics    []string
	topicsOf  func(result any) []string
	results   Results
	noRefetch bool
	deferred  bool // LoadUntilConnected
	initial   any
	given     bool // initial is to be used
	relies    bool // on what its fetch reads: nothing else refetches it
	interval  time.Duration
	window    time.Duration
	fragments []fragment.Fragment
	ids       []string // of the fragments

	page    string    // identity of the page options, for sharing
	share   *shareRef // nil: private
	zero    any       // the zero result
	missing string    // what the query lacks, for the error
}

// Results says what happens to the rows that are shown when a list or page is refetched.
type Results int

const (
	// ResultsKeep leaves the shown rows where they are; their contents follow. A row that vanished is
	// marked gone, an empty list still gains rows: one that never had any, or of which none is left to be seen.
	ResultsKeep Results = iota
	// ResultsLose shows whatever the query returns now.
	ResultsLose
	// ResultsHold is ResultsKeep plus the number of rows that a fresh load would add or drop.
	ResultsHold
)

// wantsFresh reports whether a subscriber with pinned rows needs what a fresh load would show as well.
func (p *plan) wantsFresh() bool { return p.results == ResultsHold || !p.byKeys }

// whyNotByRow is why RowsOf is of no effect on a list that is kept: everything is refetched. "" if it is of effect.
func (p *plan) whyNotByRow() string {
	switch {
	case !p.byKeys:
		return "there is no FetchKeys"
	case p.after != nil:
		return "there is an AfterFetch"
	}
	return ""
}

// opensLate reports whether a stream fetches only when it is open.
func (p *plan) opensLate() bool {
	if p.given {
		return !p.noRefetch
	}
	return p.deferred
}

// pageMove is the plan of another page, and the query parameters of the page left and of the new one.
type pageMove struct {
	plan     *plan
	from, to url.Values
}

// typed is what the three kinds of query have in common, in terms of their result.
type typed[V any] struct {
	subscribeTo func(V) []string
	after       func(context.Context, V, func(string, any)) error
	initial     *V
	fetches     bool // there is a Fetch
	keyed       bool // there is a Key, where there are rows
}

func (t typed[V]) fill(p *plan) *plan {
	var zero V
	p.zero = zero
	for _, f := range p.fragments {
		if f == nil {
			p.missing = "fragment: one of Fragments is nil"
			return p
		}
		p.ids = append(p.ids, f.ID())
	}
	p.keeps = p.rows != nil && p.results != ResultsLose
	p.relies = len(p.topics) == 0 && t.subscribeTo == nil && p.interval == 0 && !p.noRefetch
	switch {
	case p.missing != "":
	case !t.fetches:
		p.missing = "Fetch"
	case !t.keyed:
		p.missing = "Key"
	}
	if t.subscribeTo != nil {
		p.topicsOf = func(result any) []string { return t.subscribeTo(as[V](result)) }
	}
	if t.after != nil {
		if p.share != nil {
			panic("live: AfterFetch is not for shared queries: it runs for one page")
		}
		p.after = func(ctx context.Context, result any, assign func(string, any)) error {
			return t.after(ctx, as[V](result), assign)
		}
	}
	if t.initial != nil {
		p.initial, p.given = *t.initial, true
	}
	return p
}

func (q Query[V]) plan() *plan {
	p := &plan{
		topics: q.Subscribe, noRefetch: q.NoRefetch, deferred: q.LoadUntilConnected, interval: q.RefetchInterval,
		window: q.RefetchWindow, fragments: q.Fragments, share: q.share,
		fetch: func(ctx context.Context, _ []any) (any, error) { return q.Fetch(ctx) },
	}
	return typed[V]{q.SubscribeTo, q.AfterFetch, q.Initial, q.Fetch != nil, true}.fill(p)
}

func (q ListQuery[T, K]) plan() *plan {
	p := &plan{
		topics: q.Subscribe, noRefetch: q.NoRefetch, deferred: q.LoadUntilConnected, interval: q.RefetchInterval,
		window: q.RefetchWindow, fragments: q.Fragments, share: q.share, results: q.Results, byKeys: q.FetchKeys != nil,
		rowsOf: strings.ToLower(q.RowsOf),
		fetch: func(ctx context.Context, keys []any) (any, error) {
			if keys != nil {
				return q.FetchKeys(ctx, keysAs[K](keys))
			}
			return q.Fetch(ctx)
		},
		plain: notPlain(reflect.TypeFor[T]()) == nil,
		rows: rowsOf[T, K]{
			key:         q.Key,
			items:       func(result any) []T { return result.([]T) },
			fill:        func(_ any, items []T) any { return items },
			decodeFrame: func(string) (any, error) { return nil, nil },
		},
	}
	return typed[[]T]{q.SubscribeTo, q.AfterFetch, q.Initial, q.Fetch != nil, q.Key != nil}.fill(p)
}

func (q PageQuery[T, K]) plan(o paging.Options) *plan {
	p := &plan{
		topics: q.Subscribe, noRefetch: q.NoRefetch, deferred: q.LoadUntilConnected, interval: q.RefetchInterval,
		window: q.RefetchWindow, fragments: q.Fragments, share: q.share, results: q.Results, byKeys: true, page: o.ID(),
		rowsOf: strings.ToLower(q.RowsOf),
		fetch: func(ctx context.Context, keys []any) (any, error) {
			if keys != nil {
				return q.Fetch(ctx, o.Restrict(keys))
			}
			return q.Fetch(ctx, o)
		},
		plain: notPlain(reflect.TypeFor[T]()) == nil,
		rows: rowsOf[T, K]{
			key:         q.Key,
			items:       func(result any) []T { return result.(paging.Page[T]).Items },
			fill:        func(empty any, items []T) any { return empty.(paging.Page[T]).With(items) },
			decodeFrame: func(frame string) (any, error) { return paging.Thaw[T](o, nil, frame) },
		},
	}
	p.freeze = func(result any) (string, any) {
		page := result.(paging.Page[T])
		return page.Frame(), page.With(nil)
	}
	p.goToPage = func(result any, to paging.Target) (pageMove, error) {
		next, ok := result.(paging.Page[T]).Target(to)
		if !ok {
			return pageMove{}, fmt.Errorf("live: the page leads to no such page (%T %v)", to, to)
		}
		other := q.plan(next)
		return pageMove{plan: other, from: o.Values(), to: next.Values()}, nil
	}
	initial := q.Initial
	switch {
	case initial == nil:
	case initial.Options().SamePage(paging.Options{}):
		p.missing = "options of a page in Initial: make it with paging.NewPage"
	case !initial.Options().SamePage(o):
		initial = nil // of another page
	}
	return typed[paging.Page[T]]{q.SubscribeTo, q.AfterFetch, initial, q.Fetch != nil, q.Key != nil}.fill(p)
}
