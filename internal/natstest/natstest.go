// Package natstest runs a NATS server in this process, on a free port of 127.0.0.1, for tests and for programs that try things out.
package natstest

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// startTime is how long the server may take to accept connections.
const startTime = 10 * time.Second

// New starts a server. Stop ends it.
func New() (*server.Server, error) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(startTime) {
		Stop(s)
		return nil, errors.New("natstest: the server does not start")
	}
	return s, nil
}

// Stop ends a server, and waits for its end.
func Stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// Start starts a server that ends with the test.
func Start(tb testing.TB) *server.Server {
	tb.Helper()
	s, err := New()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { Stop(s) })
	return s
}
