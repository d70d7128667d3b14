//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/htmxlive/htmxlive/internal/cluster/node"
)

// keep starts a node again when it has ended, as an orchestrator does.
func (c *cluster) keep(ctx context.Context, n *node.Node, mu *sync.Mutex, out io.Writer) {
	for {
		select {
		case <-n.Exited():
		case <-ctx.Done():
			return
		}
		mu.Lock()
		fmt.Fprintf(out, "node %s has ended; it is started again in %v\n", n.Name, c.rest)
		mu.Unlock()
		timer := time.NewTimer(c.rest)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		mu.Lock()
		if err := c.again(n); err != nil {
			fmt.Fprintln(out, err)
			mu.Unlock()
			return
		}
		fmt.Fprintf(out, "node %s is started again, as process %d\n", n.Name, n.PID())
		mu.Unlock()
	}
}

// again starts a node that has ended, with its log as before.
func (c *cluster) again(n *node.Node) error {
	log, err := os.OpenFile(filepath.Join(c.dir, n.Name+".log"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	n.Log = log
	defer func() { n.Log = nil }()
	if err := n.Kill(); err != nil { // it has ended
		return err
	}
	return n.Start()
}
