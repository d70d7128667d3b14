package live_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// engine is a node of a bus with publications that a test sees, delays and fails.
type engine struct {
	live.Broker
	mu      sync.Mutex
	publish func(ctx context.Context) error // before; set by alter
}

// errLost is what an engine says that has lost a notification without noticing: nothing.
var errLost = errors.New("lost")

func (e *engine) alter(f func(e *engine)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f(e)
}

func (e *engine) Publish(ctx context.Context, frame []byte) error {
	e.mu.Lock()
	before := e.publish
	e.mu.Unlock()
	if before != nil {
		if err := before(ctx); errors.Is(err, errLost) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return e.Broker.Publish(ctx, frame)
}

// connect opens a stream of alice.
func connect(t *testing.T, k *live.Keeper) *live.Transport {
	t.Helper()
	cfg := alice
	cfg.Connected = true
	s, err := k.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
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

func TestAGapMarksEverything(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		k, s := node(t, live.Config{Broker: bus.Node()}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		a, b := open(t, k, s.number()), open(t, k, shared.With("all", 1))
		c := &chain{source: newSource(0), topic: "a"}
		chained := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			_, err := live.Keep(s, "topic", c.query())
			return err
		})
		synctest.Wait()
		s.set(1)
		c.point("b")
		bus.Resync()
		shows(t, a, "n", "1")
		shows(t, b, "n", "1")
		shows(t, chained, "topic", "b")
	})
}

func TestPagesFollowOtherNodes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		one, two := node(t, live.Config{Broker: bus.Node()}), node(t, live.Config{Broker: bus.Node()})
		s := newSource(0)
		a, b := open(t, one, s.number()), open(t, two, s.number())
		s.set(1)
		publish(t, one, "n")
		shows(t, a, "n", "1")
		shows(t, b, "n", "1")
		fetchedAt(t, s, 4, 0, 0) // once on each node
	})
}

// After a commit there is no way back: the publisher's own pages follow, and the others as soon as they can be told.
func TestAPublishThatFailsAtTheEngineIsMadeUpForByAResync(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		var log journal
		e := &engine{Broker: bus.Node()}
		one, two := node(t, live.Config{Broker: e, Logger: log.logger()}), node(t, live.Config{Broker: bus.Node()})
		s := newSource(0)
		here, there := open(t, one, s.number()), open(t, two, s.number())
		e.alter(func(e *engine) {
			e.publish = func(context.Context) error { return errors.New("engine is down") }
		})
		for i := range 3 {
			s.set(i + 1)
			publish(t, one, "n")
		}
		shows(t, here, "n", "3")
		shows(t, there, "n", "0")
		if log.count("engine is down") != 3 {
			t.Errorf("%d failures were logged", log.count("engine is down"))
		}
		time.Sleep(10 * time.Second)
		e.alter(func(e *engine) { e.publish = nil })
		time.Sleep(31 * time.Second) // of backoff, at most
		shows(t, there, "n", "3")
		n := s.count()
		time.Sleep(time.Hour)
		if got := s.count(); got != n {
			t.Errorf("%d fetches after the debt was paid", got-n)
		}
	})
}

func TestCloseTriesOnceMoreToTellTheOtherNodes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		e := &engine{Broker: bus.Node()}
		one, two := live.NewKeeper(live.Config{Broker: e, Logger: new(journal).logger()}), node(t, live.Config{Broker: bus.Node()})
		s := newSource(0)
		there := open(t, two, s.number())
		e.alter(func(e *engine) {
			e.publish = func(context.Context) error { return errors.New("engine is down") }
		})
		s.set(1)
		publish(t, one, "n")
		shows(t, there, "n", "0")
		e.alter(func(e *engine) { e.publish = nil })
		if err := one.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		shows(t, there, "n", "1")
	})
}

func TestPublishDoesNotEndWithTheRequest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		e := &engine{Broker: bus.Node()}
		one, two := node(t, live.Config{Broker: e, BrokerTimeout: 5 * time.Second}), node(t, live.Config{Broker: bus.Node()})
		s := newSource(0)
		there := open(t, two, s.number())
		var left time.Duration
		e.alter(func(e *engine) {
			e.publish = func(ctx context.Context) error {
				until, _ := ctx.Deadline()
				left = time.Until(until)
				return ctx.Err()
			}
		})
		s.set(1)
		gone, cancel := context.WithCancel(t.Context())
		cancel() // the browser has closed its connection
		if err := one.Publish(gone, "n"); err != nil {
			t.Fatal(err)
		}
		shows(t, there, "n", "1")
		if left != 5*time.Second {
			t.Errorf("the engine had %v, want BrokerTimeout", left)
		}
	})
}

func TestPublishRefusesTopicsThatCannotBe(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		open(t, k, s.number())
		for _, topic := range []string{"", "htmxlive.kick.alice"} {
			if err := k.Publish(t.Context(), "n", topic); err == nil {
				t.Errorf("topic %q was published", topic)
			}
			socket := connect(t, k)
			q := s.number()
			q.Subscribe = []string{topic}
			if _, err := live.Keep(socket.Socket(), "n", q); err == nil {
				t.Errorf("topic %q was subscribed", topic)
			}
			socket.Close()
		}
		fetchedAt(t, s, 2) // all topics are looked at before the first is told
	})
}

func TestABlockedPageNeverBlocksPublish(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		stalled, well := open(t, k, s.number()), open(t, k, s.number())
		stalled.Pause()
		began := time.Now()
		for i := range 1000 {
			s.set(i + 1)
			publish(t, k, "n")
			synctest.Wait()
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("a thousand notifications took %v", took)
		}
		shows(t, well, "n", "1000")
		shows(t, stalled, "n", "0")
		stalled.Resume()
		shows(t, stalled, "n", "1000")
		if got := len(stalled.Updates()); got != 1 {
			t.Errorf("the page that was behind was sent %d updates, want 1", got)
		}
	})
}

// User code that takes its time, or publishes itself, holds no lock that Publish needs.
func TestUserCodeNeverBlocksPublish(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		initial := -1
		q := s.number()
		q.Initial = &initial
		q.AfterFetch = func(ctx context.Context, _ int, _ func(string, any)) error { return k.Publish(ctx, "other") }
		q.Subscribe = []string{"n", "other"}
		q.NoRefetch = true
		p := open(t, k, q)
		shows(t, p, "n", "-1")
	})
}

func TestLimits(t *testing.T) {
	limits := live.Limits{StreamsPerSession: 2, AssignsPerPage: 2, TopicsPerAssign: 3}
	is := func(t *testing.T, err error, limit string, most int) {
		t.Helper()
		var over *live.LimitError
		if !errors.As(err, &over) || over.Limit != live.Limit(limit) || over.Max != most {
			t.Errorf("got %v, want limit %s (%d)", err, limit, most)
		}
	}
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{Limits: limits}), newSource(0)
		socket := connect(t, k)
		defer socket.Close()
		for _, name := range []string{"a", "b", "a"} {
			if _, err := live.Keep(socket.Socket(), name, live.Query[int]{Fetch: s.fetch}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := live.Keep(socket.Socket(), "c", live.Query[int]{Fetch: s.fetch})
		is(t, err, "AssignsPerPage", 2)

		q := live.Query[int]{Fetch: s.fetch, Subscribe: []string{"1", "2", "3", "4"}}
		_, err = live.Keep(socket.Socket(), "a", q)
		is(t, err, "TopicsPerAssign", 3)
		q.Subscribe = []string{"1", "2"}
		q.SubscribeTo = func(int) []string { return []string{"3", "4"} }
		_, err = live.Keep(socket.Socket(), "a", q)
		is(t, err, "TopicsPerAssign", 3)
		q.SubscribeTo = func(int) []string { return []string{"3", "1", "3"} } // three different ones
		if _, err = live.Keep(socket.Socket(), "a", q); err != nil {
			t.Error(err)
		}

		second := connect(t, k)
		cfg := alice
		cfg.Connected = true
		_, err = k.Connect(t.Context(), cfg)
		is(t, err, "StreamsPerSession", 2)
		cfg.Session = "bob"
		other, err := k.Connect(t.Context(), cfg)
		if err != nil {
			t.Errorf("another session: %v", err)
		}
		other.Close()
		second.Close()
		connect(t, k).Close() // there is room again
	})
}

// A shared query is followed by whoever keeps whatever rows: the limit is for what one of them sees.
func TestTheLimitOfTopicsIsForOneView(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{Limits: live.Limits{TopicsPerAssign: 3}}), newTable(1, 2)
		shared := live.Share(k, "rows", func(int) live.ListQuery[row, int] {
			q := tb.list()
			q.FetchKeys = tb.byKeys
			q.SubscribeTo = func(rows []row) []string {
				topics := make([]string, len(rows))
				for i, r := range rows {
					topics[i] = r.topic()
				}
				return topics
			}
			return q
		})
		early := openRows(t, k, shared.With("all", 1))
		for i := range 10 {
			tb.remove(i+1, i+2)
			tb.put(row{i + 2, "new"}, row{i + 3, "new"})
			publish(t, k, "rows")
			synctest.Wait()
			late := openRows(t, k, shared.With("all", 1))
			shows(t, late, "rows", late.FreshText("rows"))
		}
		shows(t, early, "rows", "1=gone 2=gone")
	})
}
