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
	"testing"
	"testing/synctest"
	"time"

	r3labs "github.com/r3labs/sse/v2"

	"github.com/htmxlive/htmxlive/sse"
)

// traced is a writer that notes on which way each call came to it: "r3labs" if r3labs' handler made it, for bytes by the
// Fprintf that writes an event; "straight" if not.
type traced struct {
	*memory

	ways []string
}

func (w *traced) WriteHeader(status int) {
	w.note("opens", "r3labs/sse/v2.(*Server).ServeHTTP")
	w.memory.WriteHeader(status)
}

func (w *traced) Write(p []byte) (int, error) {
	w.note(strings.TrimSpace(string(p)), "fmt.Fprintf", "r3labs/sse/v2.(*Server).ServeHTTP")
	return w.memory.Write(p)
}

// note looks for the functions among the callers, from the inner one to the outer one.
func (w *traced) note(what string, functions ...string) {
	pcs := make([]uintptr, 100)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	way := " r3labs"
	for more := true; more && len(functions) > 0; {
		var f runtime.Frame
		if f, more = frames.Next(); strings.HasSuffix(f.Function, functions[0]) {
			functions = functions[1:]
		}
	}
	if len(functions) > 0 {
		way = " straight"
	}
	w.ways = append(w.ways, what+way)
}

// TestR3labsSends: r3labs' handler opens every stream, and writes the retry, what the source says (in one piece or in
// many) and the heartbeat. What is delivered straight is what does not pass it.
func TestR3labsSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		large := strings.Repeat("x", 50<<10)
		messages := []sse.Message{page("1", "first"), page("2", "second")}
		src := newScript(nil)
		src.next = func(context.Context) (m sse.Message, ok bool, err error) {
			if len(messages) > 0 {
				m, messages, ok = messages[0], messages[1:], true
			}
			return m, ok, nil
		}
		w := &traced{memory: newMemory()}
		s, ended := serveTo(ctx, t, w, src, exact(sse.Config{Heartbeat: 20 * time.Second, Retry: time.Second}))
		messages = []sse.Message{page("3", large), page("4", "fourth")}
		src.signal()
		synctest.Wait()
		deliver(s, page("5", "fifth"))
		time.Sleep(20 * time.Second) // one heartbeat, which comes after 19 without chance
		cancel()
		<-ended //nolint:errcheck // cancelled
		want := []string{
			"opens r3labs", "retry: 1000 r3labs", "id: 1\ndata: first r3labs", "id: 2\ndata: second r3labs",
			"id: 3\ndata: " + large[:32<<10-16-len("id: 3\ndata: ")] + " r3labs", large[32<<10-16-len("id: 3\ndata: "):] + " r3labs",
			"id: 4\ndata: fourth r3labs", "id: 5\ndata: fifth straight", "event: heartbeat\ndata: 20000 r3labs",
		}
		if !slices.Equal(w.ways, want) {
			t.Errorf("got  %.40q\nwant %.40q", w.ways, want)
		}
	})
}

// tape records the calls of a r3labs handler in order; flush runs inside Flush.
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

// TestR3labsHandler pins what the package relies on in r3labs/sse v2.10.0 and what no document promises. If it fails after
// an upgrade, read r3labs.go again before anything else.
//
// A comment leaves in one write, verbatim between ": " and a line end, without an id line; its event is ended by another
// write and one flush. The first flush comes when the handler has subscribed, so that it gets what is published in it.
// When the request's context ends, the handler returns, and nothing is left of the stream.
func TestR3labsHandler(t *testing.T) {
	texts := []string{"\nid: 1\ndata: x\n\n", "100 %s %d \x00 \r\n", ":", strings.Repeat("long\n", 6000)}
	for _, events := range []int{0, 1, 4, 100} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			server := r3labs.New()
			server.AutoStream, server.AutoReplay, server.BufferSize = true, false, 1
			var event r3labs.Event
			w := &tape{flush: func(n int) {
				if n > events {
					cancel()
					return
				}
				event.Comment = []byte(texts[n%len(texts)])
				server.Publish("s", &event)
			}}
			server.ServeHTTP(w, (&http.Request{URL: &url.URL{RawQuery: "stream=s"}}).WithContext(ctx))

			want := []string{"200", "flush"}
			for n := range events {
				want = append(want, ": "+texts[(n+1)%len(texts)]+"\n", "\n", "flush")
			}
			if !slices.Equal(w.calls, want) {
				t.Errorf("%d events: got  %.300q\nwant %.300q", events, w.calls, want)
			}
			synctest.Wait()
			if server.StreamExists("s") {
				t.Errorf("%d events: the stream is left", events)
			}
			if got := goroutines(); got != 0 {
				t.Errorf("%d events: %d goroutines are left", events, got)
			}
		})
	}
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

// TestR3labsGoroutines: nothing of r3labs runs or waits while a stream has nothing to say, nor after it.
func TestR3labsGoroutines(t *testing.T) {
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

// TestR3labsClient: r3labs' own client reads the stream.
func TestR3labsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener, _ := serve(t, &http.Server{}, always(each(
			page("1", "<p>one</p>\r\n<p>two</p>"),
			sse.Message{ID: []byte("2")},
			sse.Message{},
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
		want := []string{"||", "1|<p>one</p>\n<p>two</p>|", "2||", "2|15000|heartbeat", "2|no id|", "4|" + strings.Repeat("long ", 10_000) + "|"}
		if !slices.Equal(got, want) {
			t.Errorf("got %.200q\nwant %.200q", got, want)
		}
	})
}
