package sse_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// TestContextEndsStream: idle or busy, and with its cause.
func TestContextEndsStream(t *testing.T) {
	busy := func() *script {
		return newScript(func(context.Context) (sse.Message, bool, error) {
			time.Sleep(time.Second)
			return page("x", "y"), true, nil
		})
	}
	for name, src := range map[string]func() *script{"idle": silent, "busy": busy} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kicked := errors.New("kicked")
				ctx, cancel := context.WithCancelCause(t.Context())
				start := time.Now()
				time.AfterFunc(time.Minute, func() { cancel(kicked) })
				err := sse.Serve(newMemory(), httptest.NewRequest("GET", "/", nil).WithContext(ctx), src(), sse.Config{})
				if after := time.Since(start); !errors.Is(err, kicked) || after > time.Minute+time.Second {
					t.Errorf("ended after %v: %v, want the cause", after, err)
				}
			})
		})
	}
}

// TestBrowserLeaves: the stream ends when the connection does, without waiting for the next heartbeat.
func TestBrowserLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener, ended := serve(t, &http.Server{}, always(silent()), sse.Config{})
		start := time.Now()
		conn := listener.dial()
		open(t, conn)
		conn.Close()
		if err := <-ended; !errors.Is(err, context.Canceled) || time.Since(start) != 0 {
			t.Errorf("ended after %v: %v", time.Since(start), err)
		}
	})
}

func TestSourceEnds(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		message sse.Message
		ok      bool
		err     error
		want    error
		text    string
	}{
		"gracefully":             {err: io.EOF},
		"with a last word":       {message: page("bye", "last"), ok: true, err: io.EOF, text: "id: bye\ndata: last\n\n"},
		"with an error":          {message: page("lost", "last"), ok: true, err: broken, want: broken},
		"with somebody's EOF":    {err: errors.Join(broken, io.EOF), want: broken},
		"with an invalid word":   {message: sse.Message{ID: []byte("\n")}, ok: true, err: io.EOF, want: sse.ErrInvalid},
		"with an ignored answer": {message: page("x", "y"), err: io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			w := newMemory()
			src := newScript(func(context.Context) (sse.Message, bool, error) { return c.message, c.ok, c.err })
			err := sse.Serve(w, httptest.NewRequest("GET", "/", nil), src, sse.Config{})
			if !errors.Is(err, c.want) {
				t.Errorf("err is %v, want %v", err, c.want)
			}
			if w.text() != c.text {
				t.Errorf("sent %q, want %q", w.text(), c.text)
			}
		})
	}
}

// TestPanic: a panic in the source reaches the handler's caller with its own stack, and leaves nothing behind (goleak
// looks).
func TestPanic(t *testing.T) {
	for _, at := range []int{1, 2, 40} {
		asked := 0
		src := newScript(func(context.Context) (sse.Message, bool, error) {
			if asked++; asked == at {
				panic("in the source")
			}
			return page("x", "y"), true, nil
		})
		func() {
			defer func() {
				if got := recover(); got != "in the source" {
					t.Errorf("recovered %v", got)
				}
			}()
			err := sse.Serve(newMemory(), httptest.NewRequest("GET", "/", nil), src, sse.Config{})
			t.Errorf("Serve returned %v", err)
		}()
	}
}
