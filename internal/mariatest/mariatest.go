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
	running *dbserver.Server
}

// New runs a server until Close. Options are such as "--innodb-buffer-pool-size=512M".
func New(options ...string) (*Server, error) {
	server, err := binary("mariadbd")
	if err != nil {
		return nil, err
	}
	dir, owner, err := dbserver.Folder("maria", "mysql", "nobody")
	if err != nil {
		return nil, fmt.Errorf("mariatest: %w", err)
	}
	s := &Server{dir: dir}
	data := filepath.Join(dir, "data")
	initialise := func() error {
		install, err := binary("mariadb-install-db")
		if err != nil {
			return err
		}
		cmd := dbserver.Command(dir, owner, install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal",
			"--skip-name-resolve", "--innodb-flush-method=nosync")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("mariatest: mariadb-install-db: %w:\n%s", err, out)
		}
		return nil
	}
	run := func() error {
		args := append([]string{
			"--no-defaults", "--datadir=" + data, "--socket=" + s.socket(), "--pid-file=" + filepath.Join(dir, "pid"), "--skip-networking",
			"--skip-name-resolve", "--skip-log-bin", "--character-set-server=utf8mb4", "--innodb-flush-method=nosync",
			"--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-fast-shutdown=2",
		}, options...)
		s.running, err = dbserver.Run(dbserver.Command(dir, owner, server, args...), "ready for connections")
		return err
	}
	if err := initialise(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := run(); err != nil {
		return nil, errors.Join(fmt.Errorf("mariatest: %w", err), os.RemoveAll(dir))
	}
	return s, nil
}

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
