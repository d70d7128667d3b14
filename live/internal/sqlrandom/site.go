package sqlrandom

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// Seed is a new seed, or that of HTMXLIVE_SEED. The log says which.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("HTMXLIVE_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("HTMXLIVE_SEED=%d", seed)
	return seed
}

// Site is open pages with random queries of a schema, which this program and others write to.
type Site struct {
	*testing.T
	*rand.Rand

	Schema *Schema
	Name   string
	Facts  bool // queries say which rows they read

	Keeper *live.Keeper
	DB     *sql.DB // of this program
	Others *sql.DB // of another one

	// Rest waits until the keeper is quiet.
	Rest func()
	// Written waits likewise after a write, of another program or of this one.
	Written func(byOther bool)
	// ByOther draws whether another program does the next write.
	ByOther func() bool
	// Shows is what an element of a page shows. Want is what it is to show; a query that was fetched may be on its way there.
	Shows func(p *livetest.SocketPage, id, want string, fetched bool) string

	pages []*page
	slow  bool // a query takes too long
}

// NewSite makes a site without pages, keeper and databases.
func NewSite(t *testing.T, seed, number uint64, d Dialect, facts bool) *Site {
	draw := rand.New(rand.NewPCG(seed, number))
	return &Site{T: t, Rand: draw, Schema: NewSchema(draw, d), Name: fmt.Sprintf("HTMXLIVE_SEED=%d world %d", seed, number), Facts: facts}
}

// CloseWithTest closes the keeper and the databases when the test ends.
func (s *Site) CloseWithTest() {
	s.Cleanup(func() {
		if err := errors.Join(s.Keeper.Close(context.WithoutCancel(s.Context())), s.DB.Close(), s.Others.Close()); err != nil {
			s.Error(err)
		}
	})
}

const (
	pages       = 3 // of a site
	pageQueries = 4
	pageRounds  = 10 // until one of the pages is another one
)

// Run writes, and looks at all pages after each write: each shows what its queries return. It ends early when a query takes too
// long: there are other sites.
func (s *Site) Run(rounds int, total *Tally) {
	for range pages {
		if !s.slow {
			s.pages = append(s.pages, s.open())
		}
	}
	for round := range rounds {
		if i := round / pageRounds % pages; round%pageRounds == 0 && round > 0 {
			s.pages[i].close()
			s.pages[i] = s.open()
		}
		if !s.slow {
			s.Rest()
		}
		if s.slow {
			s.Logf("%s ends after %d writes: a query takes more than %s", s.Name, round, slow)
			break
		}
		write, byOther := s.Schema.Write(), s.ByOther()
		s.write(write, byOther, total)
		s.look(fmt.Sprintf("%s round %d: %s (by another program %v): %q", s.Name, round, write.Way, byOther, write.Statements), byOther, total)
		if s.Failed() {
			s.Log(strings.Join(s.Schema.Statements, ";\n"))
			break
		}
	}
	for _, p := range s.pages {
		p.close()
	}
}

func (s *Site) write(write Write, byOther bool, total *Tally) {
	for _, p := range s.pages {
		for _, q := range p.queries {
			q.forget()
		}
	}
	db := s.DB
	if byOther {
		db = s.Others
	}
	total.Add(byOther, write.Run(s.Context(), db))
	s.Written(byOther)
}

// Slow asks all queries, and reports whether one of them takes too long. The site ends then.
func (s *Site) Slow() bool {
	for _, p := range s.pages {
		for _, q := range p.queries {
			s.ask(q)
		}
	}
	return s.slow
}

// Failing reports whether the newest fetch of a query has failed.
func (s *Site) Failing() bool {
	for _, p := range s.pages {
		for _, q := range p.queries {
			if _, failed := q.fetched(); failed {
				return true
			}
		}
	}
	return false
}

// look compares what pages show with what their queries return.
func (s *Site) look(story string, byOther bool, total *Tally) {
	for _, p := range s.pages {
		for i, q := range p.queries {
			before := q.now
			if q.now = s.ask(q); s.slow {
				return
			}
			fetches, _ := q.fetched()
			if got := s.Shows(p.SocketPage, name(i), q.now, fetches > 0); got != q.now {
				s.Errorf("%s\nthe page shows what %s returned before: %s\nnow it returns: %s\nit was fetched %d times\n%s, facts %v",
					story, q.SQL, got, q.now, fetches, q.Names, q.Query.Facts)
				return
			}
			total.Look(byOther, q.now != before, fetches)
		}
	}
}

// name is that of a page's i-th query, and of its element.
func name(i int) string { return "q" + strconv.Itoa(i) }
