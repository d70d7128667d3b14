package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
)

// child is this program again in another role.
type child struct {
	role string
	cmd  *exec.Cmd
	rpc  *rpc.Client
}

// start begins a child with one processor.
func start(ctx context.Context, role string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, role)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	return &child{role: role, cmd: cmd, rpc: rpc.NewClient(pipes{out, in})}, nil
}

// call runs a method of the child's service.
func (c *child) call(method string, args, reply any) error {
	if err := c.rpc.Call(method, args, reply); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

// stop ends the child by closing its input.
func (c *child) stop() {
	_ = c.rpc.Close()
	_ = c.cmd.Wait() // it has been told; how it ends does not matter
}

// serve answers the parent's calls until it closes the pipe.
func serve(service any) error {
	s := rpc.NewServer()
	if err := s.Register(service); err != nil {
		return err
	}
	s.ServeConn(pipes{os.Stdin, os.Stdout})
	return nil
}

// pipes joins a child's output and input to one connection.
type pipes struct {
	io.ReadCloser
	out io.WriteCloser
}

func (p pipes) Write(b []byte) (int, error) { return p.out.Write(b) }

func (p pipes) Close() error { return errors.Join(p.out.Close(), p.ReadCloser.Close()) }
