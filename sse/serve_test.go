package sse_test

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// pipes is a net.Listener of connections that are net.Pipes: no kernel, no buffer, and time is the test's.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p pipes) dial() net.Conn {
	here, there := net.Pipe()
	p <- there
	return here
}

// serve runs a server for one test and returns where to dial it and how it reports the end of each stream.
func serve(t *testing.T, server *http.Server, src func(r *http.Request) sse.Source, cfg sse.Config) (pipes, <-chan error) {
	t.Helper()
	ended := make(chan error, 100)
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1") // by some middleware that knows better
		ended <- sse.Serve(w, r, src(r), cfg)
	})
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener := make(pipes)
	go func() { _ = server.Serve(listener) }() // returns when the server closes
	t.Cleanup(func() { server.Close() })
	return listener, ended
}

// open asks for a stream and returns its response.
func open(t *testing.T, conn net.Conn) *http.Response {
	t.Helper()
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, "GET /?stream=theirs HTTP/1.1\r\nHost: here\r\nLast-Event-ID: not a number\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// received collects what arrives, with the time since it was made, until the body ends.
func received(body io.Reader) (text []string, at []time.Duration) {
	start := time.Now()
	buf := make([]byte, 64<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			text, at = append(text, string(buf[:n])), append(at, time.Since(start))
		}
		if err != nil {
			return text, at
		}
	}
}

func always(src sse.Source) func(*http.Request) sse.Source {
	return func(*http.Request) sse.Source { return src }
}

func TestHeadersLeaveAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		listener, _ := serve(t, &http.Server{}, always(silent()), sse.Config{})
		response := open(t, listener.dial())
		if waited := time.Since(start); waited != 0 {
			t.Errorf("headers took %v", waited)
		}
		if response.StatusCode != http.StatusOK {
			t.Errorf("status %d", response.StatusCode)
		}
		for name, want := range map[string]string{
			"Content-Type":           "text/event-stream",
			"Cache-Control":          "no-store",
			"X-Accel-Buffering":      "no",
			"X-Content-Type-Options": "nosniff",
			"Connection":             "",
			"Content-Length":         "",
		} {
			if got := strings.Join(response.Header.Values(name), ", "); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	})
}

// TestServerTimeouts: neither the server's read nor its write timeout may end a stream, and both hold again for the
// next request of the same connection.
func TestServerTimeouts(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &http.Server{ReadTimeout: 3 * time.Second, WriteTimeout: 5 * time.Second, Protocols: protocol}
				listener, ended := serve(t, server, always(silent()), exact(sse.Config{Heartbeat: time.Minute, MaxAge: time.Hour}))
				client := listener.client(protocol)
				defer client.CloseIdleConnections()
				for range 2 {
					start := time.Now()
					response, err := client.Get("http://here/")
					if err != nil {
						t.Fatal(err)
					}
					text, _ := received(response.Body)
					response.Body.Close()
					if lasted := time.Since(start); lasted != time.Hour || len(text) != 64 {
						t.Errorf("stream lasted %v with %d heartbeats, want 1h with 64", lasted, len(text))
					}
					if err := <-ended; err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

// TestKeepAlive: after a stream that ended gracefully its connection serves other requests, and no deadline of the
// stream is left on it.
func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener, _ := serve(t, &http.Server{}, always(each(page("1", "x"))), sse.Config{})
		conn := listener.dial()
		first := open(t, conn)
		if text, _ := received(first.Body); len(text) != 1 {
			t.Fatalf("got %q", text)
		}
		time.Sleep(time.Hour)
		if text, _ := received(open(t, conn).Body); len(text) != 0 {
			t.Errorf("the second stream, of a source that had ended, sent %q", text)
		}
	})
}

func TestLastEventID(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	if got := sse.LastEventID(r); got != "" {
		t.Errorf("first connect: %q", got)
	}
	r.Header.Set("Last-Event-ID", "opaque=")
	if got := sse.LastEventID(r); got != "opaque=" {
		t.Errorf("reconnect: %q", got)
	}
}
