package live_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// snapshotting is the number, read in a snapshot that is older than the call which names its topic. Whatever happens
// between is done by then.
func (s *source) snapshotting(then func(ctx context.Context)) live.Query[int] {
	q := s.number()
	q.Subscribe = nil
	q.Fetch = func(ctx context.Context) (int, error) {
		n, err := s.fetch(ctx)
		then(ctx)
		live.ReadsSnapshot(ctx, "n")
		return n, err
	}
	return q
}

// A change that is published after the snapshot was taken, and before its topic is followed, is seen by exactly one fetch
// more. Once the topic is followed there is none.
func TestASnapshotOfANewTopicIsOneFetchMore(t *testing.T) {
	both(t, func(t *testing.T, shared bool) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.snapshotting(func(context.Context) {
			if s.count() == 1 {
				s.set(1)
				publish(t, k, "n")
			}
		})
		q.LoadUntilConnected = true
		p := open(t, k, asShared(k, q, shared))
		fetchedAt(t, s, 0, 0, 0)
		shows(t, p, "n", "1")
		s.set(2)
		publish(t, k, "n")
		shows(t, p, "n", "2")
		fetchedAt(t, s, 2, 0)
		time.Sleep(time.Hour)
		fetchedAt(t, s, 3)
	})
}

// A load that follows nothing has nothing to miss: its stream fetches anyway.
func TestASnapshotOfALoadAloneIsOneFetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		if err := load(t, k, keeping(s.snapshotting(func(context.Context) {}))); err != nil {
			t.Fatal(err)
		}
		fetchedAt(t, s, 0, 0)
	})
}

// A load that comes while such a fetch runs waits for the one more.
func TestALoadDuringASnapshotIsShownTheFetchAfter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := asShared(k, s.snapshotting(func(context.Context) { time.Sleep(time.Second) }), true)
		go shownAt(t, k, q)
		time.Sleep(100 * ms)
		s.set(1)
		publish(t, k, "n")
		if got := shownAt(t, k, q); got != 1 {
			t.Errorf("a load after the publication shows %d", got)
		}
		fetchedAt(t, s, 0, 0, time.Second)
	})
}

// What was read before from the newest data is late all the same when it is read again from a snapshot: that may be older.
func TestASnapshotAfterReads(t *testing.T) {
	for _, first := range []string{"Reads", "ReadsSnapshot"} {
		bubble(t, func(t *testing.T) {
			k, s := node(t, live.Config{}), newSource(0)
			q := s.snapshotting(func(ctx context.Context) {
				if first == "Reads" {
					live.Reads(ctx, "n")
				}
			})
			fetch := q.Fetch
			q.Fetch = func(ctx context.Context) (int, error) {
				n, err := fetch(ctx)
				live.Reads(ctx, "n")
				return n, err
			}
			q.LoadUntilConnected = true
			open(t, k, q)
			fetchedAt(t, s, 0, 0, 0)
		})
	}
}

// A fixed topic is followed before any fetch, and what the newest fetch has read before the next one.
func TestASnapshotOfAKnownTopicIsNoFetchMore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.snapshotting(func(context.Context) {})
		q.Subscribe, q.LoadUntilConnected = []string{"n"}, true
		open(t, k, q)
		fetchedAt(t, s, 0, 0)
		publish(t, k, "n")
		fetchedAt(t, s, 1, 0)
	})
}

// SubscribeTo and Reads may name the same topic. Whether Reads named it before all that it stands for was read is not
// known, so it is as new as if SubscribeTo alone had named it.
func TestATopicThatIsReadAndNamedIsNew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.reading("n")
		q.SubscribeTo, q.LoadUntilConnected = func(int) []string { return []string{"n"} }, true
		open(t, k, q)
		follows(t, k, "n")
		fetchedAt(t, s, 0, 0, 0)
		publish(t, k, "n")
		fetchedAt(t, s, 2, 0)
	})
}

// Snapshots under topics that change with every fetch cost a bounded number of fetches, and one sentence. Reads under such
// topics cost none at all.
func TestSnapshotsThatNeverSettleAreBackedOff(t *testing.T) {
	for _, snapshot := range []bool{true, false} {
		bubble(t, func(t *testing.T) {
			var log journal
			k, s := node(t, live.Config{Logger: log.logger()}), newSource(0)
			q := s.number()
			q.LoadUntilConnected = true
			q.Fetch = func(ctx context.Context) (int, error) {
				n, err := s.fetch(ctx)
				if topic := fmt.Sprint("topic ", s.count()); snapshot {
					live.ReadsSnapshot(ctx, topic)
				} else {
					live.Reads(ctx, topic)
				}
				return n, err
			}
			open(t, k, q)
			time.Sleep(time.Hour)
			want, most := 1, 300
			if !snapshot {
				want, most = 0, 1
			}
			if got := s.count(); got > most {
				t.Errorf("%d fetches in an hour without a notification", got)
			}
			if got := log.count("that were not named before"); got != want {
				t.Errorf("said %d times, want %d", got, want)
			}
			if got := k.Stats().Topics; got > 4 { // the fixed one, the newest and those of the session
				t.Errorf("%d topics are followed", got)
			}
		})
	}
}

// A manual query is not refetched for what it follows, and not for having followed it late.
func TestASnapshotOfAManualQuery(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.snapshotting(func(context.Context) {})
		q.NoRefetch, q.LoadUntilConnected = true, true
		p := open(t, k, q)
		s.set(1)
		publish(t, k, "n")
		fetchedAt(t, s, 0, 0)
		if err := p.Socket().Refetch("n"); err != nil {
			t.Fatal(err)
		}
		shows(t, p, "n", "1")
		fetchedAt(t, s, 1, 0)
	})
}
