package sse_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// TestShortenDeadline: a browser that does not read holds up the end of its stream no longer than it may, whichever
// goroutine writes; one that reads is not disturbed by it, and after the end it does nothing.
func TestShortenDeadline(t *testing.T) {
	large := page("x", strings.Repeat("y", 8<<20)) // more than any buffer between holds
	for name, protocol := range protocols() {
		for _, delivered := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, delivered %t", name, delivered), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					src, say := newScript(nil), false
					src.next = func(context.Context) (sse.Message, bool, error) { return large, say, nil }
					s, ended, _ := openHTTP(t, protocol, src, sse.Config{WriteTimeout: 10 * time.Second, MaxAge: time.Hour})
					var delivering sync.WaitGroup
					if delivered {
						delivering.Go(func() { deliver(s, large) })
					} else {
						say = true
						src.signal()
					}
					time.Sleep(3 * time.Second)
					start := time.Now()
					s.ShortenDeadline(time.Second)
					if err := <-ended; !errors.Is(err, sse.ErrStalled) || time.Since(start) > 2*time.Second {
						t.Errorf("ended after %v: %v", time.Since(start), err)
					}
					delivering.Wait()
					s.ShortenDeadline(time.Second)
				})
			})
		}
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := serveMemory(ctx, t, silent(), sse.Config{})
		s.ShortenDeadline(time.Second)
		time.Sleep(10 * time.Second)
		if !deliver(s.Stream, page("1", "x")) || s.w.text() != "id: 1\ndata: x\n\n" {
			t.Errorf("sent %q", s.w.text())
		}
		if left := time.Until(s.w.deadline); left != time.Second {
			t.Errorf("the write had %v", left)
		}
		cancel()
		<-s.ended //nolint:errcheck // cancelled
	})
}

// Over HTTP/2 a deadline resets the stream even if nothing is written: the source has a second to say its last word.
func TestShortenDeadlineLeavesASourceTheTimeToSayItsLastWord(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src, end := newScript(nil), false
				src.next = func(ctx context.Context) (sse.Message, bool, error) {
					if !end {
						return sse.Message{}, false, nil
					}
					select { // a hook, or the store of sessions
					case <-time.After(2 * time.Second):
					case <-ctx.Done():
					}
					return page("bye", "bye"), true, io.EOF
				}
				s, ended, response := openHTTP(t, protocol, src, sse.Config{MaxAge: time.Hour})
				end = true
				src.signal()
				synctest.Wait()
				s.ShortenDeadline(time.Second)
				b, err := io.ReadAll(response.Body)
				if err != nil || !strings.Contains(string(b), "bye") {
					t.Errorf("a browser that reads got %q, %v", b, err)
				}
				if err := <-ended; err != nil {
					t.Errorf("Serve: %v", err)
				}
			})
		})
	}
}

// A stream that was made and never served has a writer that is not its own any more.
func TestShortenDeadlineOfAStreamThatWasNeverServed(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				made := make(chan *sse.Stream, 1)
				server := &http.Server{Protocols: protocol, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					s, err := sse.New(w, r, silent(), sse.Config{})
					if err != nil {
						t.Error(err)
					}
					made <- s
				})}
				listener := make(pipes)
				go func() { _ = server.Serve(listener) }()
				defer server.Close()
				client := listener.client(protocol)
				defer client.CloseIdleConnections()
				response, err := client.Get("http://here/")
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				s := <-made
				synctest.Wait()
				s.ShortenDeadline(time.Second)
			})
		})
	}
}
