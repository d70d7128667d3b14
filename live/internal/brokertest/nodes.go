package brokertest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// Run tells all the stories but [Convergence].
func Run(t *testing.T, join Join) {
	t.Helper()
	livetest.Broker(t, func(t *testing.T) live.Broker {
		b := &unhurried{Broker: join(t).Broker}
		t.Cleanup(b.publishing.Wait)
		return b
	})
	for _, story := range []struct {
		name string
		tell func(*testing.T, Join)
	}{
		{"a node does not hear itself", noEcho},
		{"topics may be any bytes", anyBytes},
		{"after a cut every subscription gets one Resync", oneResyncEach},
		{"a node that was cut off says so to who publishes", cutOffPublisher},
		{"pages follow other nodes", pagesFollow},
		{"pages of a node that was cut off become true", pagesAfterACut},
		{"pages see what a node that was cut off has published", pagesSeeACutPublisher},
	} {
		t.Run(story.name, func(t *testing.T) { story.tell(t, join) })
	}
}

// unhurried finishes what it publishes though the test is over, as a keeper does though the request is: a story of
// livetest publishes in a goroutine that it does not wait for.
type unhurried struct {
	live.Broker
	publishing sync.WaitGroup
}

func (b *unhurried) Publish(ctx context.Context, topics ...string) error {
	b.publishing.Add(1)
	defer b.publishing.Done()
	return b.Broker.Publish(context.WithoutCancel(ctx), topics...)
}

func noEcho(t *testing.T, join Join) {
	a, b := join(t), join(t)
	own, _ := Listen(t, a, "tickets", "end")
	other, _ := Listen(t, b, "tickets")
	Publish(t, a, "tickets")
	other.Hears(t, "tickets")
	Publish(t, b, "end") // engines keep the order: an echo would have come before this
	own.Hears(t, "end")
}

func anyBytes(t *testing.T, join Join) {
	a, b := join(t), join(t)
	topics := []string{"\x00", "\xff\xfe", "\"", `"\x00"`, "'); DROP TABLE tickets --", "\r\nPUB x 0\r\n"}
	ear, _ := Listen(t, b, topics...)
	Publish(t, a, topics...)
	ear.Hears(t, topics...)
}

func oneResyncEach(t *testing.T, join Join) {
	a, b := join(t), join(t)
	before, _ := Listen(t, b, "tickets", "counts")
	left, sub := Listen(t, b, "tickets")
	b.Cut()
	Publish(t, a, "tickets") // lost
	during, _ := Listen(t, b, "tickets")
	if err := errors.Join(sub.Unsubscribe(t.Context()), sub.Unsubscribe(t.Context())); err != nil {
		t.Fatalf("unsubscribing, twice: %v", err)
	}
	b.Mend()
	before.Hears(t, live.Resync)
	during.Hears(t, live.Resync)

	// Whoever has been told hears what is published from then on, and is told once.
	after, _ := Listen(t, b, "tickets")
	Publish(t, a, "tickets")
	for _, ear := range []*Ear{before, during, after} {
		ear.Hears(t, "tickets")
		ear.Silent(t)
	}
	left.Silent(t)
}

func cutOffPublisher(t *testing.T, join Join) {
	a, b := join(t), join(t)
	own, _ := Listen(t, a, "tickets")
	other, _ := Listen(t, b, "tickets")
	a.Cut()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := a.Publish(ctx, "tickets"); err == nil || ctx.Err() != nil {
		t.Fatalf("publishing without a connection: %v, want an error at once", err)
	}
	a.Mend()
	own.Hears(t, live.Resync)
	Publish(t, a, "tickets")
	other.Hears(t, "tickets") // once: what failed is not sent later
	Publish(t, a, "tickets")
	other.Hears(t, "tickets")
	other.Silent(t)
}
