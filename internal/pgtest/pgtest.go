//go:build unix

// Package pgtest starts a real PostgreSQL for a test or a benchmark: in a temporary folder, on a unix socket, without a
// network port, as an unprivileged user. It is gone when the test ends, and when the process is killed.
package pgtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Server is a running PostgreSQL.
type Server struct {
	dir    string   // holds the data and the socket
	bin    string   // where initdb and postgres are
	conf   []string // "name=value" settings
	cred   *syscall.Credential
	exited chan *os.ProcessState // receives once per start
	proc   *os.Process
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
	cred, err := credential()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg") // short: a socket's path has at most 107 bytes
	if err != nil {
		return nil, fmt.Errorf("pgtest: making a folder: %w", err)
	}
	s := &Server{dir: dir, bin: bin, conf: conf, cred: cred}
	if err := errors.Join(s.initialise(), s.Start()); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// URL is where clients connect: the database "postgres" as a superuser without a password.
func (s *Server) URL() string {
	return "postgres://postgres@/postgres?sslmode=disable&host=" + url.QueryEscape(s.dir)
}

// Close stops the server and removes its data.
func (s *Server) Close() error {
	return errors.Join(s.Stop(), os.RemoveAll(s.dir))
}

// Stop ends the server and all its connections, and keeps the data for another Start. Stopping twice is fine.
func (s *Server) Stop() error {
	if s.proc == nil {
		return nil
	}
	err := s.proc.Signal(syscall.SIGINT) // a "fast" shutdown: does not wait for clients
	<-s.exited                           // its exit code says nothing: it was asked to go
	s.proc = nil
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("pgtest: stopping postgres: %w", err)
	}
	return nil
}

// Start runs a server that was stopped, and returns when it accepts connections.
func (s *Server) Start() error {
	args := []string{
		"-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "logging_collector=off",
	}
	for _, c := range s.conf {
		args = append(args, "-c", c)
	}
	cmd := s.command("postgres", args...)
	log, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	started := make(chan error, 1)
	s.exited = make(chan *os.ProcessState, 1)
	go func() {
		// The kernel kills the server when the thread that started it ends, so the thread must stay.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in the state
			s.exited <- cmd.ProcessState
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("pgtest: starting postgres: %w", err)
	}
	s.proc = cmd.Process
	return s.ready(log)
}

// ready reads the log until the server says that it accepts connections, and on, so that the server never blocks on it.
func (s *Server) ready(log io.Reader) error {
	var said []string
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "ready to accept connections") {
			go func() {
				for lines.Scan() { // ends with the server
				}
			}()
			return nil
		}
		said = append(said, lines.Text())
	}
	state := <-s.exited
	s.proc = nil
	return fmt.Errorf("pgtest: postgres ended before it was ready (%s):\n%s", state, strings.Join(said, "\n"))
}

func (s *Server) initialise() error {
	if s.cred != nil {
		if err := os.Chown(s.dir, int(s.cred.Uid), int(s.cred.Gid)); err != nil {
			return fmt.Errorf("pgtest: giving the folder away: %w", err)
		}
	}
	cmd := s.command("initdb", "-D", filepath.Join(s.dir, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--locale=C.UTF-8", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: initdb: %w:\n%s", err, out)
	}
	return nil
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"HOME=" + s.dir, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = dieWithUs(&syscall.SysProcAttr{Credential: s.cred})
	return cmd
}

// credential is whom the server runs as: PostgreSQL refuses root, everybody else runs it as themselves.
func credential() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("pgtest: the ids of %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("pgtest: PostgreSQL does not run as root, and there is no user postgres or nobody")
}

// binaries finds the folder of PostgreSQL's programs, newest version first, and installs Debian's package where there is
// none and we may.
func binaries() (string, error) {
	if dir, ok := findBinaries(); ok {
		return dir, nil
	}
	if os.Getuid() == 0 {
		if apt, err := exec.LookPath("apt-get"); err == nil {
			cmd := exec.Command(apt, "install", "-y", "--no-install-recommends", "postgresql")
			cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
			if out, err := cmd.CombinedOutput(); err != nil {
				return "", fmt.Errorf("pgtest: installing PostgreSQL: %w:\n%s", err, out)
			}
		}
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
