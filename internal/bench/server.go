package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

// Server is the service of the serving process.
type Server struct {
	transport transport
	profile   *os.File
}

// Open begins to serve and returns the address.
func (s *Server) Open(setup Setup, addr *string) error {
	if setup.HeapProfile {
		runtime.MemProfileRate = 512 // bytes: nearly every object
	}
	t, err := newTransport(setup)
	if err != nil {
		return err
	}
	var listen net.ListenConfig
	l, err := listen.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s.transport = t
	server := &http.Server{Handler: t, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	go func() { _ = server.Serve(l) }() // until the process ends
	*addr = l.Addr().String()
	return nil
}

// Publish makes the changes of a schedule and returns after the last.
func (s *Server) Publish(schedule Schedule, _ *struct{}) error {
	return schedule.run(s.transport.publish)
}

// Notify publishes so many notifications as fast as it can, with no change behind them.
func (s *Server) Notify(n int, _ *struct{}) error {
	stack, ok := s.transport.(*stack)
	if !ok {
		return fmt.Errorf("%T has no notifications", s.transport)
	}
	for range n {
		if err := stack.notify(); err != nil {
			return err
		}
	}
	return nil
}

// Usage measures the process; settled, after giving back what it does not need.
func (s *Server) Usage(settled bool, u *Usage) (err error) {
	*u, err = usage(settled)
	return err
}

// Counts is what the whole stack has done; nothing for the others.
func (s *Server) Counts(_ struct{}, c *Counts) error { //nolint:unparam // net/rpc wants it
	if stack, ok := s.transport.(*stack); ok {
		*c = stack.counters.now()
	}
	return nil
}

// StartCPU begins a CPU profile in a file.
func (s *Server) StartCPU(path string, _ *struct{}) (err error) {
	if s.profile, err = os.Create(path); err != nil {
		return err
	}
	return pprof.StartCPUProfile(s.profile)
}

// StopCPU completes it.
func (s *Server) StopCPU(_ struct{}, _ *struct{}) error {
	pprof.StopCPUProfile()
	return s.profile.Close()
}

// Heap writes a profile of what is in use.
func (s *Server) Heap(path string, _ *struct{}) error {
	runtime.GC()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return pprof.Lookup("heap").WriteTo(f, 0)
}

// Close ends what the server holds besides its memory.
func (s *Server) Close() {
	if s.transport != nil {
		s.transport.close()
	}
}
