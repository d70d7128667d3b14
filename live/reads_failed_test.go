package live_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// What cannot be followed is an error of the fetch: of the handler at load, logged and retried later. What can be is
// followed all the same.
func TestReadsOfWhatCannotBeFollowed(t *testing.T) {
	var limit *live.LimitError
	for name, bad := range map[string][]string{
		"is empty":                {""},
		"topics that begin with":  {"htmxlive.kick.alice"},
		"bytes":                   {strings.Repeat("x", live.MaxTopic+1)},
		"TopicsPerAssign reached": {"1", "2", "3", "2", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log journal
				k, s := node(t, live.Config{Logger: log.logger(), Limits: live.Limits{TopicsPerAssign: 4}}), newSource(0)
				var reads box[[]string]
				q := s.reading()
				q.Subscribe = []string{"fixed"}
				q.Fetch = func(ctx context.Context) (int, error) {
					live.Reads(ctx, reads.get()...)
					live.Reads(ctx, "good")
					return s.fetch(ctx)
				}
				for _, shared := range []bool{false, true} {
					reads.set(bad)
					q := asShared(k, q, shared)
					err := load(t, k, keeping(q))
					if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "live.Reads") {
						t.Errorf("at load: %v", err)
					}
					if isLimit := errors.As(err, &limit); isLimit != (name == "TopicsPerAssign reached") {
						t.Errorf("at load: %v, a limit: %v", err, isLimit)
					}
					time.Sleep(time.Second)
					reads.set(nil)
					p := open(t, k, q)
					reads.set(bad)
					s.set(1)
					publish(t, k, "good")
					shows(t, p, "n", "0")
					if log.count("refetch failed") == 0 || log.count("live.Reads") == 0 {
						t.Errorf("log: %s", log.lines.String())
					}
					reads.set(nil)
					time.Sleep(time.Second) // of backoff
					shows(t, p, "n", "1")
					follows(t, k, "fixed", "good")
					p.Close()
					time.Sleep(time.Minute)
					s.set(0)
				}
			})
		})
	}
}

// The limit is for all that stands for one result: fixed, named and read.
func TestTheLimitOfTopicsCountsWhatIsRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{Limits: live.Limits{TopicsPerAssign: 3}}), newSource(0)
		q := s.reading("2", "2")
		q.Subscribe = []string{"1"}
		q.SubscribeTo = func(int) []string { return []string{"2", "3"} }
		if err := load(t, k, keeping(q)); err != nil {
			t.Error(err)
		}
		q.SubscribeTo = func(int) []string { return []string{"3", "4"} }
		var limit *live.LimitError
		if err := load(t, k, keeping(q)); !errors.As(err, &limit) {
			t.Errorf("four topics where three are allowed: %v", err)
		}
	})
}

// endings are how a fetch may fail after it has read something.
var endings = map[string]func(ctx context.Context) error{
	"error":   func(context.Context) error { return errors.New("no connection") },
	"panic":   func(context.Context) error { panic("no connection") },
	"timeout": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	"goexit":  func(context.Context) error { runtime.Goexit(); return nil },
	"gone":    func(context.Context) error { return live.ErrGone },
}

// A fetch that fails keeps what was followed before, for that is what the page shows, and what it has read itself. What
// earlier failures have read does not add up.
func TestAFailedFetchKeepsWhatIsFollowedAndRead(t *testing.T) {
	for name, ending := range endings {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, shared bool) {
				k, s := node(t, live.Config{}), newSource(0)
				var fails box[bool]
				q := s.reading()
				q.SubscribeTo = func(int) []string { return []string{"named"} }
				q.Fetch = func(ctx context.Context) (int, error) {
					if n, err := s.fetch(ctx); !fails.get() {
						live.Reads(ctx, "good")
						return n, err
					}
					live.Reads(ctx, fmt.Sprint("bad ", s.get()))
					return 0, ending(ctx)
				}
				p := open(t, k, asShared(k, q, shared))
				follows(t, k, "good", "named")
				fails.set(true)
				publish(t, k, "good")
				for i := range 10 {
					s.set(i)
					publish(t, k, "named")
					time.Sleep(2 * time.Minute) // of backoff, and of time limits
				}
				follows(t, k, "bad 9", "good", "named")
				fails.set(false)
				time.Sleep(2 * time.Minute)
				publish(t, k, "bad 9")
				shows(t, p, "n", "9")
				follows(t, k, "good", "named")
			})
		})
	}
}

// What a fetch has read that fails before it knows anything else is followed at once: its change is what a load waits for.
func TestAFirstFetchThatFailsFollowsWhatItHasRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		s.fail(errors.New("no such table"))
		q := asShared(k, s.reading("n"), true)
		if err := load(t, k, keeping(q)); err == nil {
			t.Fatal("loaded")
		}
		follows(t, k, "n")
		s.fail(nil)
		publish(t, k, "n") // without it the loads of half a second fail with the first
		if err := load(t, k, keeping(q)); err != nil {
			t.Error(err)
		}
	})
}

// A subject that is gone comes back when what says so changes, though nothing but its fetch has named it.
func TestWhatIsGoneComesBackByWhatItsFetchHasRead(t *testing.T) {
	for _, read := range []func(ctx context.Context, topics ...string){live.Reads, live.ReadsSnapshot} {
		both(t, func(t *testing.T, shared bool) {
			k, s := node(t, live.Config{}), newSource(7)
			q := s.reading()
			q.Fetch = func(ctx context.Context) (int, error) {
				read(ctx, "ticket")
				n, err := s.fetch(ctx)
				if err == nil {
					read(ctx, "comments")
				}
				return n, err
			}
			p := open(t, k, asShared(k, q, shared))
			for range 3 {
				s.fail(live.ErrGone)
				publish(t, k, "ticket")
				shows(t, p, "n", "gone")
				follows(t, k, "comments", "ticket")
				s.fail(nil)
				publish(t, k, "ticket")
				shows(t, p, "n", "7")
			}
		})
	}
}

// What a gone subject was read by says when it is back, also after a fetch that failed before it read anything.
func TestWhatIsGoneIsFollowedOverAFailure(t *testing.T) {
	both(t, func(t *testing.T, shared bool) {
		k, s := node(t, live.Config{}), newSource(7)
		q := s.reading()
		q.Subscribe, q.LoadUntilConnected = []string{"fixed"}, true
		q.Fetch = func(ctx context.Context) (int, error) {
			n, err := s.fetch(ctx)
			if n > 0 {
				live.Reads(ctx, "ticket")
			}
			return n, err
		}
		s.fail(live.ErrGone)
		shows(t, open(t, k, asShared(k, q, shared)), "n", "gone")
		follows(t, k, "fixed", "ticket")
		s.set(0)
		s.fail(errors.New("no connection"))
		publish(t, k, "fixed")
		follows(t, k, "fixed", "ticket")
	})
}

// A row that returns between the snapshot in which it was gone and the following of its topic is noticed too.
func TestWhatIsGoneInASnapshot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(7)
		s.fail(live.ErrGone)
		q := s.snapshotting(func(context.Context) {
			if s.count() == 1 {
				s.fail(nil)
				publish(t, k, "n")
			}
		})
		q.LoadUntilConnected = true
		shows(t, open(t, k, q), "n", "7")
		fetchedAt(t, s, 0, 0, 0)
	})
}
