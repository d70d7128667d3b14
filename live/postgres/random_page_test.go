//go:build unix

package postgres_test

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

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
	text    *sql.Stmt // of this program; nil: it is prepared anew for each fetch
	fresh   *sql.Stmt // of the other program
	now     string    // what it returns since the last write
	fetches atomic.Int64
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

// await is what the page shows. What was fetched may be on its way to it.
func (p *randomPage) await(id, want string, fetched bool) (got string) {
	for end := time.Now().Add(restTimeout); ; runtime.Gosched() {
		if got = p.Shown()[id]; got == want || !fetched || time.Now().After(end) {
			return got
		}
	}
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
	q.fetches.Add(1)
	ctx = q.Context(ctx)
	if q.text != nil {
		return sqlrandom.Result(q.text.QueryContext(ctx))
	}
	return sqlrandom.Result(w.db.QueryContext(ctx, q.SQL))
}

// ask asks the other program what the query returns.
func (w *randomWorld) ask(q *randomQuery) string {
	result, err := sqlrandom.Result(q.fresh.QueryContext(w.Context()))
	if err != nil {
		w.Fatalf("%s: %v: %s", w.name, err, q.SQL)
	}
	return result
}

// rest waits until this node has heard of all that is committed, and no query is being refetched.
func (w *randomWorld) rest() {
	w.Helper()
	if w.broker != nil {
		if err := w.broker.Sync(w.Context()); err != nil {
			w.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(w.Context(), restTimeout)
	defer cancel()
	for {
		busy := w.busy()
		if busy == "" {
			return
		}
		if ctx.Err() != nil {
			w.Fatalf("%s: never at rest: %s", w.name, busy)
		}
		runtime.Gosched()
	}
}

// busy is what a query waits for; "" if none does.
func (w *randomWorld) busy() string {
	for _, stream := range w.keeper.Why("/").Streams {
		for _, kept := range stream.Kept {
			if !kept.Live && !strings.HasPrefix(kept.State, "nothing refetches it") || strings.Contains(kept.State, "; a ") {
				return kept.State
			}
		}
	}
	return ""
}
