package live_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// gate is a broker whose first subscription to the resync topic takes a while.
type gate struct {
	live.Broker
	hold chan struct{}
	seen atomic.Bool
}

func (g *gate) Subscribe(ctx context.Context, h live.Handler, topics ...string) (live.Subscription, error) {
	if topics[0] == "htmxlive.resync" && !g.seen.Swap(true) {
		<-g.hold
	}
	return g.Broker.Subscribe(ctx, h, topics...)
}

// mute fails to publish all but resync while it is broken.
type mute struct {
	live.Broker
	broken atomic.Bool
}

func (m *mute) Publish(ctx context.Context, topics ...string) error {
	if m.broken.Load() {
		return errors.New("broken")
	}
	return m.Broker.Publish(ctx, topics...)
}

// The subscription that tells of gaps is everybody's: a browser that leaves while it is being made must not end it.
func TestABrowserThatLeavesEndsNoSubscriptionOfOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus live.Bus
		g, m := &gate{Broker: bus.Node(), hold: make(chan struct{})}, &mute{Broker: bus.Node()}
		here, there := node(t, live.Config{Broker: g}), node(t, live.Config{Broker: m})
		s := newSource(1)
		q := s.number()
		shared := live.Share(here, "n", func(int) live.Query[int] { return q })
		// A load of the page (not admitted, so no kick topic) makes the cohort, which follows under a context that never ends.
		loaded := make(chan struct{})
		go func() {
			defer close(loaded)
			socket, _ := here.NewSocket(t.Context(), live.SocketConfig{Session: "a"})
			defer socket.Close()
			if _, err := live.Keep(socket, "n", shared.With("all", 1)); err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(10 * ms)
		// Somebody else's stream opens and goes away.
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan struct{})
		go func() {
			defer close(left)
			socket, err := here.NewSocket(ctx, live.SocketConfig{Session: "b", Connected: true})
			if err == nil {
				t.Error("admitted")
			}
			socket.Close()
		}()
		time.Sleep(10 * ms)
		cancel()
		time.Sleep(10 * ms)
		close(g.hold)
		<-loaded
		<-left
		time.Sleep(time.Second)
		// Within the linger time another node changes something and cannot say so, then says that it could not.
		s.set(2)
		m.broken.Store(true)
		publish(t, there, "n")
		m.broken.Store(false)
		time.Sleep(3 * time.Second)
		// A load of the page now: the cohort is warm and believes that nothing has changed.
		socket, _ := here.NewSocket(t.Context(), live.SocketConfig{Session: "a"})
		defer socket.Close()
		got, err := live.Keep(socket, "n", shared.With("all", 1))
		if err != nil || got != 2 {
			t.Errorf("a load shows %d, %v; want 2", got, err)
		}
	})
}

// fragile is a broker whose first subscription to a topic panics.
type fragile struct {
	live.Broker
	topic string
	done  atomic.Bool
}

func (f *fragile) Subscribe(ctx context.Context, h live.Handler, topics ...string) (live.Subscription, error) {
	if topics[0] == f.topic && !f.done.Swap(true) {
		panic("broker")
	}
	return f.Broker.Subscribe(ctx, h, topics...)
}

// After a panic of the broker, which net/http survives, nobody takes the topic for subscribed.
func TestASubscriptionThatPanicsIsNone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus live.Bus
		here, there := node(t, live.Config{Broker: &fragile{Broker: bus.Node(), topic: "n"}}), node(t, live.Config{Broker: bus.Node()})
		s := newSource(1)
		func() {
			defer func() { _ = recover() }() // net/http
			socket, _ := here.NewSocket(t.Context(), live.SocketConfig{Session: "a", Connected: true})
			defer socket.Close()
			_, _ = live.Keep(socket, "n", s.number())
		}()
		p := open(t, here, s.number())
		s.set(2)
		publish(t, there, "n")
		time.Sleep(time.Second)
		shows(t, p, "n", "2")
	})
}

// A broker that panics when a result names a topic is a failure of that refetch.
func TestAPanicOfTheBrokerEndsThatRefetchAndNothingElse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus live.Bus
		k, s := node(t, live.Config{Broker: &fragile{Broker: bus.Node(), topic: "more"}}), newSource(1)
		p := open(t, k, live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.SubscribeTo = func(n int) []string { return []string{"more"}[:n-1] }
			return q
		}).With("all", 1))
		s.set(2)
		publish(t, k, "n")
		shows(t, p, "n", "1")
		time.Sleep(time.Second)
		shows(t, p, "n", "2")
	})
}

// Whoever waits for a shared query whose subscription panics is told, and the next one tries again.
func TestASharedSubscriptionThatPanicsIsAnError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus live.Bus
		k, s := node(t, live.Config{Broker: &fragile{Broker: bus.Node(), topic: "n"}}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		if err := load(t, k, keeping(shared.With("all", 1))); err == nil || !strings.Contains(err.Error(), "panic") {
			t.Errorf("error %v", err)
		}
		shows(t, open(t, k, shared.With("all", 1)), "n", "1")
	})
}

func TestAStreamWhoseAdmissionPanicsTakesNoRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus live.Bus
		k := node(t, live.Config{Broker: &fragile{Broker: bus.Node(), topic: "htmxlive.resync"}})
		cfg := alice
		cfg.Connected = true
		s, err := k.NewSocket(t.Context(), cfg)
		if err == nil {
			t.Error("admitted")
		}
		s.Close()
		if n := k.Stats().Streams; n != 0 {
			t.Errorf("%d streams", n)
		}
		connect(t, k).Close()
	})
}

// Who closes in a hurry tells everybody all the same.
func TestCloseOutOfTimeTellsEverybody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := live.NewKeeper(live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		pages := audience(t, k, 20, shared.With("all", 1))
		ctx, cancel := context.WithTimeout(t.Context(), 300*ms)
		defer cancel()
		_ = k.Close(ctx)
		untold := 0
		for _, p := range pages {
			if p.hurried.Load() == 0 {
				untold++
			}
		}
		if untold > 0 {
			t.Errorf("%d of 20 streams were never told to end, and go on until they are old", untold)
		}
		for _, p := range pages {
			p.socket.Close()
		}
		_ = k.Close(t.Context())
	})
}
