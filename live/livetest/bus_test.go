package livetest_test

import (
	"testing"

	"github.com/htmxlive/htmxlive/live/livetest"
)

// onBus makes nodes that meet nobody but those of the same test.
func onBus(echo bool) func(*testing.T) livetest.Node {
	buses := map[string]*livetest.Bus{}
	return func(t *testing.T) livetest.Node {
		if buses[t.Name()] == nil {
			buses[t.Name()] = &livetest.Bus{Echo: echo}
		}
		n := buses[t.Name()].Node()
		t.Cleanup(n.Close)
		return livetest.Node{Broker: n, Close: n.Close, Cut: n.Cut, Mend: n.Mend}
	}
}

func TestBus(t *testing.T) {
	t.Run("without echo", func(t *testing.T) { livetest.Broker(t, onBus(false)) })
	t.Run("with echo", func(t *testing.T) { livetest.Broker(t, onBus(true)) })
}

// A driver with a connection that cannot be cut is tested for the rest.
func TestABusThatCannotBeCut(t *testing.T) {
	join := onBus(false)
	livetest.Broker(t, func(t *testing.T) livetest.Node {
		n := join(t)
		n.Cut, n.Mend = nil, nil
		return n
	})
}

func TestEcho(t *testing.T) {
	for _, echo := range []bool{false, true} {
		bus := &livetest.Bus{Echo: echo}
		a, b := bus.Node(), bus.Node()
		own, other := livetest.Listen(t, a), livetest.Listen(t, b)
		livetest.Publish(t, a, "tickets")
		other.Await(t, "tickets")
		if echo {
			own.Await(t, "tickets")
		}
		own.Silent(t)
	}
}

func TestDroppedFramesAreLostWithoutAWord(t *testing.T) {
	var bus livetest.Bus
	a, b, c := bus.Node(), bus.Node(), bus.Node()
	atB, atC := livetest.Listen(t, b), livetest.Listen(t, c)
	b.Drop(2)
	livetest.Publish(t, a, "1", "2", "3")
	atB.Await(t, "3")
	atC.Await(t, "1", "2", "3")
	b.Drop(10)
	livetest.Publish(t, a, "4")
	b.Drop(0)
	livetest.Publish(t, a, "5")
	atB.Await(t, "5")
	if !b.Connected() {
		t.Error("a node that has lost frames without noticing says that it is cut off")
	}
}

func TestARouteIsCutInOneDirection(t *testing.T) {
	var bus livetest.Bus
	a, b, c := bus.Node(), bus.Node(), bus.Node()
	atA, atB, atC := livetest.Listen(t, a), livetest.Listen(t, b), livetest.Listen(t, c)
	a.CutRoute(b)
	livetest.Publish(t, a, "1")
	livetest.Publish(t, b, "2")
	a.MendRoute(b)
	livetest.Publish(t, a, "3")
	atA.Await(t, "2")
	atB.Await(t, "3")
	atC.Await(t, "1", "2", "3")
	if !a.Connected() || !b.Connected() {
		t.Error("a node notices that a route is cut")
	}
}

func TestResyncIsForTheNodesThatAreThere(t *testing.T) {
	var bus livetest.Bus
	a, b := bus.Node(), bus.Node()
	atA, atB := livetest.Listen(t, a), livetest.Listen(t, b)
	b.Cut()
	b.Cut()
	bus.Resync()
	atA.Await(t, livetest.Resync)
	atB.Silent(t)
	b.Mend()
	atB.Await(t, livetest.Resync)
	b.Mend()
	atB.Silent(t)
}

// A receiver that keeps a frame would read what the engine's client writes there next.
func TestAFrameIsSpoiledAfterReceive(t *testing.T) {
	var bus livetest.Bus
	a, b := bus.Node(), bus.Node()
	var kept []byte
	if err := b.Listen(t.Context(), func(frame []byte) { kept = frame }); err != nil {
		t.Fatal(err)
	}
	sent := []byte("tickets")
	if err := a.Publish(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	if string(kept) != "???????" || string(sent) != "tickets" {
		t.Errorf("after receive the frame is %q, and the publisher's %q", kept, sent)
	}
}
