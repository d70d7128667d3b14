package livetest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// testTimeout is for what must happen: only a failing test waits so long.
const testTimeout = 30 * time.Second

// Resync stands for receive(nil), and for a frame without bytes, among the frames of a Heard.
const Resync = ""

// Heard is what a listener has received, in order.
type Heard struct {
	news chan struct{} // capacity 1: there may be frames that nobody has waited for

	mu     sync.Mutex
	frames []string // not waited for yet; guarded by mu
}

// Listen listens to a broker until the test ends.
func Listen(t testing.TB, b live.Broker) *Heard {
	t.Helper()
	return listen(t.Context(), t, b)
}

func listen(ctx context.Context, t testing.TB, b live.Broker) *Heard {
	t.Helper()
	h := newHeard()
	if err := b.Listen(ctx, h.receive); err != nil {
		t.Fatalf("listen: %v", err)
	}
	return h
}

func newHeard() *Heard { return &Heard{news: make(chan struct{}, 1)} }

// receive is what a broker calls.
func (h *Heard) receive(frame []byte) {
	h.mu.Lock()
	h.frames = append(h.frames, string(frame))
	h.mu.Unlock()
	select {
	case h.news <- struct{}{}:
	default:
	}
}

// Await waits until the listener has heard these frames, in this order and with nothing between. [Resync] is one of them.
func (h *Heard) Await(t testing.TB, want ...string) {
	t.Helper()
	got := make([]string, 0, len(want))
	for len(got) < len(want) {
		frame, ok := h.next(t)
		if !ok {
			t.Fatalf("heard %.200q and then nothing, want %.200q (empty is Resync)", got, want)
		}
		got = append(got, frame)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("heard %.200q, want %.200q (empty is Resync)", got, want)
	}
}

// until waits until the listener has heard the frame, and returns what it heard before.
func (h *Heard) until(t testing.TB, want string) (before []string) {
	t.Helper()
	for {
		frame, ok := h.next(t)
		if !ok {
			t.Fatalf("heard %.200q and then nothing, want %.200q (empty is Resync)", before, want)
		}
		if frame == want {
			return before
		}
		before = append(before, frame)
	}
}

// Silent fails if anything was heard and not waited for. It is for a moment at which more must have come.
func (h *Heard) Silent(t testing.TB) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.frames) > 0 {
		t.Errorf("heard %.200q, want nothing (empty is Resync)", h.frames)
	}
}

// next takes the next frame, and waits for it; ok is false where none comes.
func (h *Heard) next(t testing.TB) (frame string, ok bool) {
	limit := time.NewTimer(testTimeout)
	defer limit.Stop()
	for {
		h.mu.Lock()
		if len(h.frames) > 0 {
			frame, h.frames = h.frames[0], h.frames[1:]
			h.mu.Unlock()
			return frame, true
		}
		h.mu.Unlock()
		select {
		case <-h.news:
		case <-limit.C:
			return "", false
		case <-t.Context().Done():
			return "", false
		}
	}
}

// Publish publishes the frames, one after the other, and fails the test where that fails.
func Publish(t testing.TB, b live.Broker, frames ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	for _, frame := range frames {
		if err := b.Publish(ctx, []byte(frame)); err != nil {
			t.Fatalf("publish %.200q: %v", frame, err)
		}
	}
}
