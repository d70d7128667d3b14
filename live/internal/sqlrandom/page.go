package sqlrandom

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// page is an open page with queries.
type page struct {
	*livetest.SocketPage

	queries []*pageQuery
}

// pageQuery is a query of a page.
type pageQuery struct {
	Query

	text  *sql.Stmt // of this program; nil: it is prepared anew for each fetch
	fresh *sql.Stmt // of the other program
	now   string    // what it returns since the last write

	mu      sync.Mutex // guards everything below
	fetches int
	failed  bool // the newest fetch
}

// open opens a page with new queries. If one of them is slow, it opens none, and the site is slow.
func (s *Site) open() *page {
	p := new(page)
	for range pageQueries {
		p.queries = append(p.queries, s.prepare(&pageQuery{Query: s.Schema.Query(s.Facts)}))
	}
	if s.slow {
		return p
	}
	p.SocketPage = livetest.OpenSocket(s.T, s.Keeper, live.SocketConfig{Session: "s", Path: "/"}, func(socket *live.Socket) error {
		for i, q := range p.queries {
			if _, err := live.Keep(socket, name(i), live.Query[string]{
				Fetch:     func(ctx context.Context) (string, error) { return s.fetch(ctx, q) },
				Fragments: []fragment.Fragment{livetest.Text(name(i), name(i))},
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return p
}

func (s *Site) prepare(q *pageQuery) *pageQuery {
	var err error
	if q.fresh, err = s.Others.PrepareContext(s.Context(), q.SQL); err != nil {
		s.Fatalf("%s: %v: %s\n%s", s.Name, err, q.SQL, strings.Join(s.Schema.Statements, ";\n"))
	}
	if s.IntN(2) == 0 {
		if q.text, err = s.DB.PrepareContext(s.Context(), q.SQL); err != nil {
			s.Fatalf("%s: %v: %s", s.Name, err, q.SQL)
		}
	}
	q.now = s.ask(q)
	return q
}

func (p *page) close() {
	if p.SocketPage != nil {
		p.Close()
	}
	for _, q := range p.queries {
		_ = q.fresh.Close() // nothing depends on it any more
		if q.text != nil {
			_ = q.text.Close()
		}
	}
}

func (s *Site) fetch(ctx context.Context, q *pageQuery) (string, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fetches++
	q.failed = true
	result, err := Result(q.run(q.Context(ctx), s.DB))
	q.failed = err != nil
	return result, err
}

func (q *pageQuery) run(ctx context.Context, db *sql.DB) (*sql.Rows, error) {
	if q.text != nil {
		return q.text.QueryContext(ctx)
	}
	return db.QueryContext(ctx, q.SQL)
}

// fetched is how often the query was fetched since forget, and whether the newest fetch has failed.
func (q *pageQuery) fetched() (times int, failed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.fetches, q.failed
}

func (q *pageQuery) forget() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fetches = 0
}

// slow is how long a query may take: a random one may join a great deal, and tables grow. In a synctest bubble the clock stands still
// while a query runs, so only sites outside of one are ever slow.
const slow = 2 * time.Second

// ask asks the other program what the query returns. Where that takes too long, the site is slow, and the answer is none.
func (s *Site) ask(q *pageQuery) string {
	ctx, cancel := context.WithTimeout(s.Context(), slow)
	defer cancel()
	result, err := Result(q.fresh.QueryContext(ctx))
	if s.slow = s.slow || ctx.Err() != nil; s.slow {
		return ""
	}
	if err != nil {
		s.Fatalf("%s: %v: %s", s.Name, err, q.SQL)
	}
	return result
}
