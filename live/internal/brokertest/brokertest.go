// Package brokertest is the tests that every driver here must pass with its engine: those of livetest.Broker, and what
// open pages show after one of the nodes was cut off.
package brokertest

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/htmxlive/htmxlive/live/livetest"
)

// Join makes a node that is connected, and ends with the test.
type Join func(t *testing.T) livetest.Node

// Run runs all tests but [Convergence] and [NoEcho].
func Run(t *testing.T, join Join) {
	t.Helper()
	livetest.Broker(t, join)
	for _, story := range []struct {
		name string
		run  func(*testing.T, Join)
	}{
		{"a node that closes waits for its receiver", closeWaits},
		{"pages follow other nodes", pagesFollow},
		{"pages of a node that was cut off become true", pagesAfterACut},
		{"pages see what a node that was cut off has published", pagesSeeACutPublisher},
	} {
		t.Run(story.name, func(t *testing.T) { story.run(t, join) })
	}
}

// closeWaits is a promise of the drivers' own.
func closeWaits(t *testing.T, join Join) {
	a, b := join(t), join(t)
	called, proceed := make(chan struct{}), make(chan struct{})
	var returned atomic.Bool
	err := b.Listen(t.Context(), func([]byte) {
		close(called)
		<-proceed
		returned.Store(true)
	})
	if err != nil {
		t.Fatal(err)
	}
	livetest.Publish(t, a, "tickets")
	<-called
	closed := make(chan bool)
	go func() {
		b.Close()
		closed <- returned.Load()
	}()
	for range 1000 { // in which a Close that did not wait would return
		runtime.Gosched()
	}
	close(proceed)
	if !<-closed {
		t.Error("Close returned during a call of receive")
	}
}

// NoEcho tests that a node does not hear itself, for drivers that promise so: live.Broker allows an echo.
func NoEcho(t *testing.T, join Join) {
	t.Helper()
	a, b := join(t), join(t)
	own, other := livetest.Listen(t, a), livetest.Listen(t, b)
	livetest.Publish(t, a, "tickets")
	other.Await(t, "tickets")
	livetest.Publish(t, b, "end") // engines keep the order: an echo would have come before this
	own.Await(t, "end")
}
