package acceptance_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(browser.Main(m)) }

// unrest is how long things change before they are left alone: HTMXLIVE_SOAK, or a few seconds.
func unrest(t *testing.T) time.Duration {
	t.Helper()
	s := os.Getenv("HTMXLIVE_SOAK")
	if s == "" {
		return 10 * time.Second
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatalf("HTMXLIVE_SOAK: %v", err)
	}
	return d
}

// places are where pages stand, and the fragments that must be the same as after a fresh load.
var places = []struct {
	path      string
	fragments []string
	rows      string // the rows that a page may keep, instead of fragments
}{
	{"/tickets?results=lose&limit=7", []string{"ticket-rows", "ticket-pages", "tickets-new"}, ""},
	{"/tickets?results=lose&sort=priority&limit=5&htmx=4", []string{"ticket-rows", "ticket-pages", "tickets-new"}, ""},
	{"/tickets?results=hold&limit=6&htmx=1", nil, "ticket-rows"},
	{"/tickets?results=keep&status=open&limit=8&htmx=1b", nil, "ticket-rows"},
	{"/archive?limit=5", []string{"archive-rows", "archive-pages", "archive-count"}, ""},
	{"/archive?limit=5&offset=10&htmx=4", []string{"archive-rows", "archive-pages", "archive-count"}, ""},
	{"/dashboard", []string{"counts", "teams"}, ""},
	{"/tickets/3", []string{"ticket-main", "ticket-facts", "comments"}, ""},
	{"/tickets/4?htmx=4", []string{"ticket-main", "ticket-facts", "comments"}, ""},
}

// TestConvergence is promise 1: after whatever happened, when changes stop, every connected page shows
// what loading it afresh would show.
func TestConvergence(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("HTMXLIVE_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("HTMXLIVE_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	d := startDesk(t, 60)
	boss := d.login(t, admin)
	people := []*person{boss, d.login(t, billing), d.login(t, backup)}

	ctx, cancel := context.WithCancel(t.Context())
	var following sync.WaitGroup
	defer following.Wait()
	defer cancel()
	var pages []*modelPage
	for i := range 6 * len(places) {
		p := &modelPage{who: people[i%len(people)], lookup: htmldom.Lookup(i%2 == 0)}
		path := places[i%len(places)].path
		if err := p.load(ctx, path); err != nil {
			if strings.Contains(err.Error(), "404") || strings.Contains(err.Error(), "403") {
				p.who = boss // a ticket of another team
				err = p.load(ctx, path)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		pages = append(pages, p)
		following.Go(func() { p.follow(ctx) })
	}

	u := &unrester{desk: d, boss: boss, pages: pages, rnd: rnd}
	u.run(ctx, t, unrest(t))
	t.Logf("%d changes, %d page changes, %d cuts, %d restarts", u.changes, u.clicks, u.cuts, u.restarts)
	for i, p := range pages {
		p.settle(ctx, t, i%len(places))
	}
}

// unrester does everything that may happen to pages.
type unrester struct {
	desk  *desk
	boss  *person
	pages []*modelPage
	rnd   *rand.Rand

	changes, clicks, cuts, restarts int
}

func (u *unrester) run(ctx context.Context, t *testing.T, d time.Duration) {
	t.Helper()
	end := time.Now().Add(d)
	restart := time.Now().Add(d / 4)
	for time.Now().Before(end) {
		page := u.pages[u.rnd.IntN(len(u.pages))]
		switch n := u.rnd.IntN(100); {
		case n < 70:
			u.changes++
			u.change(ctx, t)
		case n < 85:
			u.clicks++
			rel := []string{"next", "prev", "first", "last", "new"}[u.rnd.IntN(5)]
			if err := page.click(ctx, rel); err != nil {
				t.Fatal(err)
			}
		default:
			u.cuts++
			page.cut()
		}
		if time.Now().After(restart) {
			u.restarts++
			restart = time.Now().Add(d / 4)
			if u.restarts%2 == 1 {
				u.desk.kill()
			} else {
				u.desk.stop()
			}
			u.desk.start()
		}
	}
}

// change writes something, as the administrator.
func (u *unrester) change(ctx context.Context, t *testing.T) {
	t.Helper()
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
	if err != nil {
		t.Fatal(err)
	}
}
