package live

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/paging"
)

// Query keeps one value.
type Query[V any] struct {
	// Fetch runs the query. ErrGone and ErrForbidden have a meaning of their own; any other error goes to
	// the handler at load, and later is logged and retried while the last good result stays on the page.
	Fetch func(ctx context.Context) (V, error)
	// Fragments are what the page shows of the result.
	Fragments []fragment.Fragment
	// Subscribe names the topics that stand for a change of the result.
	Subscribe []string
	// SubscribeTo names more topics, computed anew from each result.
	SubscribeTo func(result V) []string
	// NoRefetch: notifications and intervals never rerun the query. Refetch does, and of a shared query every load, which
	// all who share it follow.
	NoRefetch bool
	// LoadUntilConnected: a page that is loaded shows a placeholder and runs no query; it runs once the
	// stream is open, and Keep returns the zero value. No effect when Initial is given.
	LoadUntilConnected bool
	// Initial is used instead of the first fetch.
	Initial *V
	// RefetchInterval refetches so often, ±10 %, while somebody watches; 0 never.
	RefetchInterval time.Duration
	// RefetchWindow is the least time between two refetches: the first change refetches at once, all
	// others inside the window are one refetch at its end. The fetch of a load begins a window too, but
	// waits for none: who loads a page sees what is true then. 0: each change refetches at once, and all
	// that come during a fetch are one more.
	RefetchWindow time.Duration
	// AfterFetch sees each new result before it is shown, and may set plain assigns of the same version.
	// An error from it is a failed fetch. Not for shared queries.
	AfterFetch func(ctx context.Context, result V, assign func(name string, value any)) error

	share *shareRef
}

// ListQuery keeps a list of rows, each with a key. The options that Query has mean the same.
type ListQuery[T any, K comparable] struct {
	// Fetch returns all rows there are: a row that is missing is gone. Where that is not so, give FetchKeys.
	Fetch func(ctx context.Context) ([]T, error)
	// FetchKeys returns the rows of these keys, for Results that keep rows which Fetch may no longer return.
	FetchKeys func(ctx context.Context, keys []K) ([]T, error)
	// Key tells rows apart. K travels as JSON and should be small: an integer, a string, a UUID.
	Key func(row T) K
	// Results says what happens to the rows that are shown; default ResultsKeep.
	Results Results

	Fragments          []fragment.Fragment
	Subscribe          []string
	SubscribeTo        func(result []T) []string
	NoRefetch          bool
	LoadUntilConnected bool
	Initial            *[]T
	RefetchInterval    time.Duration
	RefetchWindow      time.Duration
	AfterFetch         func(ctx context.Context, result []T, assign func(name string, value any)) error

	share *shareRef
}

// PageQuery keeps a page of rows, each with a key. The options that Query and ListQuery have mean the same.
type PageQuery[T any, K comparable] struct {
	// Fetch returns the page that o asks for or, where [paging.Options.Keys] says so, the rows of some
	// keys. The authorization filters apply to both.
	Fetch func(ctx context.Context, o paging.Options) (paging.Page[T], error)
	// Key tells rows apart. K travels as JSON and should be small: an integer, a string, a UUID.
	Key func(row T) K
	// Paging parses the page's URL.
	Paging paging.Config
	// Scope is what the viewer may see; cursors of one scope are refused in another. A shared query uses its own.
	Scope string
	// Results says what happens to the rows that are shown; default ResultsKeep.
	Results Results

	Fragments          []fragment.Fragment
	Subscribe          []string
	SubscribeTo        func(result paging.Page[T]) []string
	NoRefetch          bool
	LoadUntilConnected bool
	Initial            *paging.Page[T] // used where the URL asks for the page whose options it has, and not on others
	RefetchInterval    time.Duration
	RefetchWindow      time.Duration
	AfterFetch         func(ctx context.Context, result paging.Page[T], assign func(name string, value any)) error

	share *shareRef
}

// Keep keeps the result of q on the page under a name, and returns it. A name that is kept already is replaced.
func Keep[V any](s *Socket, name string, q Query[V]) (V, error) {
	return keepAs[V](s, name, asShared(q, q.share).plan())
}

// KeepList is Keep for a list.
func KeepList[T any, K comparable](s *Socket, name string, q ListQuery[T, K]) ([]T, error) {
	result, err := keepAs[[]T](s, name, asShared(q, q.share).plan())
	if q.share != nil {
		result = slices.Clone(result)
	}
	return result, err
}

// KeepPage is Keep for a page of a list, the one that the URL of the socket asks for. A parameter that
// does not parse is a [*paging.Error].
func KeepPage[T any, K comparable](s *Socket, name string, q PageQuery[T, K]) (paging.Page[T], error) {
	share, scope := q.share, q.Scope
	if share != nil {
		q, scope = asShared(q, share), share.key.scope
	}
	options, err := q.Paging.Parse(s.cfg.Query, scope)
	if err != nil {
		var zero paging.Page[T]
		return zero, err
	}
	result, err := keepAs[paging.Page[T]](s, name, q.plan(options.At(s.cfg.Path)))
	if share != nil {
		result.Items = slices.Clone(result.Items)
	}
	return result, err
}

// asShared is a shared query as it was built, whatever has been done to it since: its first viewer must not decide what
// all others see.
func asShared[Q any](q Q, share *shareRef) Q {
	if share == nil {
		return q
	}
	built, _ := share.query.(Q)
	return built
}

func keepAs[V any](s *Socket, name string, p *plan) (V, error) {
	result, err := s.keep(name, p)
	return as[V](result), err
}

// as is a result in its type again; V may be an interface, and the result nil.
func as[V any](result any) V {
	v, _ := result.(V)
	return v
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
		fetch: func(ctx context.Context, keys []any) (any, error) {
			if keys != nil {
				return q.FetchKeys(ctx, keysAs[K](keys))
			}
			return q.Fetch(ctx)
		},
		plain: notPlain(reflect.TypeFor[T]()) == nil,
		rows: rowsOf[T, K]{
			key:         q.Key,
			open:        func(result any) ([]T, string, any) { return result.([]T), "", nil },
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
		fetch: func(ctx context.Context, keys []any) (any, error) {
			if keys != nil {
				return q.Fetch(ctx, o.Restrict(keys))
			}
			return q.Fetch(ctx, o)
		},
		plain: notPlain(reflect.TypeFor[T]()) == nil,
		rows: rowsOf[T, K]{
			key: q.Key,
			open: func(result any) ([]T, string, any) {
				page := result.(paging.Page[T])
				return page.Items, page.Frame(), page.With(nil)
			},
			fill:        func(empty any, items []T) any { return empty.(paging.Page[T]).With(items) },
			decodeFrame: func(frame string) (any, error) { return paging.Thaw[T](o, nil, frame) },
		},
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

func keysAs[K comparable](keys []any) []K {
	out := make([]K, len(keys))
	for i, key := range keys {
		out[i] = key.(K)
	}
	return out
}

func (q Query[V]) sharedBy(ref *shareRef) Query[V] {
	q.share = ref
	ref.query = q
	return q
}

func (q ListQuery[T, K]) sharedBy(ref *shareRef) ListQuery[T, K] {
	q.share = ref
	ref.query = q
	return q
}

func (q PageQuery[T, K]) sharedBy(ref *shareRef) PageQuery[T, K] {
	q.share = ref
	ref.query = q
	return q
}
