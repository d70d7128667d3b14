//go:build unix

// Package pgtest starts a real PostgreSQL for a test or a benchmark: in a temporary folder, on a unix socket, without a
// network port, as an unprivileged user. It is gone when the test ends, and when the process is killed.
package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/htmxlive/htmxlive/internal/dbserver"
)

// Server is a running PostgreSQL.
type Server struct {
	dir     string   // holds the data and the socket
	bin     string   // where initdb and postgres are
	conf    []string // "name=value" settings
	owner   *syscall.Credential
	standby bool
	running *dbserver.Server // nil when stopped
}

// Start runs a server until the test ends. Conf are settings such as "max_connections=20". It fails the test with a
// sentence where PostgreSQL cannot be had.
func Start(tb testing.TB, conf ...string) *Server {
	tb.Helper()
	s, err := New(conf...)
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

// New runs a server until Close.
func New(conf ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, owner, err := dbserver.Folder("pg", "postgres", "nobody")
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	s := &Server{dir: dir, bin: bin, conf: conf, owner: owner}
	if err := s.initialise(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// Standby is a server that follows this one, by streaming replication, and serves reads.
func (s *Server) Standby() (*Server, error) {
	dir, owner, err := dbserver.Folder("pg", "postgres", "nobody")
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	standby := &Server{dir: dir, bin: s.bin, conf: s.conf, owner: owner, standby: true}
	cmd := standby.command("pg_basebackup", "-h", s.dir, "-U", "postgres", "-D", filepath.Join(dir, "data"), "-R", "-c", "fast", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("pgtest: pg_basebackup: %w:\n%s", err, out), os.RemoveAll(dir))
	}
	if err := standby.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return standby, nil
}

// URL is where clients connect: the database "postgres" as a superuser without a password.
func (s *Server) URL() string {
	return "postgres://postgres@/postgres?sslmode=disable&host=" + url.QueryEscape(s.dir)
}

// Socket is the unix socket on which the server listens.
func (s *Server) Socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }

// Close stops the server and removes its data.
func (s *Server) Close() error {
	return errors.Join(s.Stop(), os.RemoveAll(s.dir))
}

// Stop ends the server and all its connections, and keeps the data for another Start. Stopping twice is fine.
func (s *Server) Stop() error { return s.end(syscall.SIGINT) } // a "fast" shutdown: does not wait for clients

// Crash is Stop without a word to anybody: the next Start recovers what was committed. With the setting
// synchronous_commit=on that is all of it.
func (s *Server) Crash() error { return s.end(syscall.SIGQUIT) }

func (s *Server) end(signal os.Signal) error {
	if s.running == nil {
		return nil
	}
	err := s.running.Stop(signal)
	s.running = nil
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	return nil
}

// Start runs a server that was stopped, and returns when it accepts connections.
func (s *Server) Start() error {
	args := []string{
		"-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "logging_collector=off",
		"-c", "jit=off", // it compiles random queries for seconds, to run them for milliseconds
	}
	for _, c := range s.conf {
		args = append(args, "-c", c)
	}
	ready := "ready to accept connections"
	if s.standby {
		ready = "ready to accept read-only connections"
	}
	running, err := dbserver.Run(s.command("postgres", args...), ready)
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	s.running = running
	return nil
}

func (s *Server) initialise() error {
	cmd := s.command("initdb", "-D", filepath.Join(s.dir, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--locale=C.UTF-8", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: initdb: %w:\n%s", err, out)
	}
	return nil
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	return dbserver.Command(s.dir, s.owner, filepath.Join(s.bin, name), args...)
}

// binaries finds the folder of PostgreSQL's programs, newest version first, and installs Debian's package where there is
// none and we may.
func binaries() (string, error) {
	if dir, ok := findBinaries(); ok {
		return dir, nil
	}
	if err := dbserver.Install("postgresql"); err != nil {
		return "", fmt.Errorf("pgtest: %w", err)
	}
	if dir, ok := findBinaries(); ok {
		return dir, nil
	}
	return "", errors.New("pgtest: initdb and postgres are not here: install PostgreSQL 15 or newer (on Debian the package " +
		"postgresql) or put its bin folder on the PATH")
}

func findBinaries() (string, bool) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is correct
	slices.SortFunc(dirs, func(a, b string) int { return majorVersion(b) - majorVersion(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dirs = append([]string{filepath.Dir(path)}, dirs...)
		}
	}
	for _, dir := range dirs {
		_, err1 := os.Stat(filepath.Join(dir, "initdb"))
		_, err2 := os.Stat(filepath.Join(dir, "postgres"))
		if err1 == nil && err2 == nil {
			return dir, true
		}
	}
	return "", false
}

// majorVersion is the 15 of /usr/lib/postgresql/15/bin.
func majorVersion(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin))) // 0 for a strange folder: tried last
	return n
}
