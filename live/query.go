package live

import (
	"context"
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
	// RowsOf is the table, as [Change] names it, of which each row shows one row, that of the same key, and none besides.
	// Under ResultsKeep a change of another row of the table costs no fetch then, and a change of a row that is shown
	// fetches that row by its key. "": not known, all is fetched. A table of PostgreSQL in another schema than public is named
	// with it. It needs FetchKeys. It is of no effect beside AfterFetch (the log says so), nor for keys that are no integers, strings,
	// bools or UUIDs.
	RowsOf string

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
	// Paging is the list, which parses the page's URL: make it once, when the program starts.
	Paging *paging.List[T]
	// Scope is what the viewer may see; cursors of one scope are refused in another. A shared query uses its own.
	Scope string
	// Results says what happens to the rows that are shown; default ResultsKeep.
	Results Results
	// RowsOf is the table, as [Change] names it, of which each row shows one row, that of the same key, and none besides, as in a
	// ListQuery.
	RowsOf string

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

// asShared is a shared query as it was built, whatever has been done to it since: its first viewer must not decide what
// all others see.
func asShared[Q any](q Q, share *shareRef) Q {
	if share == nil {
		return q
	}
	built, _ := share.query.(Q)
	return built
}

// as is a result in its type again; V may be an interface, and the result nil.
func as[V any](result any) V {
	v, _ := result.(V)
	return v
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
