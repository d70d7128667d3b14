//go:build unix

// Package redistest starts a real Redis or Valkey for a test: in a temporary folder, as an unprivileged user. It is gone when
// the test ends, and when the process is killed.
package redistest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/htmxlive/htmxlive/internal/dbserver"
)

// Server is a running Redis.
type Server struct {
	program string // a name or a path
	dir     string // holds the socket
	owner   *syscall.Credential
	port    int // 0: none
	conf    []string
	running *dbserver.Server // nil when stopped
}

// Programs are the servers that this machine has, Redis first. Where it has none, Redis is installed if we may.
func Programs() ([]string, error) {
	programs := find()
	if len(programs) == 0 {
		if err := dbserver.Install("redis-server"); err != nil {
			return nil, fmt.Errorf("redistest: %w", err)
		}
		programs = find()
	}
	if len(programs) == 0 {
		return nil, errors.New("redistest: redis-server is not here: install Redis 6 or newer (on Debian the package redis-server)")
	}
	return programs, nil
}

func find() (programs []string) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			programs = append(programs, path)
		}
	}
	return programs
}

// New runs a server that listens on a socket in its folder, until Close. Conf are arguments such as "--maxclients", "20".
func New(program string, conf ...string) (*Server, error) { return newServer(program, 0, conf) }

// Start runs a server on a port of loopback until the test ends.
func Start(tb testing.TB, program string, conf ...string) *Server {
	tb.Helper()
	s, err := newServer(program, freePort(tb), conf)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func newServer(program string, port int, conf []string) (*Server, error) {
	dir, owner, err := dbserver.Folder("redis", "redis", "nobody")
	if err != nil {
		return nil, fmt.Errorf("redistest: %w", err)
	}
	s := &Server{program: program, dir: dir, owner: owner, port: port, conf: conf}
	if err := s.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// Socket is the unix socket on which the server listens.
func (s *Server) Socket() string { return filepath.Join(s.dir, "redis.sock") }

// Port is the port of loopback on which the server listens; 0: none.
func (s *Server) Port() int { return s.port }

// URL is where clients connect.
func (s *Server) URL() string { return "unix://" + s.Socket() }

// Start runs a server that was stopped, and returns when it accepts connections.
func (s *Server) Start() error {
	args := []string{
		"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--unixsocket", s.Socket(), "--unixsocketperm", "777",
		"--save", "", "--dir", s.dir, "--repl-diskless-sync-delay", "0",
	}
	return s.run("eady to accept connections", append(args, s.conf...)) // "Ready", or "The server is now ready"
}

func (s *Server) run(ready string, args []string) (err error) {
	if s.running, err = dbserver.Run(dbserver.Command(s.dir, s.owner, s.program, args...), ready); err != nil {
		return fmt.Errorf("redistest: %w", err)
	}
	return nil
}

// Stop ends the server and all its connections. Stopping twice is fine.
func (s *Server) Stop() error {
	if s.running == nil {
		return nil
	}
	err := s.running.Stop(syscall.SIGKILL) // there is nothing to save
	s.running = nil
	if err != nil {
		return fmt.Errorf("redistest: %w", err)
	}
	return nil
}

// Close stops the server and removes its folder.
func (s *Server) Close() error { return errors.Join(s.Stop(), os.RemoveAll(s.dir)) }
