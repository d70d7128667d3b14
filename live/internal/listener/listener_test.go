package listener_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/htmxlive/htmxlive/live/internal/listener"
)

func TestListener(t *testing.T) {
	var l listener.Listener
	l.Receive([]byte("nobody's"))

	var heard []string
	receive := func(frame []byte) { heard = append(heard, string(frame)) }
	ctx, cancel := context.WithCancel(t.Context())
	if err := l.Listen(ctx, receive); err != nil {
		t.Fatal(err)
	}
	if err := l.Listen(t.Context(), receive); !errors.Is(err, listener.ErrListening) {
		t.Errorf("a second one: %v", err)
	}
	l.Receive([]byte("one"))
	l.Receive(nil)
	cancel()
	l.Receive([]byte("too late"))
	if err := l.Listen(ctx, receive); !errors.Is(err, context.Canceled) {
		t.Errorf("under a context that has ended: %v", err)
	}

	ctx, cancel = context.WithCancel(t.Context())
	cancelled := l.Listen(ctx, receive)
	cancel() // nothing is received, and there is room for the next one
	if err := errors.Join(cancelled, l.Listen(context.WithoutCancel(ctx), receive)); err != nil {
		t.Fatal(err)
	}
	l.Receive([]byte("two"))
	if want := []string{"one", "", "two"}; !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
}
