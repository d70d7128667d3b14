package sse_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// TestDeliverToAStalledBrowser: Send takes as long as the write timeout, once; the stream ends by it, and TryAcquire does
// not wait meanwhile or later.
func TestDeliverToAStalledBrowser(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, ended, _ := openHTTP(t, protocol, silent(), sse.Config{WriteTimeout: 10 * time.Second, MaxAge: time.Hour})

				start := time.Now()
				var delivering sync.WaitGroup
				delivering.Go(func() { // more than any buffer between holds
					for deliver(s, page("x", strings.Repeat("y", 8<<20))) {
						if time.Since(start) > 0 {
							return
						}
					}
				})
				synctest.Wait()
				refuses(t, s, "it is being written")
				if time.Since(start) != 0 {
					t.Errorf("TryAcquire waited for %v", time.Since(start))
				}
				delivering.Wait()
				if after := time.Since(start); after < 10*time.Second || after > 15*time.Second {
					t.Errorf("Send came back after %v", after)
				}
				if err := <-ended; !errors.Is(err, sse.ErrStalled) {
					t.Errorf("the stream ended with %v", err)
				}
				refuses(t, s, "it is over")
			})
		})
	}
}

// slowly is a writer that takes its time.
type slowly struct {
	*memory
	takes *atomic.Int64
}

func (w slowly) FlushError() error {
	time.Sleep(time.Duration(w.takes.Load()))
	return w.memory.FlushError()
}

// TestDeliverToASlowBrowser: a browser that was slow to take a message gets the next ones from the request goroutine,
// until it is quick again.
func TestDeliverToASlowBrowser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var takes atomic.Int64
		w := slowly{newMemory(), &takes}
		sends := false
		src := newScript(func(context.Context) (sse.Message, bool, error) {
			sends = !sends
			return page("own", "x"), !sends, nil
		})
		s, ended := serveTo(ctx, t, w, src, sse.Config{})

		takes.Store(int64(5 * time.Millisecond))
		if !deliver(s, page("1", "x")) {
			t.Error("was not acquired when it was not known to be slow")
		}
		refuses(t, s, "its browser was slow")
		src.signal()
		time.Sleep(time.Second)
		refuses(t, s, "its browser is still slow")
		takes.Store(0)
		src.signal()
		time.Sleep(time.Second)
		if !deliver(s, page("2", "x")) {
			t.Error("was not acquired although it is quick again")
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		want := "id: 1\ndata: x\n\n" + strings.Repeat("id: own\ndata: x\n\n", 2) + "id: 2\ndata: x\n\n"
		if got := w.text(); got != want {
			t.Errorf("sent %q, want %q", got, want)
		}
	})
}

// firstly is a writer that takes its time for the first piece of a message.
type firstly struct {
	*memory
	takes time.Duration
}

func (w firstly) Write(p []byte) (int, error) {
	if w.writes == 0 && len(p) > 1000 {
		time.Sleep(w.takes)
	}
	return w.memory.Write(p)
}

// TestDeliverALargeMessage: a browser is slow if any piece of it was.
func TestDeliverALargeMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s, ended := serveTo(ctx, t, firstly{newMemory(), time.Second}, silent(), sse.Config{})
		if !deliver(s, page("1", "small")) || !deliver(s, page("2", strings.Repeat("x", 100_000))) {
			t.Error("was not acquired when it was not known to be slow")
		}
		refuses(t, s, "its browser was slow")
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// TestServeWaitsForADelivery: when it returns, nobody uses the writer any more.
func TestServeWaitsForADelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var takes atomic.Int64
		w := slowly{newMemory(), &takes}
		s, err := sse.New(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), silent(), sse.Config{})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan time.Time, 1)
		go func() {
			_ = s.Serve()
			ended <- time.Now()
		}()
		synctest.Wait()
		takes.Store(int64(time.Second))
		start := time.Now()
		go deliver(s, page("1", "x"))
		synctest.Wait()
		cancel()
		if after := (<-ended).Sub(start); after != time.Second {
			t.Errorf("Serve returned after %v, the write after one second", after)
		}
	})
}
