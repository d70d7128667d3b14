package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/sqlite"
)

// teamPages are open pages, each of which lists the tickets of its team.
type teamPages struct {
	t       *testing.T
	db      *sql.DB
	keeper  *live.Keeper
	pages   []*livetest.SocketPage
	fetches []int
	errs    []error // of the last fetch
}

// openTeams opens a page for each of the teams. A wrong page says that it reads its team, and reads another one besides.
func openTeams(t *testing.T, n int, wrong bool) *teamPages {
	t.Helper()
	p := &teamPages{t: t, keeper: live.NewKeeper(live.Config{}), fetches: make([]int, n), errs: make([]error, n)}
	t.Cleanup(func() { p.keeper.Close(context.WithoutCancel(t.Context())) })
	path := filepath.Join(t.TempDir(), "desk.db")
	db, err := sqlite.Open(dsn(path, wal), p.keeper, sqlite.Columns("tickets", "team_id"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	p.db = db
	p.must("CREATE TABLE tickets (id INTEGER PRIMARY KEY, team_id INTEGER, title TEXT)", "CREATE TABLE other (id INTEGER PRIMARY KEY)")
	for team := range n {
		p.must(fmt.Sprintf("INSERT INTO tickets (team_id, title) VALUES (%d, 'of %d')", team, team))
	}
	for team := range n {
		p.pages = append(p.pages, livetest.OpenSocket(t, p.keeper, live.SocketConfig{Session: fmt.Sprint("session ", team), Path: "/"}, func(s *live.Socket) error {
			_, err := live.Keep(s, "tickets", p.query(team, wrong))
			return err
		}))
	}
	synctest.Wait()
	clear(p.fetches)
	return p
}

func (p *teamPages) query(team int, wrong bool) live.Query[string] {
	return live.Query[string]{
		Fetch: func(ctx context.Context) (titles string, err error) {
			p.fetches[team]++
			defer func() { p.errs[team] = err }()
			ctx = live.Where(ctx, "tickets", "team_id", team)
			rows, err := p.db.QueryContext(ctx, "SELECT id, team_id, title FROM tickets WHERE team_id = ? OR team_id = ? ORDER BY id", team, map[bool]int{false: team, true: -1}[wrong])
			if err != nil {
				return "", err
			}
			defer rows.Close()
			var all []string
			for rows.Next() {
				var id, of int
				var title string
				if err := rows.Scan(&id, &of, &title); err != nil {
					return "", err
				}
				all = append(all, fmt.Sprint(id, ":", title))
			}
			return strings.Join(all, " "), rows.Err()
		},
		Fragments: []fragment.Fragment{livetest.Text("tickets", "tickets")},
	}
}

func (p *teamPages) must(statements ...string) {
	p.t.Helper()
	for _, s := range statements {
		if _, err := p.db.ExecContext(p.t.Context(), s); err != nil {
			p.t.Fatalf("%s: %v", s, err)
		}
	}
}

// asked runs a statement and reports how often each page has fetched then, but for those that have not.
func (p *teamPages) asked(statement string) map[int]int {
	p.t.Helper()
	clear(p.fetches)
	p.must(statement)
	synctest.Wait()
	asked := map[int]int{}
	for team, n := range p.fetches {
		if n > 0 {
			asked[team] = n
		}
	}
	return asked
}

// 200 pages of different teams: a row that is written is fetched by the page of its team, and by no other.
func TestOnePageOfManyFetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 200
		p := openTeams(t, n, false)
		everyone := map[int]int{}
		for team := range n {
			everyone[team] = 1
		}
		for _, c := range []struct {
			statement string
			want      map[int]int
		}{
			{"UPDATE tickets SET title = 'new' WHERE team_id = 7", map[int]int{7: 1}},
			{"INSERT INTO tickets VALUES (1000, 8, 'more')", map[int]int{8: 1}},
			{"UPDATE tickets SET team_id = 9 WHERE id = 1000", map[int]int{8: 1, 9: 1}},
			{"UPDATE tickets SET id = 1001 WHERE id = 1000", map[int]int{9: 1}},
			{"BEGIN; UPDATE tickets SET title = 'x' WHERE team_id = 10; UPDATE tickets SET title = 'y' WHERE team_id BETWEEN 10 AND 11; COMMIT", map[int]int{10: 1, 11: 1}},
			{"DELETE FROM tickets WHERE id = 1001", map[int]int{9: 1}},
			{"UPDATE tickets SET title = 'x' WHERE team_id = 12345", map[int]int{}},
			{"INSERT INTO other VALUES (1)", map[int]int{}},
			{"UPDATE tickets SET title = title || '.'", everyone},
			{"CREATE TABLE fresh (id)", everyone},
		} {
			if got := p.asked(c.statement); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%s: fetched by %v, want %v", c.statement, got, c.want)
			}
		}
		for team, page := range p.pages {
			if shown, fresh := page.Text("tickets"), page.FreshText("tickets"); shown != fresh {
				t.Errorf("the page of team %d shows %q, and a fresh one %q", team, shown, fresh)
			}
		}
	})
}

// A query that returns rows of which its author says that it does not read them fails, whenever there are some.
func TestAWrongWhereIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openTeams(t, 2, true)
		if err := errors.Join(p.errs...); err != nil {
			t.Fatal(err)
		}
		p.must("INSERT INTO tickets (team_id, title) VALUES (-1, 'of none')")
		p.asked("UPDATE tickets SET title = 'x' WHERE team_id = 1")
		if err := p.errs[1]; err == nil || !strings.Contains(err.Error(), "tickets.team_id") {
			t.Errorf("the error is %v", err)
		}
	})
}
