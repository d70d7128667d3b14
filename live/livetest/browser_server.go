package livetest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
)

// server is a net/http server on pipes in memory.
type server struct {
	http    http.Server
	dialled chan net.Conn
	over    chan struct{}  // closed by Close
	once    sync.Once      // guards the closing of over
	running sync.WaitGroup // the goroutine that accepts
	open    sync.WaitGroup // connections, handlers included
}

func serve(handler http.Handler, logs io.Writer) *server {
	s := &server{dialled: make(chan net.Conn), over: make(chan struct{})}
	s.http.Handler = handler
	s.http.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(logs, nil), slog.LevelError)
	s.http.ConnState = s.count
	s.running.Go(func() { _ = s.http.Serve(s) }) // it ends with ErrServerClosed
	return s
}

// count is called by net/http when a connection begins, before its goroutine does, and when its goroutine ends.
func (s *server) count(_ net.Conn, state http.ConnState) {
	switch state { //nolint:exhaustive // the others are in between
	case http.StateNew:
		s.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.open.Done()
	}
}

// close cuts all connections and waits, no longer than ctx, until all handlers have returned.
func (s *server) close(ctx context.Context) error {
	_ = s.http.Close() // of pipes
	s.running.Wait()
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		s.open.Wait()
	}()
	select {
	case <-returned:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// transport sends requests to the server, whatever their host is. Those of https travel as they are.
func (s *server) transport() *http.Transport {
	return &http.Transport{DialContext: s.dial, DialTLSContext: s.dial, MaxIdleConnsPerHost: 8}
}

func (s *server) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case s.dialled <- pipe{far}:
		return near, nil
	case <-s.over:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept, Close and Addr are those of net.Listener.
func (s *server) Accept() (net.Conn, error) {
	select {
	case c := <-s.dialled:
		return c, nil
	case <-s.over:
		return nil, net.ErrClosed
	}
}

// Close is that of net.Listener.
func (s *server) Close() error {
	s.once.Do(func() { close(s.over) })
	return nil
}

// Addr is that of net.Listener.
func (s *server) Addr() net.Addr { return address("192.0.2.1:80") }

// pipe is a connection; its other end has an address that handlers can parse, of the network for examples.
type pipe struct{ net.Conn }

func (pipe) RemoteAddr() net.Addr { return address("192.0.2.2:49152") }
func (pipe) LocalAddr() net.Addr  { return address("192.0.2.1:80") }

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }
