package live_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

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
