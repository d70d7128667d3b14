package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// Topics that change with every fetch cost a bounded number of fetches, and one sentence.
func TestTopicsThatNeverSettleAreBackedOff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		k, s := node(t, live.Config{Logger: log.logger()}), newSource(0)
		q := s.number()
		q.SubscribeTo = func(int) []string { return []string{fmt.Sprint("topic ", s.count())} }
		open(t, k, q)
		time.Sleep(time.Hour)
		if got := s.count(); got > 300 {
			t.Errorf("%d fetches in an hour without a notification", got)
		}
		if got := log.count("SubscribeTo names topics, or a snapshot"); got != 1 {
			t.Errorf("said %d times", got)
		}
	})
}

func TestATopicThatNobodyHasEverFollowedIsLoggedOnRequest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var lines box[string]
		log := slog.New(slog.NewTextHandler(writer(func(b []byte) { lines.set(lines.get() + string(b)) }), &slog.HandlerOptions{Level: slog.LevelDebug}))
		k, s := node(t, live.Config{Logger: log}), newSource(0)
		p := open(t, k, s.number())
		publish(t, k, "n")
		p.Close()
		publish(t, k, "n") // it was followed once
		if got := lines.get(); strings.Contains(got, "ever followed") {
			t.Errorf("log: %s", got)
		}
		publish(t, k, "m")
		if got := lines.get(); strings.Count(got, "ever followed") != 1 || !strings.Contains(got, "topic=m") {
			t.Errorf("log: %s", got)
		}
	})
}

// chain is a query that follows a topic named in its result.
type chain struct {
	*source
	mu    sync.Mutex
	topic string
}

func (c *chain) point(topic string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.topic = topic
}

func (c *chain) query() live.Query[string] {
	return live.Query[string]{
		Fetch: func(ctx context.Context) (string, error) {
			_, err := c.fetch(ctx)
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.topic, err
		},
		Subscribe:   []string{"fixed"},
		SubscribeTo: func(topic string) []string { return []string{topic} },
		Fragments:   []fragment.Fragment{livetest.Text("topic", "topic")},
	}
}

func TestTopicsAreComputedAnewFromEachResult(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		c := &chain{source: newSource(0), topic: "a"}
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			_, err := live.Keep(s, "topic", c.query())
			return err
		})
		synctest.Wait()
		// The load follows nothing. The stream fetches, follows a, and fetches once more.
		fetchedAt(t, c.source, 0, 0, 0, 0)
		if got := live.Followed(k); !slices.Equal(got, []string{"a", "fixed"}) {
			t.Fatalf("follows %q", got)
		}

		c.point("b")
		publish(t, k, "a")
		shows(t, p, "topic", "b")
		fetchedAt(t, c.source, 3, 0, 0) // and once more after b was confirmed
		if got := live.Followed(k); !slices.Equal(got, []string{"b", "fixed"}) {
			t.Errorf("follows %q", got)
		}
		publish(t, k, "a") // dropped
		fetchedAt(t, c.source, 5)
		publish(t, k, "b")
		fetchedAt(t, c.source, 5, 0) // no new topic, no fetch more

		p.Close()
		if got := live.Followed(k); len(got) != 0 {
			t.Errorf("a page that is left follows %q", got)
		}
	})
}

// A change that is published while the first fetch runs is seen by one more: the topic is followed before the fetch.
func TestTheTopicIsFollowedBeforeTheFetch(t *testing.T) {
	for name, connected := range map[string]bool{"private": true, "shared": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, s := node(t, live.Config{}), newSource(0)
				q := s.number()
				fetch := q.Fetch
				q.Fetch = func(ctx context.Context) (int, error) {
					n, err := fetch(ctx)
					if s.count() == 1 {
						s.set(1)
						publish(t, k, "n")
					}
					return n, err
				}
				if !connected {
					q = live.Share(k, "n", func(int) live.Query[int] { return q }).With("all", 1)
				}
				shows(t, open(t, k, q), "n", "1")
			})
		})
	}
}

// What changed between the fetch and the following of a topic that the fetch named is not lost.
func TestAnAddedTopicIsFollowedBeforeOneMoreFetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		c := &chain{source: newSource(0), topic: "a"}
		q := c.query()
		name := q.SubscribeTo
		q.SubscribeTo = func(topic string) []string {
			if topic == "b" {
				c.point("c") // and its notification goes to b, which is not followed yet
				publish(t, k, "b")
			}
			return name(topic)
		}
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			_, err := live.Keep(s, "topic", q)
			return err
		})
		synctest.Wait()
		c.point("b")
		publish(t, k, "fixed")
		shows(t, p, "topic", "c")
		if got := live.Followed(k); !slices.Equal(got, []string{"c", "fixed"}) {
			t.Errorf("follows %q", got)
		}
	})
}

// Two tables would be chosen wrongly where a gone result forgot the topics that say it is back.
func TestAGoneResultKeepsItsTopics(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		c := &chain{source: newSource(0), topic: "a"}
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			_, err := live.Keep(s, "topic", c.query())
			return err
		})
		synctest.Wait()
		c.fail(live.ErrGone)
		publish(t, k, "a")
		shows(t, p, "topic", "gone")
		c.fail(nil)
		publish(t, k, "a") // restored
		shows(t, p, "topic", "a")
	})
}

type writer func(b []byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }
