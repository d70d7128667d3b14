//go:build unix

// Package dbserver runs a database server for a test or a benchmark: as a child of this process, as an unprivileged user, and
// gone when the process is killed.
package dbserver

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Server is a program that runs until Stop.
type Server struct{ *Process }

// Run starts a server and returns when its log says that it is ready.
func Run(cmd *exec.Cmd, ready string) (*Server, error) {
	log, err := cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("reading the log of %s: %w", filepath.Base(cmd.Path), err)
	}
	cmd.Stdout = cmd.Stderr // where Redis has its log
	p, err := Start(cmd)
	if err != nil {
		return nil, err
	}
	if said, ok := waitFor(log, ready); !ok {
		return nil, fmt.Errorf("%s ended before it was ready (%s):\n%s", filepath.Base(cmd.Path), p.State(), said)
	}
	return &Server{p}, nil
}

// waitFor reads a log until it has a line with text, and on, so that the server never blocks on it. False, with all that
// was said, when the log ends before.
func waitFor(log io.Reader, text string) (string, bool) {
	var said []string
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if strings.Contains(lines.Text(), text) {
			go func() {
				for lines.Scan() { // ends with the server
				}
			}()
			return "", true
		}
		said = append(said, lines.Text())
	}
	return strings.Join(said, "\n"), false
}

// Command is a program of a server that works in dir, as the user of owner where that is not nil. A Ctrl-C at the terminal
// reaches this process only, which then ends the server.
func Command(dir string, owner *syscall.Credential, path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = dieWithUs(&syscall.SysProcAttr{Credential: owner, Setpgid: true})
	return cmd
}

// Folder makes a temporary folder for a server, and says which user owns it: the first of names that exists where we are
// root, which servers refuse to be; nil, ourselves, otherwise.
func Folder(prefix string, names ...string) (string, *syscall.Credential, error) {
	owner, err := unprivileged(names)
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", prefix) // short: a socket's path has at most 107 bytes
	if err != nil {
		return "", nil, fmt.Errorf("making a folder: %w", err)
	}
	if owner != nil {
		if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return "", nil, errors.Join(fmt.Errorf("giving the folder away: %w", err), os.RemoveAll(dir))
		}
	}
	return dir, owner, nil
}

func unprivileged(names []string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("the ids of %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("the server does not run as root, and there is no user %s", strings.Join(names, " or "))
}

// Install installs a Debian package where we may; where we may not, nothing happens.
func Install(pkg string) error {
	if os.Getuid() != 0 {
		return nil
	}
	if apt, err := exec.LookPath("apt-get"); err == nil {
		cmd := exec.Command(apt, "install", "-y", "--no-install-recommends", pkg)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1") // its own server is not started then
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("installing %s: %w:\n%s", pkg, err, out)
		}
	}
	return nil
}
