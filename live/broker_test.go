package live_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
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

// connectNumber opens a stream that keeps the number of a source, and has not begun.
func connectNumber(t *testing.T, k *live.Keeper, cfg live.SocketConfig, s *source) *live.Transport {
	t.Helper()
	cfg.Connected = true
	socket, err := k.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(socket.Close)
	if _, err := live.Keep(socket.Socket(), "n", s.number()); err != nil {
		t.Fatal(err)
	}
	return socket
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
		time.Sleep(healed)
		shows(t, there, "n", "3")
		n := s.count()
		time.Sleep(time.Hour)
		if got := s.count(); got != n {
			t.Errorf("%d fetches after the others have noticed", got-n)
		}
	})
}

func TestAFarewellTellsWhatCouldNotBePublished(t *testing.T) {
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
		time.Sleep(healed)
		shows(t, there, "n", "1")
	})
}
