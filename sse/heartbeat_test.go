package sse_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/sse"
)

func TestHeartbeatOnlyInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const beat = 19 * time.Second // what 20 s become without chance
		start := time.Now()
		var sent int
		src := newScript(nil)
		src.next = func(context.Context) (sse.Message, bool, error) {
			due := int(time.Since(start) / (10 * time.Second)) // a message every 10 s for a minute
			if sent < due && sent < 6 {
				sent++
				return page("x", "tick"), true, nil
			}
			return sse.Message{}, false, nil
		}
		listener, ended := serve(t, &http.Server{}, always(src), exact(sse.Config{Heartbeat: 20 * time.Second, MaxAge: 2 * time.Minute}))
		response := open(t, listener.dial())
		go func() {
			for range 6 {
				time.Sleep(10 * time.Second)
				src.signal()
			}
		}()
		text, at := received(response.Body)
		var beats []time.Duration
		for i := range text {
			if text[i] == heartbeat(20*time.Second) {
				beats = append(beats, at[i])
			}
		}
		if want := time.Minute; len(beats) != 3 || beats[0] != want+beat || beats[1] != want+2*beat || beats[2] != want+3*beat {
			t.Errorf("heartbeats at %v, want every %v after %v: %q", beats, beat, want, text)
		}
		if err := <-ended; err != nil {
			t.Errorf("end by age: %v", err)
		}
		if got := time.Since(start); got != 2*time.Minute {
			t.Errorf("ended after %v, want 2m", got)
		}
	})
}

// counting is a source that has nothing to say and counts how often it is asked.
func counting(n *atomic.Int64) *script {
	return newScript(func(context.Context) (sse.Message, bool, error) {
		n.Add(1)
		return sse.Message{}, false, nil
	})
}

// TestSilenceWakesOnce: a heartbeat is one look at the source, and what is before its time is none.
func TestSilenceWakesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		s := serveMemory(t.Context(), t, counting(&n), exact(sse.Config{Heartbeat: 20 * time.Second, MaxAge: time.Minute}))
		for range 3 { // every 19 s without chance
			n.Store(0)
			time.Sleep(19 * time.Second)
			synctest.Wait()
			if got := n.Load(); got != 2 { // when it wakes, and after what it then wrote
				t.Errorf("the source was asked %d times for one heartbeat", got)
			}
		}
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
	})
}

// TestTheWaitForADeliveryIsOver: once the request goroutine has had to wait for a delivery, later deliveries wake it no
// more than they did before.
func TestTheWaitForADeliveryIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var n, takes atomic.Int64
		src := counting(&n)
		s, ended := serveTo(ctx, t, slowly{newMemory(), &takes}, src, sse.Config{})
		takes.Store(int64(500 * time.Microsecond)) // not slow yet
		go deliver(s, page("1", "x"))
		synctest.Wait()
		src.signal()
		time.Sleep(time.Second)
		synctest.Wait()
		before := n.Load()
		if before < 2 {
			t.Errorf("the source was asked %d times", before)
		}
		if !deliver(s, page("2", "x")) {
			t.Error("was not acquired")
		}
		synctest.Wait()
		if got := n.Load(); got != before {
			t.Errorf("a delivery has woken the stream, which asked %d times", got-before)
		}
		cancel()
		<-ended //nolint:errcheck // cancelled
	})
}

// aborting is a writer that panics as soon as it is used.
type aborting struct{ *memory }

func (aborting) WriteHeader(int) { panic(http.ErrAbortHandler) }

// TestPanicOfTheWriter: it passes through, and leaves nothing behind.
func TestPanicOfTheWriter(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer func() {
		if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // it is the value that net/http looks for
			t.Errorf("recovered %v", v)
		}
	}()
	err := sse.Serve(aborting{newMemory()}, httptest.NewRequest(http.MethodGet, "/", nil), silent(), sse.Config{})
	t.Errorf("Serve returned %v", err)
}

// TestNoHeartbeatAmongDeliveries: while a stream is delivered to, the source is not asked for heartbeats that are not
// due; when that is over, heartbeats come as ever.
func TestNoHeartbeatAmongDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var asked atomic.Int64
		src := newScript(func(context.Context) (sse.Message, bool, error) {
			asked.Add(1)
			return sse.Message{}, false, nil
		})
		s := serveMemory(ctx, t, src, sse.Config{Heartbeat: 10 * time.Second})
		for range 60 {
			time.Sleep(time.Second)
			deliver(s.Stream, page("1", "x"))
		}
		synctest.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("the source was asked %d times, though nothing was due", n)
		}
		time.Sleep(25 * time.Second)
		cancel()
		synctest.Wait()
		beats := 0
		for _, f := range s.w.flushed {
			if f.text == heartbeat(10*time.Second) {
				beats++
			}
		}
		if beats != 2 {
			t.Errorf("%d heartbeats in 25 seconds of silence", beats)
		}
	})
}

// TestNoLateTimer: a timer that fires as the stream ends does nothing to the source after Serve has returned.
func TestNoLateTimer(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 19*time.Second) // as a heartbeat of 20 s without chance
			defer cancel()
			src := silent()
			err := sse.Serve(newMemory(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), src, exact(sse.Config{Heartbeat: 20 * time.Second}))
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("ended with %v", err)
			}
			synctest.Wait()
			if len(src.changed) > 0 {
				t.Error("the source was signalled after the end of its stream")
			}
		})
	}
}

// A script takes a stream for dead that says nothing for longer than it assumes. So one that will be silent for longer, or
// for ever, says so before everything else.
func TestAQuietStreamSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  sse.Config
		want string
	}{
		"default":      {sse.Config{}, ""},
		"switched off": {sse.Config{Heartbeat: -1}, heartbeat(0)},
		"rare":         {sse.Config{Heartbeat: time.Minute}, heartbeat(time.Minute)},
		"with a retry": {sse.Config{Heartbeat: -1, Retry: time.Second}, "retry: 1000\n" + heartbeat(0)},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			s := serveMemory(ctx, t, silent(), exact(c.cfg))
			synctest.Wait()
			cancel()
			<-s.ended //nolint:errcheck // cancelled
			if got := s.w.text(); got != c.want {
				t.Errorf("%s: the stream begins with %q, want %q", name, got, c.want)
			}
		})
	}
}
