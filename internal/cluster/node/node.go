//go:build unix

// Package node runs the helpdesk as processes of their own, which can be drained, killed and stopped: the nodes of
// `make cluster` and of `make chaos`.
package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/htmxlive/htmxlive/internal/dbserver"
	"github.com/htmxlive/htmxlive/internal/nodemodules"
)

// Build builds the helpdesk into dir and returns the path of the program.
func Build(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "helpdesk")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/htmxlive/htmxlive/example")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("node: build the helpdesk: %w:\n%s", err, out)
	}
	return program, nil
}

// Node is a helpdesk at one address. Its process can end and be started again. It is not for several goroutines at once.
type Node struct {
	Name    string
	Addr    string
	Program string    // what Build has built
	Args    []string  // flags beside -addr
	Dir     string    // where it works
	Log     io.Writer // what it says; nil: its end is kept

	running *dbserver.Process // nil: it is not running
}

// URL is the node's address for browsers.
func (n *Node) URL() string { return "http://" + n.Addr }

// PID is the process id, 0 when the node is not running.
func (n *Node) PID() int {
	if n.running == nil {
		return 0
	}
	return n.running.PID()
}

// Exited is closed when the process ends, for whatever reason. It is nil when the node is not running.
func (n *Node) Exited() <-chan struct{} {
	if n.running == nil {
		return nil
	}
	return n.running.Exited()
}

// Start starts the process and does not wait until it is ready.
func (n *Node) Start() error {
	if n.running != nil {
		return fmt.Errorf("node: %s is running", n.Name)
	}
	cmd := dbserver.Command(n.Dir, nil, n.Program, append([]string{"-addr", n.Addr}, n.Args...)...)
	if scripts, err := nodemodules.Dir(); err == nil { // without them pages work, and are not live in a browser
		cmd.Env = append(cmd.Env, nodemodules.Env+"="+scripts)
	}
	cmd.Stdout, cmd.Stderr = n.Log, n.Log
	var err error
	if n.running, err = dbserver.Start(cmd); err != nil {
		return fmt.Errorf("node: start %s: %w", n.Name, err)
	}
	return nil
}

// Ready waits until the node is ready for requests. It is an error when the process ends before.
func (n *Node) Ready(ctx context.Context) error {
	return n.until(ctx, "/readyz")
}

// Alive waits until the node answers at all.
func (n *Node) Alive(ctx context.Context) error {
	return n.until(ctx, "/healthz")
}

func (n *Node) until(ctx context.Context, path string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if n.answers(ctx, path) {
			return nil
		}
		select {
		case <-tick.C:
		case <-n.Exited():
			p := n.running
			n.running = nil
			return fmt.Errorf("node: %s has ended (%s)\n%s", n.Name, p.State(), p.Said())
		case <-ctx.Done():
			return fmt.Errorf("node: %s does not answer %s: %w", n.Name, path, ctx.Err())
		}
	}
}

func (n *Node) answers(ctx context.Context, path string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.URL()+path, http.NoBody)
	if err != nil {
		return false
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// Signal sends a signal, such as SIGSTOP, and does not wait.
func (n *Node) Signal(signal os.Signal) error {
	if n.running == nil {
		return nil
	}
	return n.running.Signal(signal)
}

// Kill ends the process at once and waits until it is gone. Nothing happens when it is not running.
func (n *Node) Kill() error { return n.end(syscall.SIGKILL, 0) }

// Drain ends the process as a deploy does, and waits until it is gone. One that takes longer than the limit is killed, and
// that is an error.
func (n *Node) Drain(limit time.Duration) error { return n.end(syscall.SIGTERM, limit) }

func (n *Node) end(signal os.Signal, limit time.Duration) error {
	if n.running == nil {
		return nil
	}
	p := n.running
	err := n.Signal(signal)
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		select {
		case <-p.Exited():
		case <-timer.C:
			err = errors.Join(err, fmt.Errorf("node: %s does not end within %v", n.Name, limit), n.Signal(syscall.SIGKILL))
		}
	}
	<-p.Exited()
	n.running = nil
	return err
}

// FreeAddr is an address of this machine at which nothing listens.
func FreeAddr(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("node: a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}
