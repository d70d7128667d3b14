//go:build unix

// Cluster runs what a helpdesk in production is made of, on this machine, until Ctrl-C: three nodes, PostgreSQL, NATS, and a
// proxy that gives each request to the next node.
//
//	go run ./internal/cluster                    # http://127.0.0.1:8080; nginx
//	go run ./internal/cluster -proxy haproxy     # or caddy
//
// It installs what is missing where it may, ends everything that it has started, and removes its files.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/htmxlive/htmxlive/internal/cluster/node"
	"github.com/htmxlive/htmxlive/internal/cluster/proxy"
	"github.com/htmxlive/htmxlive/internal/natstest"
	"github.com/htmxlive/htmxlive/internal/pgtest"
)

func main() {
	var c cluster
	flag.StringVar(&c.kind, "proxy", "nginx", "the proxy in front: "+strings.Join(proxy.Kinds(), ", "))
	flag.IntVar(&c.port, "port", 8080, "port of the proxy; the nodes have the three after it")
	flag.IntVar(&c.tickets, "tickets", 10000, "tickets to fill the database with")
	flag.Float64Var(&c.simulate, "simulate", 0, "changes per second that the first node makes up")
	flag.DurationVar(&c.rest, "restart", 10*time.Second, "how long after its end a node is started again")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := c.run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

// cluster is everything that runs.
type cluster struct {
	kind     string
	port     int
	tickets  int
	simulate float64
	rest     time.Duration

	dir      string
	database *pgtest.Server
	nats     *server.Server
	nodes    []*node.Node
	proxy    *proxy.Proxy
}

// run starts everything and waits for the end of ctx. Whatever happens, what was started is ended.
func (c *cluster) run(ctx context.Context, out io.Writer) (err error) {
	defer func() { err = errors.Join(err, c.close(out)) }()
	if err := c.start(ctx, out); err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C
		}
		return err
	}
	c.tell(out)
	var watching sync.WaitGroup
	defer watching.Wait()
	var mu sync.Mutex // guards out, and is held while a node is started: then none is
	for _, n := range c.nodes {
		watching.Go(func() { c.keep(ctx, n, &mu, out) })
	}
	<-ctx.Done()
	return nil
}

// start starts one part after the other, each when the one that it needs is there.
func (c *cluster) start(ctx context.Context, out io.Writer) (err error) {
	if err := c.free(ctx); err != nil {
		return err
	}
	if c.dir, err = os.MkdirTemp("", "cluster"); err != nil {
		return err
	}
	fmt.Fprintln(out, "Starting PostgreSQL and NATS")
	if c.database, err = pgtest.New("max_connections=200"); err != nil {
		return err
	}
	if c.nats, err = natstest.New(); err != nil {
		return err
	}
	fmt.Fprintln(out, "Building the helpdesk, and starting three of them")
	program, err := node.Build(ctx, c.dir)
	if err != nil {
		return err
	}
	for i, name := range []string{"a", "b", "c"} {
		if err := c.startNode(ctx, program, i, name); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "Starting", c.kind)
	config, err := c.config()
	if err != nil {
		return err
	}
	c.proxy, err = proxy.Start(ctx, c.kind, config, c.addr(0))
	return err
}

// free looks whether the ports are, before anything is started.
func (c *cluster) free(ctx context.Context) error {
	for i := range 4 {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.addr(i))
		if err != nil {
			return fmt.Errorf("%w (ARGS=\"-port 9000\" takes others)", err)
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (c *cluster) addr(i int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port+i)) }

func (c *cluster) startNode(ctx context.Context, program string, i int, name string) error {
	log, err := os.Create(filepath.Join(c.dir, name+".log"))
	if err != nil {
		return err
	}
	defer log.Close() // the node has it open, too
	args := []string{"-db", c.database.URL(), "-nats", c.nats.ClientURL(), "-tickets", strconv.Itoa(c.tickets)}
	if i == 0 && c.simulate > 0 {
		args = append(args, "-simulate", strconv.FormatFloat(c.simulate, 'g', -1, 64))
	}
	n := &node.Node{Name: name, Addr: c.addr(i + 1), Program: program, Args: args, Dir: c.dir, Log: log}
	c.nodes = append(c.nodes, n)
	if err := n.Start(); err != nil {
		return err
	}
	n.Log = nil
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return n.Ready(ctx)
}

// config is the file in deploy, with our ports.
func (c *cluster) config() (string, error) {
	text, err := os.ReadFile(filepath.Join("deploy", proxy.File(c.kind)))
	if err != nil {
		return "", fmt.Errorf("run it where htmxlive's go.mod is: %w", err)
	}
	return strings.NewReplacer(proxy.Front, c.addr(0), proxy.NodeA, c.addr(1), proxy.NodeB, c.addr(2), proxy.NodeC, c.addr(3)).
		Replace(string(text)), nil
}

func (c *cluster) tell(out io.Writer) {
	fmt.Fprintf(out, "\n  http://%s   %s, which gives each request to the next node\n", c.addr(0), c.kind)
	for _, n := range c.nodes {
		fmt.Fprintf(out, "  %s   node %s, process %d, log %s\n", n.URL(), n.Name, n.PID(), filepath.Join(c.dir, n.Name+".log"))
	}
	database, _ := strings.CutPrefix(c.database.URL(), "postgres://postgres@/postgres?sslmode=disable&host=")
	fmt.Fprintf(out, "  psql -h %s -U postgres\n", strings.ReplaceAll(database, "%2F", "/"))
	fmt.Fprintf(out, "  %s   NATS\n", c.nats.ClientURL())
	fmt.Fprintf(out, `
Open the first address in two windows, log in, and change a ticket in one of them. Then see which node has a page's stream, kill that one and look:
the page comes back at another node, with what it missed. The node is started again after %v.

    for port in %d %d %d; do curl -s http://127.0.0.1:$port/metrics | grep '^live_streams'; done
    kill -9 PROCESS

The nodes meet in NATS and tell each other what they write themselves. What psql writes they do not hear of; nodes that meet in PostgreSQL do.
Ctrl-C ends everything.

`, c.rest, c.port+1, c.port+2, c.port+3)
}

// close ends the nodes as a deploy does, all at the same time, and then what they need.
func (c *cluster) close(out io.Writer) error {
	fmt.Fprintln(out, "Ending everything")
	var errs []error
	if c.proxy != nil {
		errs = append(errs, c.proxy.Close())
	}
	ends := make([]error, len(c.nodes))
	var ending sync.WaitGroup
	for i, n := range c.nodes {
		ending.Go(func() { ends[i] = n.Drain(15 * time.Second) })
	}
	ending.Wait()
	errs = append(errs, ends...)
	if c.nats != nil {
		natstest.Stop(c.nats)
	}
	if c.database != nil {
		errs = append(errs, c.database.Close())
	}
	if c.dir != "" {
		errs = append(errs, os.RemoveAll(c.dir))
	}
	return errors.Join(errs...)
}
