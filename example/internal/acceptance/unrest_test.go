package acceptance_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// unrester does everything that may happen to pages.
type unrester struct {
	desk   *desk
	boss   *person
	people []*person // the boss, and two of a team
	pages  []*modelPage
	rnd    *rand.Rand

	changes, left, clicks, cuts, logouts, restarts int
}

// open loads the i-th page, by somebody who may see it.
func (u *unrester) open(ctx context.Context, t *testing.T, i int) *modelPage {
	t.Helper()
	p := &modelPage{who: u.people[i%len(u.people)], lookup: htmldom.Lookup(i%2 == 0)}
	path := places[i%len(places)].Path
	err := p.load(ctx, path)
	if err != nil && strings.Contains(err.Error(), "403") { // a ticket of another team
		p.who = u.boss
		err = p.load(ctx, path)
	}
	if err != nil {
		t.Fatal(err)
	}
	u.pages = append(u.pages, p)
	return p
}

// round lets forms, scripts and networks loose for a while. In every other round the server goes and comes back, while
// other programs write.
func (u *unrester) round(ctx context.Context, t *testing.T, s *scribe, n int) {
	t.Helper()
	until, stop := context.WithTimeout(ctx, unrestRound)
	defer stop()
	var writing sync.WaitGroup
	writing.Go(func() { s.write(until) })
	defer writing.Wait()
	restart := time.Now().Add(unrestRound / 2)
	for until.Err() == nil {
		u.step(ctx, t)
		if n%2 == 0 && time.Now().After(restart) {
			restart = restart.Add(unrestRound)
			u.restarts++
			s.close()
			if n%4 == 0 {
				u.desk.kill()
			} else {
				u.desk.stop()
			}
			u.desk.start()
			s.open()
		}
	}
}

// step is one thing that happens.
func (u *unrester) step(ctx context.Context, t *testing.T) {
	t.Helper()
	page := u.pages[u.rnd.IntN(len(u.pages))]
	switch n := u.rnd.IntN(1000); {
	case n < 700:
		u.changes++
		u.change(ctx, t)
	case n < 850:
		u.clicks++
		rel := []string{"next", "prev", "first", "last", "new"}[u.rnd.IntN(5)]
		if err := page.click(ctx, rel); err != nil {
			t.Fatal(err)
		}
	case n < 995:
		u.cuts++
		page.cut()
	default:
		u.logouts++
		u.logout(ctx, t, u.people[1+u.rnd.IntN(len(u.people)-1)])
	}
}

// logout ends somebody's pages, who comes back and loads them again.
func (u *unrester) logout(ctx context.Context, t *testing.T, who *person) {
	t.Helper()
	who.must(t, "/logout")
	who.must(t, "/login", "agent", who.agent)
	for i, p := range u.pages {
		if p.who == who {
			if err := p.load(ctx, places[i%len(places)].Path); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// change writes something, as the administrator. Some browsers do not wait for the answer.
func (u *unrester) change(ctx context.Context, t *testing.T) {
	t.Helper()
	leaves := u.rnd.IntN(4) == 0
	if leaves {
		u.left++
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(u.rnd.IntN(20_000))*time.Microsecond)
		defer cancel()
	}
	id := strconv.Itoa(5 + u.rnd.IntN(70))
	pick := func(of ...string) string { return of[u.rnd.IntN(len(of))] }
	var err error
	switch u.rnd.IntN(10) {
	case 0, 1, 2:
		_, err = u.boss.post(ctx, "/tickets", "title", fmt.Sprintf("Ticket <%d> & \"co\"", u.rnd.IntN(1e6)), "body", "line\r\nline", "team", pick("1", "2", "3"))
	case 3:
		_, err = u.boss.post(ctx, "/tickets/"+id+"/delete")
	case 4:
		_, err = u.boss.post(ctx, "/tickets/"+pick("3", "4", id)+"/comments", "body", fmt.Sprintf("comment %d", u.rnd.IntN(1e6)))
	default:
		_, err = u.boss.post(ctx, "/tickets/"+pick("3", "4", id, id, id), "title", fmt.Sprintf("title %d", u.rnd.IntN(1e6)),
			"status", pick("open", "pending", "solved", "closed"), "priority", pick("low", "normal", "high", "urgent"))
	}
	if err != nil && !leaves {
		t.Fatal(err)
	}
}
