package simulate_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/example/internal/simulate"
	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, tickets int) (*store.DB, *live.Keeper) {
	t.Helper()
	keeper := live.NewKeeper(live.Config{})
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "helpdesk.db"), keeper, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(keeper.Close(context.WithoutCancel(t.Context())), db.Close()); err != nil {
			t.Error(err)
		}
	})
	if _, err := db.Seed(t.Context(), tickets, time.Now()); err != nil {
		t.Fatal(err)
	}
	return db, keeper
}

// TestRunDoesEverything watches until tickets have come and gone, which takes a few dozen changes.
func TestRunDoesEverything(t *testing.T) {
	db, keeper := open(t, 150)
	seen := map[string]bool{}
	page := livetest.OpenSocket(t, keeper, live.SocketConfig{}, func(s *live.Socket) error {
		_, err := live.Keep(s, "seen", live.Query[string]{
			Fetch: func(ctx context.Context) (string, error) {
				err := lookFor(ctx, db, seen)
				return strings.Join(slices.Sorted(maps.Keys(seen)), " "), err
			},
			Fragments: []fragment.Fragment{livetest.Text("seen", "seen")},
		})
		return err
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		s := simulate.Simulator{DB: db, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Rate: 1000}
		done <- s.Run(ctx)
	}()
	page.Await("seen", "comments created deleted")
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// lookFor adds what has happened to 150 tickets.
func lookFor(ctx context.Context, db *store.DB, seen map[string]bool) error {
	ids, err := db.RecentTickets(ctx, 1000)
	if err != nil {
		return err
	}
	hours, err := db.Activity(ctx, store.Agent{Admin: true}.Scope(), time.Now(), time.Minute, 2)
	if err != nil {
		return err
	}
	for what, happened := range map[string]bool{
		"created": ids[len(ids)-1] > 150, "deleted": int(ids[len(ids)-1]) > len(ids), "comments": hours[0].Comments+hours[1].Comments > 0,
	} {
		if happened {
			seen[what] = true
		}
	}
	return nil
}

func TestRateZeroDoesNothing(t *testing.T) {
	db, _ := open(t, 0)
	s := simulate.Simulator{DB: db}
	if err := s.Run(t.Context()); err != nil {
		t.Error(err)
	}
}
