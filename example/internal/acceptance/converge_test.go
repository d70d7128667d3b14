package acceptance_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/deskpage"
	"github.com/htmxlive/htmxlive/internal/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(browser.Main(m)) }

const (
	unrestTime    = 2 * time.Minute  // how long rounds are begun, on each engine
	unrestRound   = 10 * time.Second // how long things change before they are left alone
	checkInterval = 3 * time.Second
)

// unrest is how long rounds are begun: HTMXLIVE_SOAK, unrestTime, or a single round where tests are to be short and under the
// race detector. make test runs it with and without.
func unrest(t *testing.T) time.Duration {
	t.Helper()
	s := os.Getenv("HTMXLIVE_SOAK")
	switch {
	case s == "" && (raced || testing.Short()):
		return 1
	case s == "":
		return unrestTime
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatalf("HTMXLIVE_SOAK: %v", err)
	}
	return d
}

// places are where pages stand.
var places = append(deskpage.Places(), deskpage.Place{Path: "/tickets?results=keep&sort=-newest&limit=8", Rows: "ticket-rows"})

// TestConvergence is promise 1: after whatever happened, and whichever program did it, when changes stop, every connected
// page shows what loading it afresh would show. Nothing is published: the pages follow the database.
func TestConvergence(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "desk.db")
		converge(t, file, shellOfSQLite(t, file), unrest(t), 0)
	})
	t.Run("postgres", func(t *testing.T) {
		url := pgtest.Start(t).URL()
		converge(t, url, shellOfPostgres(t, url), unrest(t), 0)
	})
	t.Run("sqlite, checked", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "desk.db")
		converge(t, file, shellOfSQLite(t, file), unrest(t)/4, checkInterval)
	})
	t.Run("postgres, checked", func(t *testing.T) {
		url := pgtest.Start(t).URL()
		converge(t, url, shellOfPostgres(t, url), unrest(t)/4, checkInterval)
	})
}

// converge begins rounds for some time. Where queries are checked for changes that nobody has published, it fails for what is
// found; elsewhere nothing heals what it looks for.
func converge(t *testing.T, target string, shell shell, long, check time.Duration) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("HTMXLIVE_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("HTMXLIVE_SEED=%d", seed)
	d := startCheckedDesk(t, target, 1000, check)
	ctx, cancel := context.WithCancel(t.Context())
	u := &unrester{desk: d, boss: d.login(t, admin), rnd: rand.New(rand.NewPCG(seed, 0))}
	u.people = []*person{u.boss, d.login(t, billing), d.login(t, backup)}
	var following sync.WaitGroup
	defer following.Wait()
	defer cancel()
	for i := range 3 * len(places) {
		p := u.open(ctx, t, i)
		following.Go(func() { p.follow(ctx) })
	}

	s := &scribe{desk: d, shell: shell, rnd: rand.New(rand.NewPCG(seed, 1)), done: map[string]int{}, failed: map[string]int{}, errs: map[string]error{}}
	s.open()
	defer s.close()
	rounds := 0
	for end := time.Now().Add(long); rounds == 0 || time.Now().Before(end) && !t.Failed(); rounds++ {
		u.round(ctx, t, s, rounds)
		for i, p := range u.pages {
			p.settle(ctx, t, i%len(places))
		}
	}
	t.Logf("%d rounds: %d changes by forms, %d of them by browsers that left, %d page changes, %d cuts, %d logouts, %d restarts; scripts %v, failed %v, as by %v",
		rounds, u.changes, u.left, u.clicks, u.cuts, u.logouts, u.restarts, s.done, s.failed, s.errs)
	if s.done["by the shell"] == 0 || s.done["in the process"] == 0 {
		t.Error("no script came to its end")
	}
}
