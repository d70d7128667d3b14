//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/htmxlive/htmxlive/internal/cluster/node"
	"github.com/htmxlive/htmxlive/internal/dbserver"
	"github.com/htmxlive/htmxlive/internal/pgtest"
)

// engines are the database, and what carries news from node to node: the database itself, or NATS, or Redis.
type engines struct {
	kind     string
	database *pgtest.Server

	nats  []*server.Server // two of one cluster
	ports []int            // of their clients, and of their routes
	route *link            // between the two

	apart *server.Server // for the witness

	redis     *dbserver.Process
	redisAddr string
	dir       string
}

// startEngines starts them in dir. Commits of the database survive its crash.
func startEngines(ctx context.Context, kind, dir string) (e *engines, err error) {
	e = &engines{kind: kind, dir: dir}
	if e.database, err = pgtest.New("max_connections=300", "synchronous_commit=on"); err != nil {
		return e, err
	}
	if e.apart, err = runServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true}); err != nil {
		return e, err
	}
	switch kind {
	case "postgres":
	case "nats":
		err = e.joinServers(ctx)
	case "redis":
		if e.redisAddr, err = node.FreeAddr(ctx); err == nil {
			err = e.startRedis(ctx)
		}
	default:
		err = fmt.Errorf("there is no engine %q, only nats, postgres and redis", kind)
	}
	return e, err
}

// target is where a node reaches the broker.
func (e *engines) target(nodeIndex int) string {
	if e.kind == "redis" {
		return e.redisAddr
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(e.ports[serverOf(nodeIndex)]))
}

// serverOf is at which server of NATS a node is: the first two at one, the third at the other.
func serverOf(nodeIndex int) int { return nodeIndex / 2 }

// socket is where the database listens.
func (e *engines) socket() string {
	u, err := url.Parse(e.database.URL())
	if err != nil {
		panic(err) // pgtest made it
	}
	return filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432")
}

// flags are what a node is given to reach the engines by these addresses.
func (e *engines) flags(database, broker string) []string {
	db := "postgres://postgres@" + database + "/postgres?sslmode=disable"
	switch e.kind {
	case "nats":
		return []string{"-db", db, "-nats", "nats://" + broker}
	case "redis":
		return []string{"-db", db, "-redis", "redis://" + broker}
	}
	return []string{"-db", db}
}

// joinServers starts two servers of NATS, with a route that can be cut.
func (e *engines) joinServers(ctx context.Context) error {
	for range 4 {
		addr, err := node.FreeAddr(ctx)
		if err != nil {
			return err
		}
		_, port, _ := strings.Cut(addr, ":")
		var n int
		if _, err := fmt.Sscan(port, &n); err != nil {
			return err
		}
		e.ports = append(e.ports, n)
	}
	var err error
	if e.route, err = newLink("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(e.ports[2]))); err != nil {
		return err
	}
	e.nats = make([]*server.Server, 2)
	return errors.Join(e.startServer(0), e.startServer(1))
}

// startServer starts a server of NATS. The second one makes the route to the first.
func (e *engines) startServer(i int) error {
	options := &server.Options{
		ServerName: fmt.Sprint("chaos", i), Host: "127.0.0.1", Port: e.ports[i], NoLog: true, NoSigs: true,
		PingInterval: 2 * time.Second, MaxPingsOut: 2,
		Cluster: server.ClusterOpts{Name: "chaos", Host: "127.0.0.1", Port: e.ports[2+i], NoAdvertise: true, PoolSize: -1},
	}
	if i == 1 {
		options.Routes = server.RoutesFromStr("nats://" + e.route.Addr())
	}
	s, err := runServer(options)
	e.nats[i] = s
	return err
}

func runServer(options *server.Options) (*server.Server, error) {
	s, err := server.NewServer(options)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		return nil, errors.New("NATS does not start")
	}
	return s, nil
}

// startRedis starts Redis without a memory of its own.
func (e *engines) startRedis(ctx context.Context) error {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		if err := dbserver.Install("redis-server"); err != nil {
			return err
		}
		if program, err = exec.LookPath("redis-server"); err != nil {
			return err
		}
	}
	_, port, _ := strings.Cut(e.redisAddr, ":")
	e.redis, err = dbserver.Start(dbserver.Command(e.dir, nil, program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", e.redisAddr)
		if err == nil {
			return c.Close()
		}
		if !rest(20*time.Millisecond, ctx.Done()) {
			return fmt.Errorf("redis does not start: %w\n%s", err, e.redis.Said())
		}
	}
}

// crashBroker ends what carries news, at once, and starts it again after a while.
func (e *engines) crashBroker(ctx context.Context, which int, away time.Duration) error {
	switch e.kind {
	case "nats":
		e.nats[which].Shutdown()
		e.nats[which].WaitForShutdown()
		rest(away, ctx.Done())
		return e.startServer(which)
	case "redis":
		if err := e.redis.Stop(syscall.SIGKILL); err != nil {
			return err
		}
		rest(away, ctx.Done())
		return e.startRedis(ctx)
	}
	return e.crashDatabase(ctx, away)
}

// crashDatabase ends PostgreSQL in the midst of everything, and starts it again after a while.
func (e *engines) crashDatabase(ctx context.Context, away time.Duration) error {
	if err := e.database.Crash(); err != nil {
		return err
	}
	rest(away, ctx.Done())
	return e.database.Start()
}

func (e *engines) close() error {
	var errs []error
	if e.route != nil {
		e.route.Close()
	}
	for _, s := range append(e.nats, e.apart) {
		if s != nil {
			s.Shutdown()
			s.WaitForShutdown()
		}
	}
	if e.redis != nil {
		errs = append(errs, e.redis.Stop(os.Kill))
	}
	if e.database != nil {
		errs = append(errs, e.database.Close())
	}
	return errors.Join(errs...)
}
