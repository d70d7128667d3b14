package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/internal/sqlrandom"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// randomPage is a page with queries.
type randomPage struct {
	*livetest.SocketPage
	queries []*randomQuery
}

// randomQuery is a query of a page.
type randomQuery struct {
	sqlrandom.Query
	text  *sql.Stmt // of this program; nil: it is prepared anew for each fetch
	fresh *sql.Stmt // of the other program
	now   string    // what it returns since the last write

	mu      sync.Mutex // guards everything below
	fetches int
	failed  bool // the newest fetch: the file was locked
}

// open opens a page with new queries.
func (w *randomWorld) open() *randomPage {
	p := new(randomPage)
	for range pageQueries {
		q := &randomQuery{Query: w.schema.Query(w.kind.facts)}
		var err error
		if q.fresh, err = w.others.PrepareContext(w.Context(), q.SQL); err != nil {
			w.Fatalf("%s: %v: %s\n%s", w.name, err, q.SQL, strings.Join(w.schema.Statements, ";\n"))
		}
		if w.IntN(2) == 0 {
			if q.text, err = w.db.PrepareContext(w.Context(), q.SQL); err != nil {
				w.Fatalf("%s: %v: %s", w.name, err, q.SQL)
			}
		}
		q.now = w.ask(q)
		p.queries = append(p.queries, q)
	}
	p.SocketPage = livetest.OpenSocket(w.T, w.keeper, live.SocketConfig{Session: "s", Path: "/"}, func(s *live.Socket) error {
		for i, q := range p.queries {
			name := fmt.Sprint("q", i)
			if _, err := live.Keep(s, name, live.Query[string]{
				Fetch:     func(ctx context.Context) (string, error) { return w.fetch(ctx, q) },
				Fragments: []fragment.Fragment{livetest.Text(name, name)},
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return p
}

func (p *randomPage) close() {
	p.Close()
	for _, q := range p.queries {
		q.fresh.Close()
		if q.text != nil {
			q.text.Close()
		}
	}
}

func (w *randomWorld) fetch(ctx context.Context, q *randomQuery) (string, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fetches++
	q.failed = true
	result, err := sqlrandom.Result(q.query(q.Context(ctx), w.db))
	q.failed = err != nil
	return result, err
}

func (q *randomQuery) query(ctx context.Context, db *sql.DB) (*sql.Rows, error) {
	if q.text != nil {
		return q.text.QueryContext(ctx)
	}
	return db.QueryContext(ctx, q.SQL)
}

// ask asks the other program what the query returns.
func (w *randomWorld) ask(q *randomQuery) string {
	result, err := sqlrandom.Result(q.fresh.QueryContext(w.Context()))
	if err != nil {
		w.Fatalf("%s: %v: %s", w.name, err, q.SQL)
	}
	return result
}
