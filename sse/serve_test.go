package sse_test

import (
	"bufio"
	"context"
	"errors"
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

// pipes is a net.Listener whose connections are net.Pipes: no kernel, no buffer, and time is the test's.
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
			if text[i] == heartbeat {
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
					if lasted := time.Since(start); lasted != time.Hour || len(text) != 63 {
						t.Errorf("stream lasted %v with %d heartbeats, want 1h with 63", lasted, len(text))
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
			t.Errorf("the second stream, whose source had ended, sent %q", text)
		}
	})
}

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

// TestAge: an idle stream ends at its age, and so does one whose source never pauses, between messages.
func TestAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		idle, busy := newMemory(), newMemory()
		start := time.Now()
		if err := sse.Serve(idle, httptest.NewRequest("GET", "/", nil), silent(), exact(sse.Config{Heartbeat: -1, MaxAge: time.Hour})); err != nil {
			t.Error(err)
		}
		if got := time.Since(start); got != time.Hour || idle.text() != "" {
			t.Errorf("lasted %v and sent %q", got, idle.text())
		}

		never := newScript(func(context.Context) (sse.Message, bool, error) {
			time.Sleep(time.Second)
			return page("x", "busy"), true, nil
		})
		if err := sse.Serve(busy, httptest.NewRequest("GET", "/", nil), never, exact(sse.Config{MaxAge: time.Minute})); err != nil {
			t.Error(err)
		}
		if n := len(read([]byte(busy.text())).events); n < 59 || n > 61 {
			t.Errorf("a source that never pauses sent %d messages in a minute", n)
		}
	})
}

// TestJitter: ages and retries of many streams spread over a tenth in both directions, heartbeats never come late.
func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ages := map[time.Duration]bool{}
		for range 50 {
			w := newMemory()
			start := time.Now()
			if err := sse.Serve(w, httptest.NewRequest("GET", "/", nil), silent(), sse.Config{Retry: 10 * time.Second}); err != nil {
				t.Fatal(err)
			}
			age := time.Since(start)
			ages[age] = true
			if age < 9*time.Minute || age > 11*time.Minute {
				t.Errorf("age %v", age)
			}
			if retry := read([]byte(w.text())).retry; retry < 9000 || retry > 11000 {
				t.Errorf("retry %d", retry)
			}
			if beats := len(w.flushed) - 1; beats < int(age/(15*time.Second)) {
				t.Errorf("%d heartbeats in %v", beats, age)
			}
		}
		if len(ages) < 45 {
			t.Errorf("only %d different ages", len(ages))
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
