package brokertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// Node is a Broker with a connection of its own, which a test can cut.
type Node struct {
	live.Broker
	Cut  func() // ends the node's connection and refuses others; returns when the node has noticed
	Mend func() // allows connections again
}

// Join makes a node that is connected, and ends with the test.
type Join func(t *testing.T) Node

// patience is for what must happen: only a failing test waits so long.
const patience = 30 * time.Second

// Ear is a Handler that remembers, in order, what it was told.
type Ear struct{ heard chan string }

// Listen subscribes an Ear.
func Listen(t *testing.T, b live.Broker, topics ...string) (*Ear, live.Subscription) {
	t.Helper()
	ear := &Ear{heard: make(chan string, 1<<12)}
	sub, err := b.Subscribe(t.Context(), func(topic string) { ear.heard <- topic }, topics...)
	if err != nil {
		t.Fatalf("subscribing to %q: %v", topics, err)
	}
	return ear, sub
}

// Hears waits for want, in this order and with nothing between.
func (e *Ear) Hears(t *testing.T, want ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var got []string
	for len(got) < len(want) {
		select {
		case topic := <-e.heard:
			got = append(got, topic)
		case <-ctx.Done():
			t.Fatalf("heard %q and then nothing, want %q (empty is Resync)", got, want)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("heard %q, want %q (empty is Resync)", got, want)
	}
}

// Silent fails if anything was heard and not waited for. It is for a moment at which more must have come.
func (e *Ear) Silent(t *testing.T) {
	t.Helper()
	select {
	case topic := <-e.heard:
		t.Errorf("heard %q, want nothing", topic)
	default:
	}
}

// Publish fails the test where it fails.
func Publish(t *testing.T, b live.Broker, topics ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := b.Publish(ctx, topics...); err != nil {
		t.Fatalf("publishing %q: %v", topics, err)
	}
}
