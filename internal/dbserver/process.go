//go:build unix

package dbserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
)

// Process is a program that runs. Its methods may be called from any goroutine.
type Process struct {
	proc   *os.Process
	exited chan struct{}    // closed when it is gone
	state  *os.ProcessState // how it ended; written before exited is closed
	said   tail
}

// Start starts a program. What it writes to outputs that the command leaves open is kept for Said.
func Start(cmd *exec.Cmd) (*Process, error) {
	p := &Process{exited: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = &p.said
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &p.said
	}
	started := make(chan error, 1)
	go func() {
		// The kernel kills the program when the thread that started it ends, so the thread must stay.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in the state
			p.state = cmd.ProcessState
			close(p.exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", filepath.Base(cmd.Path), err)
	}
	p.proc = cmd.Process
	return p, nil
}

// PID is the process id.
func (p *Process) PID() int { return p.proc.Pid }

// Exited is closed when the program is gone.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// State waits until the program is gone, and is how it ended.
func (p *Process) State() string {
	<-p.exited
	return p.state.String()
}

// Said is the end of what the program wrote.
func (p *Process) Said() string { return p.said.String() }

// Signal sends a signal and does not wait. A program that is gone already is no error.
func (p *Process) Signal(signal os.Signal) error {
	if err := p.proc.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("sending %v: %w", signal, err)
	}
	return nil
}

// Stop sends a signal and waits until the program is gone.
func (p *Process) Stop(signal os.Signal) error {
	err := p.Signal(signal)
	<-p.exited // its exit code says nothing: it was asked to go
	return err
}

// maxTail is how much of an output is kept, in bytes.
const maxTail = 32 << 10

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte // guarded by mu
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if over := len(t.text) - maxTail; over > 0 {
		t.text = t.text[:copy(t.text, t.text[over:])]
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
