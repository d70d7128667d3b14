package live_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// reading is the number, whose topics are only what its fetch reads.
func (s *source) reading(topics ...string) live.Query[int] {
	q := s.number()
	q.Subscribe = nil
	q.Fetch = func(ctx context.Context) (int, error) {
		live.Reads(ctx, topics...)
		return s.fetch(ctx)
	}
	return q
}

// asShared is q, private or as a shared query.
func asShared(k *live.Keeper, q live.Query[int], shared bool) live.Query[int] {
	if !shared {
		return q
	}
	return live.Share(k, "n", func(int) live.Query[int] { return q }).With("all", 1)
}

func follows(t *testing.T, k *live.Keeper, want ...string) {
	t.Helper()
	synctest.Wait()
	if got := live.Followed(k); !slices.Equal(got, want) {
		t.Errorf("follows %q, want %q", got, want)
	}
}

// both tells a story of a private query and of a shared one.
func both(t *testing.T, story func(t *testing.T, shared bool)) {
	t.Helper()
	for name, shared := range map[string]bool{"private": false, "shared": true} {
		t.Run(name, func(t *testing.T) { bubble(t, func(t *testing.T) { story(t, shared) }) })
	}
}

func TestWhatAFetchReadsIsFollowed(t *testing.T) {
	both(t, func(t *testing.T, shared bool) {
		k, s := node(t, live.Config{}), newSource(0)
		p := open(t, k, asShared(k, s.reading("a", "b", "a"), shared))
		shows(t, p, "n", "0")
		follows(t, k, "a", "b")
		fetched := 2 // by the load, which follows nothing, and by the stream
		if shared {
			fetched = 1
		}
		fetchedAt(t, s, 0, make([]time.Duration, fetched)...)
		for i, topic := range []string{"a", "b"} {
			s.set(i + 1)
			publish(t, k, topic)
			shows(t, p, "n", fmt.Sprint(i+1))
			fetchedAt(t, s, fetched+i, 0)
		}
		publish(t, k, "c")
		fetchedAt(t, s, fetched+2)
		p.Close()
		time.Sleep(time.Minute) // a shared query lingers
		follows(t, k)
	})
}

// A change that is published after the call, before the statement or after it, is exactly one fetch more.
func TestReadsFollowsBeforeItReturns(t *testing.T) {
	for _, after := range []bool{false, true} {
		both(t, func(t *testing.T, shared bool) {
			k, s := node(t, live.Config{}), newSource(0)
			var changed box[bool]
			change := func(now bool) {
				if now && !changed.get() {
					changed.set(true)
					s.set(1)
					publish(t, k, "n")
				}
			}
			q := s.reading()
			q.LoadUntilConnected = true
			q.Fetch = func(ctx context.Context) (int, error) {
				live.Reads(ctx, "n")
				change(!after)
				n, err := s.fetch(ctx)
				change(after)
				return n, err
			}
			p := open(t, k, asShared(k, q, shared))
			fetchedAt(t, s, 0, 0, 0)
			shows(t, p, "n", "1")
		})
	}
}

// What the newest result has read is followed, and nothing else: no new topic costs a fetch.
func TestWhatIsNoLongerReadIsLeft(t *testing.T) {
	both(t, func(t *testing.T, shared bool) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.reading()
		q.Subscribe = []string{"fixed"}
		q.Fetch = func(ctx context.Context) (int, error) {
			live.Reads(ctx, "all")
			n, err := s.fetch(ctx)
			live.Reads(ctx, fmt.Sprint("n:", n), "fixed")
			return n, err
		}
		p := open(t, k, asShared(k, q, shared))
		follows(t, k, "all", "fixed", "n:0")
		n := s.count()
		s.set(1)
		publish(t, k, "all")
		follows(t, k, "all", "fixed", "n:1")
		fetchedAt(t, s, n, 0)
		publish(t, k, "n:0")
		fetchedAt(t, s, n+1)
		s.set(2)
		publish(t, k, "n:1")
		shows(t, p, "n", "2")
		fetchedAt(t, s, n+1, 0)
	})
}

// A query that once read something and now reads nothing follows what is fixed. Without that it says so.
func TestAFetchThatReadsNothingMoreLeavesAll(t *testing.T) {
	for _, fixed := range [][]string{nil, {"fixed"}} {
		bubble(t, func(t *testing.T) { readsNothingMore(t, fixed) })
	}
}

func readsNothingMore(t *testing.T, fixed []string) {
	t.Helper()
	var log journal
	k, s := node(t, live.Config{Logger: log.logger()}), newSource(0)
	q := s.reading()
	q.Subscribe = fixed
	q.Fetch = func(ctx context.Context) (int, error) {
		n, err := s.fetch(ctx)
		if n == 0 {
			live.Reads(ctx, "n")
		}
		return n, err
	}
	open(t, k, q)
	follows(t, k, append(slices.Clone(fixed), "n")...)
	s.set(1)
	publish(t, k, "n")
	follows(t, k, fixed...)
	if said := log.count("no change refetches a query"); said != 1-len(fixed) {
		t.Errorf("said so %d times", said)
	}
}

// What changes between a load and its stream is shown by the stream: the load of a private query follows nothing, that of
// a shared one has the query marked.
func TestAStreamIsAsNewAsItsLoadWasNot(t *testing.T) {
	both(t, func(t *testing.T, shared bool) {
		k, s := node(t, live.Config{}), newSource(0)
		q := asShared(k, s.reading("n"), shared)
		err := load(t, k, func(page *live.Socket) error {
			defer func() {
				if got := len(live.Followed(k)); got > 0 != shared {
					t.Errorf("the load follows %d topics", got)
				}
			}()
			return keeping(q)(page)
		})
		if err != nil {
			t.Fatal(err)
		}
		s.set(1)
		publish(t, k, "n")
		stream := connect(t, k)
		defer stream.Close()
		if n, err := live.Keep(stream.Socket(), "n", q); n != 1 || err != nil {
			t.Errorf("the stream begins with %d, %v", n, err)
		}
		fetchedAt(t, s, 0, 0, 0)
		follows(t, k, "n")
	})
}

// Pages that come to a shared query while its first fetch runs wait for it, once it has read something.
func TestLoadsDuringTheFirstFetchAreOneFetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{Limits: live.Limits{StreamsPerSession: 50}}), newSource(0)
		s.slow(time.Second)
		q := asShared(k, s.reading("n"), true)
		for range 20 {
			go func() {
				if err := load(t, k, keeping(q)); err != nil {
					t.Error(err)
				}
			}()
			time.Sleep(20 * ms)
		}
		time.Sleep(time.Second)
		fetchedAt(t, s, 0, 0)
	})
}
