package sse_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// timed is a writer that knows how much time its writes had, and calls set before it takes a deadline, writing before it writes.
type timed struct {
	*memory
	least, most time.Duration // a write had
	deadlines   int
	set         func() error
	writing     func()
}

func (w *timed) Write(p []byte) (int, error) {
	if w.writing != nil {
		w.writing()
	}
	left := time.Until(w.deadline)
	if w.least == 0 || left < w.least {
		w.least = left
	}
	w.most = max(w.most, left)
	if w.fail != nil {
		return 0, w.fail
	}
	return w.memory.Write(p)
}

func (w *timed) SetWriteDeadline(t time.Time) error {
	w.deadlines++
	if w.set != nil {
		if err := w.set(); err != nil {
			return err
		}
	}
	return w.memory.SetWriteDeadline(t)
}

// serveTimed is a stream with a write timeout of 10 s, and what ends it.
func serveTimed(t *testing.T, w *timed) (s *sse.Stream, end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := sse.New(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), silent(), exact(sse.Config{WriteTimeout: 10 * time.Second, Heartbeat: -1}))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve() }()
	synctest.Wait()
	return s, func() error {
		cancel()
		return <-ended
	}
}

// TestEachWriteHasItsTime: at least the write timeout, at most half as much again, and most need no deadline of their own.
func TestEachWriteHasItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &timed{memory: newMemory()}
		s, end := serveTimed(t, w)
		for range 120 {
			time.Sleep(500 * time.Millisecond)
			if !deliver(s, page("1", "x")) {
				t.Fatal("was not acquired")
			}
		}
		if w.least < 10*time.Second || w.most > 15*time.Second {
			t.Errorf("the writes had between %v and %v", w.least, w.most)
		}
		if w.deadlines > 12 {
			t.Errorf("120 writes in a minute needed %d deadlines", w.deadlines)
		}
		if err := end(); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// TestShortenDeadlineWhileADeadlineIsSet: the longer one, which was on its way, does not win.
func TestShortenDeadlineWhileADeadlineIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &timed{memory: newMemory()}
		s, end := serveTimed(t, w)
		time.Sleep(time.Minute) // so that the next write needs a deadline
		shortened := make(chan struct{})
		w.set = func() error {
			w.set = nil
			go func() {
				s.ShortenDeadline(time.Second)
				close(shortened)
			}()
			for range 1000 { // if it does not wait for the longer one, it is done before that is set
				runtime.Gosched()
			}
			w.writing = func() { <-shortened }
			return nil
		}
		w.least, w.most = 0, 0
		if !deliver(s, page("1", "x")) || w.most != time.Second {
			t.Errorf("the write had %v", w.most)
		}
		_ = end()
	})
}

// TestTheFirstErrorIsKept: what fails after it fails because of it.
func TestTheFirstErrorIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := errors.New("first")
		w := &timed{memory: newMemory()}
		s, end := serveTimed(t, w)
		time.Sleep(time.Minute)
		w.set = func() error { return first }
		w.fail = errors.New("second")
		deliver(s, page("1", "x"))
		if err := end(); !errors.Is(err, first) {
			t.Error(err)
		}
	})
}
