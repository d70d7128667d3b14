package middleware_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/sse"
)

// onSocket serves the app on a unix socket too: its buffers are small and of one size, while those of TCP grow to megabytes. It
// returns how to reach it.
func (a *app) onSocket(t *testing.T, timeout time.Duration) func() net.Conn {
	t.Helper()
	path := filepath.Join(t.TempDir(), "http")
	server := httptest.NewUnstartedServer(a.echo)
	server.Listener.Close()
	var err error
	if server.Listener, err = (&net.ListenConfig{}).Listen(t.Context(), "unix", path); err != nil {
		t.Fatal(err)
	}
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Config.HTTP2 = &http.HTTP2Config{WriteByteTimeout: timeout}
	server.Config.IdleTimeout = timeout // for a connection of HTTP/2 that has no stream any more
	server.Start()
	t.Cleanup(server.Close)
	return func() net.Conn {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
}

// askHTTP1 asks for a stream of its own session, and reads nothing.
func askHTTP1(t *testing.T, conn net.Conn) {
	t.Helper()
	if _, err := io.WriteString(conn, "GET /notes HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
}

// askHTTP2 does it in HTTP/2: nothing of the stream is read, and no more of it is ever asked for.
func askHTTP2(t *testing.T, conn net.Conn) {
	t.Helper()
	var out, headers bytes.Buffer
	out.WriteString(http2.ClientPreface)
	framer, encoder := http2.NewFramer(&out, nil), hpack.NewEncoder(&headers)
	for _, field := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/notes"}, {"accept", "text/event-stream"}} {
		if err := encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: headers.Bytes(), EndStream: true, EndHeaders: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(out.Bytes()); err != nil {
		t.Fatal(err)
	}
}

// A hundred browsers open a stream each and read nothing, in HTTP/1.1 and in HTTP/2. Each is cut off, nothing of them is left, and one
// that reads is sent all changes meanwhile.
func TestBrowsersThatReadNothingAreCutOff(t *testing.T) {
	const silent, timeout = 100, time.Second
	for name, ask := range map[string]func(t *testing.T, conn net.Conn){"HTTP/1.1": askHTTP1, "HTTP/2": askHTTP2} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t, middleware.Config{Stream: sse.Config{WriteTimeout: timeout}, Logger: slog.New(slog.DiscardHandler)})
			dial := a.onSocket(t, timeout)
			a.notes.set(note{1, "version 0"})
			reading := a.stream(t, "/notes")
			reading.Next()
			before := runtime.NumGoroutine()
			for range silent {
				ask(t, dial())
			}
			began := time.Now()
			until(t, "their streams", func() bool { return a.keeper.Stats().Streams == silent+1 })

			for version := 1; a.keeper.Stats().Streams > 1; version++ {
				a.notes.set(note{1, fmt.Sprintf("version %d %s", version, strings.Repeat("x", 100_000))})
				a.publish(t, "notes")
				mustComeSoon(t, reading, fmt.Sprintf("version %d ", version))
				if time.Since(began) > time.Minute {
					t.Fatalf("after %d changes %d streams are left", version, a.keeper.Stats().Streams)
				}
			}
			until(t, "their goroutines to end", func() bool { return runtime.NumGoroutine() <= before+5 })
		})
	}
}

// mustComeSoon reads until a message says what it is about.
func mustComeSoon(t *testing.T, s *adaptertest.Events, what string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	stop := context.AfterFunc(ctx, s.Close)
	defer stop()
	for soon := false; !soon; {
		soon = strings.Contains(s.Next().Data, what)
	}
}
