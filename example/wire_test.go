package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
)

// pipes is a listener of connections in memory.
type pipes struct {
	dialled chan net.Conn
	over    chan struct{}
}

func (p *pipes) dial() net.Conn {
	near, far := net.Pipe()
	p.dialled <- far
	return near
}

// Accept, Close and Addr are those of net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.over)
	return nil
}

func (*pipes) Addr() net.Addr { return &net.TCPAddr{} }

// TestSilentConnectionsEnd: clients that say nothing, little or no more are cut off by the helpdesk's server, and so are those that
// take nothing. Time is virtual.
func TestSilentConnectionsEnd(t *testing.T) {
	const request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, c := range map[string]struct {
		says    string
		trickle bool // a byte more each second, for ever
		deaf    bool // reads nothing
		within  time.Duration
	}{
		"that says nothing":                    {within: 5 * time.Second},
		"that says half a header":              {says: "GET /healthz HTTP/1.1\r\nHo", within: 5 * time.Second},
		"that says a header byte by byte":      {says: "GET /healthz HTTP/1.1\r\nX: ", trickle: true, within: 6 * time.Second},
		"that has its answer and asks no more": {says: request, within: 2 * time.Minute},
		"of HTTP/2 that asks for nothing":      {says: http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00", within: 2*time.Minute + 10*time.Second},
		"of HTTP/2 that takes nothing":         {says: http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00", deaf: true, within: 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				listener := &pipes{make(chan net.Conn), make(chan struct{})}
				healthy := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
				server := newServer(healthy, slog.New(slog.DiscardHandler))
				served := make(chan error, 1)
				go func() { served <- server.Serve(listener) }()
				conn, began := listener.dial(), time.Now()
				var saying sync.WaitGroup
				defer saying.Wait()
				saying.Go(func() {
					_, err := io.WriteString(conn, c.says)
					for c.trickle && err == nil {
						time.Sleep(time.Second)
						_, err = io.WriteString(conn, "x")
					}
				})
				if c.deaf {
					time.Sleep(c.within)
					synctest.Wait()
					if _, err := conn.Write(make([]byte, 9)); err == nil {
						t.Errorf("a connection %s is open after %v", name, c.within)
					}
				} else if _, _ = io.Copy(io.Discard, conn); time.Since(began) > c.within {
					t.Errorf("a connection %s ends after %v, want %v", name, time.Since(began), c.within)
				}
				_ = conn.Close()
				_ = server.Close()
				if err := <-served; !errors.Is(err, http.ErrServerClosed) {
					t.Error(err)
				}
			})
		})
	}
}
