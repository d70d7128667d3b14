package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	probe        = "internal/walk/probe"
	probeTimeout = time.Minute
)

// measure builds and runs the probe and returns the blocks of code that ran, or did not.
func measure(ctx context.Context, private bool) ([]block, error) {
	dir, err := os.MkdirTemp("", "walk")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program, counters, profile := filepath.Join(dir, "probe"), filepath.Join(dir, "counters"), filepath.Join(dir, "profile")
	atExit := filepath.Join(dir, "exit") // what the runtime writes when the probe ends, which nobody reads
	for _, d := range []string{counters, atExit} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return nil, err
		}
	}
	if _, err := output(ctx, "go", "build", "-cover", "-covermode=atomic", "-coverpkg=./...", "-o", program, "./"+probe); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	run := exec.CommandContext(limited, program, "-out="+counters, fmt.Sprintf("-private=%t", private)) //nolint:gosec // just built
	run.Env = append(os.Environ(), "GOCOVERDIR="+atExit, "GOMAXPROCS=1")                                // a pool of memory is one for each processor, and would be empty now and then
	run.Stderr = os.Stderr
	if err := run.Run(); err != nil {
		return nil, fmt.Errorf("the probe: %w", err)
	}
	if _, err := output(ctx, "go", "tool", "covdata", "textfmt", "-i="+counters, "-o="+profile); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(profile) //nolint:gosec // just written
	if err != nil {
		return nil, err
	}
	return parseProfile(string(text))
}

// output runs a command of the Go toolchain in the current folder.
func output(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the callers name the command
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s %s: %w", name, args[0], err)
	}
	return out, nil
}
