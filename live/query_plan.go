package live

import (
	"context"
	"net/url"
	"time"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/paging"
)

// plan is the untyped core of a query: what Query, ListQuery and PageQuery all come down to.
type plan struct {
	fetch    func(ctx context.Context, keys []any) (any, error) // keys nil: what a load shows; else those rows
	rows     rowType                                            // nil for a plain value
	plain    bool                                               // rows that are equal by == are the same in every respect
	byKeys   bool                                               // fetch understands keys
	after    func(ctx context.Context, result any, assign func(name string, value any)) error
	goToPage func(result any, to paging.Target) (pageMove, error) // nil for all but pages

	topics    []string
	topicsOf  func(result any) []string
	results   Results
	noRefetch bool
	deferred  bool // LoadUntilConnected
	initial   any
	given     bool // initial is to be used
	interval  time.Duration
	window    time.Duration
	fragments []fragment.Fragment

	page    string    // identity of the page options, for sharing
	share   *shareRef // nil: private
	zero    any       // the zero result
	missing string    // the field that the query lacks
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

// keeps reports whether shown rows stay.
func (p *plan) keeps() bool { return p.rows != nil && p.results != ResultsLose }

// wantsFresh reports whether a subscriber with pinned rows needs what a fresh load would show as well.
func (p *plan) wantsFresh() bool { return p.results == ResultsHold || !p.byKeys }

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
