package livetest

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// Node is one node of an engine, connected.
type Node struct {
	live.Broker
	Close func() // the driver's own, which may be called twice

	// Cut ends the node's connection and refuses others, and returns when the driver has noticed; Mend allows them again.
	// Without them, nothing that a driver promises of a lost connection is tested.
	Cut, Mend func()

	// Stall makes the node's connection silent in both directions, with nobody told, until Mend. Silence is the longest that the driver
	// takes to notice, a busy machine included. Without Stall that is not tested.
	Stall   func()
	Silence time.Duration

	// Delay makes everything take so long on the node's way to the engine and back. Without it that is not tested.
	Delay func(d time.Duration)

	// Restart ends the engine of all nodes and starts it again, with all its connections gone. Without it that is not tested.
	Restart func()
}

// Broker tests that a driver keeps what live.Broker says. Each call of join makes another node; those that are joined
// under one t meet each other and nobody else (take t.Name() for the engine's channel), and end with that t.
//
// Goroutines that the driver's own package has started must be gone when its nodes are closed. For what the engine's
// client may leave behind have goleak in TestMain.
func Broker(t *testing.T, join func(t *testing.T) Node) {
	t.Helper()
	for _, story := range []struct {
		name string
		run  func(t *testing.T, join func(t *testing.T) Node)
	}{
		{"frames reach every other node in order", inOrder},
		{"frames are any bytes", anyBytes},
		{"frames have a limit", sizes},
		{"many publish at the same time", manyPublishers},
		{"a listener ends with its context", listenerEnds},
		{"there is one listener at a time", oneListener},
		{"a receiver may publish, elsewhere", receiverPublishes},
		{"a closed node", closedNode},
		{"a gap is one resync", oneResync},
		{"listening begins while the engine is away", listenWhileAway},
		{"a node that is cut off says so to its publishers", publisherCutOff},
		{"a node that is cut off is closed", closedWhileAway},
		{"a frame is heard or is in a gap", heardOrGap},
		{"a frame that comes too fast is heard or is in a gap", tooFast},
		{"a silent connection is a gap", silentConnection},
		{"a publisher whose connection is silent", silentPublisher},
		{"frames that take their time stay in order", delayed},
		{"a restart of the engine is a gap", restarted},
	} {
		t.Run(story.name, func(t *testing.T) { story.run(t, join) })
	}
}

// connected waits until the node is connected, or is not.
func connected(t *testing.T, b live.Broker, want bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	for b.Connected() != want {
		if ctx.Err() != nil {
			t.Fatalf("Connected is %v, want %v", !want, want)
		}
		runtime.Gosched()
	}
}

// refusesToPublish fails unless a publication fails, and at once.
func refusesToPublish(t *testing.T, b live.Broker, frame string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	if err := b.Publish(ctx, []byte(frame)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("publish without a connection: %v, want an error at once", err)
	}
}
