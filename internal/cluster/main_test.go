//go:build unix

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestCluster runs make cluster: the proxy answers, also when a node is killed, the node is started again, and at the end nothing is left.
func TestCluster(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	c := cluster{kind: "nginx", port: freePorts(t), tickets: 20, rest: time.Second}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	said, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- c.run(ctx, out)
		out.Close()
	}()
	lines := bufio.NewScanner(said)
	until := func(text string) {
		t.Helper()
		for lines.Scan() {
			t.Log(lines.Text())
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("it ends without %q: %v", text, <-done)
	}
	until("Ctrl-C ends everything")
	page := fmt.Sprintf("http://%s/login", c.addr(0))
	ask := func() {
		t.Helper()
		client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
		res, err := client.Get(page)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("GET %s: %s", page, res.Status)
		}
	}
	ask()
	if err := syscall.Kill(c.nodes[0].PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until("node a has ended")
	for range 6 {
		ask()
	}
	until("node a is started again")
	stop()
	for lines.Scan() {
		t.Log(lines.Text())
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(c.dir); !os.IsNotExist(err) {
		t.Errorf("%s is left behind (%v)", c.dir, err)
	}
	if err := c.free(context.WithoutCancel(ctx)); err != nil {
		t.Errorf("somebody still listens: %v", err)
	}
}

// freePorts is the first of four ports on which nobody listens.
func freePorts(t *testing.T) int {
	t.Helper()
	for port := 20000; port < 30000; port += 4 {
		if (&cluster{port: port}).free(t.Context()) == nil {
			return port
		}
	}
	t.Fatal("no four free ports")
	return 0
}
