package sse_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	r3labs "github.com/r3labs/sse/v2"

	"github.com/htmxlive/htmxlive/sse"
)

// The tests of this file up to TestClient pin what the package relies on in r3labs/sse v2.10.0 and what no document
// promises. If one fails after an upgrade, read r3labs.go again before anything else.

// tape records the calls of a r3labs handler in order; flush, if set, runs inside Flush.
type tape struct {
	calls []string
	flush func(n int)
	n     int
}

func (w *tape) Header() http.Header { return http.Header{} }
func (w *tape) WriteHeader(s int)   { w.calls = append(w.calls, fmt.Sprint(s)) }
func (w *tape) Write(p []byte) (int, error) {
	w.calls = append(w.calls, string(p))
	return len(p), nil
}

func (w *tape) Flush() {
	w.calls = append(w.calls, "flush")
	w.n++
	w.flush(w.n)
}

func r3labsServer() *r3labs.Server {
	server := r3labs.New()
	server.AutoReplay = false
	server.BufferSize = 0
	server.CreateStream("s")
	return server
}

func r3labsRequest(ctx context.Context) *http.Request {
	return (&http.Request{URL: &url.URL{RawQuery: "stream=s"}}).WithContext(ctx)
}

// TestDoor: a comment leaves in one write, verbatim but for what we take off again, without an id line, and the event
// is ended by another write and one flush. An event is read when its turn comes and not before, so the same one may
// stand in the queue many times. The flush runs on the handler's goroutine.
//
// With no buffer, Publish returns when r3labs' goroutine has the event, which it passes on before anything else: a
// stream that is removed then loses none, and the handler ends behind the last. An event of nothing ends it before.
func TestDoor(t *testing.T) {
	const slips = 16
	texts := []string{"\nid: 1\ndata: x\n\n", "100 %s %d \x00 \r\n", ":", strings.Repeat("long\n", 6000)}
	for _, events := range []int{0, 1, 4, slips - 1, slips} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			server := r3labsServer()
			var shared r3labs.Event
			w := &tape{}
			w.flush = func(n int) {
				if n == 1 {
					for range slips {
						server.Publish("s", &shared)
					}
					server.RemoveStream("s")
				}
				shared.Comment = nil
				if n <= events {
					shared.Comment = []byte(texts[n%len(texts)])
				}
			}
			c := &asked{Context: ctx, wait: runtime.Goexit}
			server.ServeHTTP(w, r3labsRequest(c))
			cancel()

			want := []string{"200", "flush"}
			for n := range events {
				want = append(want, ": "+texts[(n+1)%len(texts)]+"\n", "\n", "flush")
			}
			if !slices.Equal(w.calls, want) {
				t.Errorf("%d events: got  %.300q\nwant %.300q", events, w.calls, want)
			}
			synctest.Wait()
			if got := goroutines(); got != 0 {
				t.Errorf("%d events: %d goroutines are left", events, got)
			}
		})
	}
}

// asked counts what r3labs wants to know of the request's context.
type asked struct {
	context.Context
	wait        func()
	done, other atomic.Int32
}

func (c *asked) Done() <-chan struct{} { c.done.Add(1); c.wait(); return c.Context.Done() }
func (c *asked) Err() error            { c.other.Add(1); return c.Context.Err() }
func (c *asked) Value(key any) any     { c.other.Add(1); return c.Context.Value(key) }

// TestDone: r3labs asks the context once for its end, on a goroutine of its own, and for nothing else. It would sign
// off from a stream that is gone, for ever, so it must not come to that.
func TestDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &asked{Context: t.Context(), wait: runtime.Goexit}
		server := r3labsServer()
		var empty r3labs.Event
		w := &tape{flush: func(int) { server.Publish("s", &empty); server.RemoveStream("s") }}
		server.ServeHTTP(w, r3labsRequest(c))
		synctest.Wait()
		if done, other := c.done.Load(), c.other.Load(); done != 1 || other != 0 {
			t.Errorf("Done was asked %d times, others %d times", done, other)
		}
		if got := goroutines(); got != 0 {
			t.Errorf("%d goroutines are left", got)
		}
	})
}

// goroutines counts those that r3labs' handler or anything started by r3labs runs on, in the bubble of the test: what
// tests without one have left to the scheduler may still be on its way out.
func goroutines() int {
	buf := make([]byte, 4<<20)
	n := 0
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "r3labs/sse/v2.") && strings.Contains(stack, "synctest bubble") {
			n++
		}
	}
	return n
}

// TestGoroutines: nothing of r3labs runs or waits while a stream has nothing to say, nor after it.
func TestGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const streams = 50
		ctx, cancel := context.WithCancel(t.Context())
		for range streams {
			go func() {
				_ = sse.Serve(newMemory(), httptest.NewRequest("GET", "/", nil).WithContext(ctx), silent(), sse.Config{})
			}()
		}
		synctest.Wait()
		if got := goroutines(); got != 0 {
			t.Errorf("%d goroutines for %d idle streams", got, streams)
		}
		cancel()
		synctest.Wait()
		if got := goroutines(); got != 0 {
			t.Errorf("%d goroutines are left", got)
		}
	})
}

// TestClient: r3labs' own client reads the stream.
func TestClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener, _ := serve(t, &http.Server{}, always(each(
			page("1", "<p>one</p>\r\n<p>two</p>"),
			sse.Message{ID: []byte("2")},
			page("", "no id"),
			page("4", strings.Repeat("long ", 10_000)),
		)), sse.Config{Retry: time.Second})
		client := r3labs.NewClient("http://here/")
		client.Connection = listener.client(protocols()["HTTP1"])
		defer client.Connection.CloseIdleConnections()
		var got []string
		err := client.SubscribeWithContext(t.Context(), "theirs", func(e *r3labs.Event) {
			got = append(got, fmt.Sprintf("%s|%s|%s", e.ID, e.Data, e.Event))
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"||", "1|<p>one</p>\n<p>two</p>|", "2||", "2|no id|", "4|" + strings.Repeat("long ", 10_000) + "|"}
		if !slices.Equal(got, want) {
			t.Errorf("got %.200q\nwant %.200q", got, want)
		}
	})
}
