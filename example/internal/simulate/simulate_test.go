package simulate_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/example/internal/simulate"
	"github.com/htmxlive/htmxlive/example/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, tickets int) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "helpdesk.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := db.Seed(t.Context(), tickets, time.Now()); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestRunDoesEverything waits until tickets have come and gone, which takes a few dozen changes.
func TestRunDoesEverything(t *testing.T) {
	db := open(t, 150)
	boss := store.Agent{Admin: true}
	changes := make(chan struct{}, 1)
	db.OnChange(func(context.Context, ...string) {
		select {
		case changes <- struct{}{}:
		default:
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		s := simulate.Simulator{DB: db, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Rate: 1000}
		done <- s.Run(ctx)
	}()
	for created, deleted, commented := false, false, false; !created || !deleted || !commented; {
		<-changes
		ids, err := db.RecentTickets(ctx, 1000)
		if err != nil {
			t.Fatal(err)
		}
		created = created || ids[len(ids)-1] > 150
		deleted = deleted || int(ids[len(ids)-1]) > len(ids)
		hours, err := db.Activity(ctx, boss.Scope(), time.Now(), time.Minute, 2)
		if err != nil {
			t.Fatal(err)
		}
		commented = commented || hours[0].Comments+hours[1].Comments > 0
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRateZeroDoesNothing(t *testing.T) {
	s := simulate.Simulator{DB: open(t, 0)}
	if err := s.Run(t.Context()); err != nil {
		t.Error(err)
	}
}
