package sse_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// TestStalledReader: a browser that stops reading is cut off by the write timeout, whatever it was sent, while others
// go on.
func TestStalledReader(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				steady := func(*http.Request) sse.Source {
					src, n := newScript(nil), 0
					src.next = func(context.Context) (sse.Message, bool, error) {
						if int(time.Since(start)/time.Second) > n {
							n++
							return page("x", strings.Repeat("y", 100_000)), true, nil
						}
						return sse.Message{}, false, nil
					}
					go func() {
						for range 60 {
							time.Sleep(time.Second)
							src.signal()
						}
					}()
					return src
				}
				listener, ended := serve(t, &http.Server{Protocols: protocol}, steady, exact(sse.Config{WriteTimeout: 10 * time.Second, MaxAge: time.Minute}))
				stalled, healthy := listener.client(protocol), listener.client(protocol)
				defer stalled.CloseIdleConnections()
				defer healthy.CloseIdleConnections()
				unread, err := stalled.Get("http://here/")
				if err != nil {
					t.Fatal(err)
				}
				defer unread.Body.Close()
				response, err := healthy.Get("http://here/")
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				got := make(chan int)
				go func() {
					n, _ := io.Copy(io.Discard, response.Body)
					got <- int(n)
				}()

				err = <-ended
				if after := time.Since(start); !errors.Is(err, sse.ErrStalled) || after < 11*time.Second || after > 60*time.Second {
					t.Errorf("cut off after %v: %v", after, err)
				}
				if n := <-got; n < 58*100_000 {
					t.Errorf("the healthy browser got %d bytes", n)
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestStalledEnds: the first bytes of a stream and the last, which net/http writes after the handler, are under a
// deadline as well.
func TestStalledEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := make(chan time.Duration, 1)
		start := time.Now()
		server := &http.Server{ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				closed <- time.Since(start)
			}
		}}
		listener, ended := serve(t, server, always(silent()), exact(sse.Config{Heartbeat: -1, MaxAge: time.Hour, WriteTimeout: 10 * time.Second}))

		deafFromTheStart := listener.dial()
		defer deafFromTheStart.Close()
		if _, err := io.WriteString(deafFromTheStart, "GET / HTTP/1.1\r\nHost: here\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, sse.ErrStalled) {
			t.Errorf("headers unread: %v", err)
		}
		if after := <-closed; after < 10*time.Second || after > 15*time.Second {
			t.Errorf("headers unread: closed after %v", after)
		}

		start = time.Now()
		open(t, listener.dial()) // and reads no more
		if err := <-ended; err != nil {
			t.Errorf("end unread: %v", err)
		}
		if after := <-closed - time.Hour; after < 10*time.Second || after > 15*time.Second {
			t.Errorf("end unread: closed %v after it", after)
		}
	})
}
