//go:build unix

// Package mariatest starts a real MariaDB for a test or a benchmark: in a temporary folder, on a unix socket, without a network
// port, as an unprivileged user. It is gone when the test ends, and when the process is killed.
package mariatest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/htmxlive/htmxlive/internal/dbserver"
)

// Server is a running MariaDB.
type Server struct {
	dir     string // holds the data and the socket
	owner   *syscall.Credential
	running *dbserver.Server
}

// New runs a server until Close. Options are such as "--innodb-buffer-pool-size=512M".
func New(options ...string) (*Server, error) {
	install, err1 := binary("mariadb-install-db")
	server, err2 := binary("mariadbd")
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	dir, owner, err := dbserver.Folder("maria", "mysql", "nobody")
	if err != nil {
		return nil, fmt.Errorf("mariatest: %w", err)
	}
	s := &Server{dir: dir, owner: owner}
	if err := s.initialise(install); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.start(server, options); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *Server) initialise(install string) error {
	cmd := dbserver.Command(s.dir, s.owner, install, "--no-defaults", "--datadir="+s.data(), "--auth-root-authentication-method=normal",
		"--skip-name-resolve", "--innodb-flush-method=nosync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mariatest: mariadb-install-db: %w:\n%s", err, out)
	}
	return nil
}

func (s *Server) start(server string, options []string) error {
	args := append([]string{
		"--no-defaults", "--datadir=" + s.data(), "--socket=" + s.socket(), "--pid-file=" + filepath.Join(s.dir, "pid"), "--skip-networking",
		"--skip-name-resolve", "--skip-log-bin", "--character-set-server=utf8mb4", "--innodb-flush-method=nosync",
		"--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-fast-shutdown=2",
	}, options...)
	running, err := dbserver.Run(dbserver.Command(s.dir, s.owner, server, args...), "ready for connections")
	if err != nil {
		return fmt.Errorf("mariatest: %w", err)
	}
	s.running = running
	return nil
}

func (s *Server) data() string   { return filepath.Join(s.dir, "data") }
func (s *Server) socket() string { return filepath.Join(s.dir, "s") }

// DSN is where github.com/go-sql-driver/mysql connects: a database ("test" is there) as a superuser without a password. Times are
// time.Time, in UTC.
func (s *Server) DSN(database string) string {
	return "root@unix(" + s.socket() + ")/" + database + "?parseTime=true"
}

// Close stops the server and removes its data.
func (s *Server) Close() error {
	return errors.Join(s.running.Stop(syscall.SIGTERM), os.RemoveAll(s.dir))
}

// binary finds a program of MariaDB, and installs Debian's package where there is none and we may.
func binary(name string) (string, error) {
	if path, ok := find(name); ok {
		return path, nil
	}
	if err := dbserver.Install("mariadb-server"); err != nil {
		return "", fmt.Errorf("mariatest: %w", err)
	}
	if path, ok := find(name); ok {
		return path, nil
	}
	return "", errors.New("mariatest: " + name + " is not here: install MariaDB 10.8 or newer (on Debian the package mariadb-server)")
}

// find looks into the folder that only root has in its PATH, too.
func find(name string) (string, bool) {
	if path, err := exec.LookPath(name); err == nil {
		return path, true
	}
	path := filepath.Join("/usr/sbin", name)
	_, err := os.Stat(path)
	return path, err == nil
}
