//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/htmxlive/htmxlive/internal/cluster/node"
)

// stage is all that runs: engines, nodes, and the links between them.
type stage struct {
	dir     string
	engines *engines
	nodes   []*member
	witness *node.Node // started anew for each comparison, so that it remembers nothing; the nodes hear nothing of it
	before  []metrics  // of each node, when nobody had looked at it
}

// member is a node with its links to the engines. Where the database is the broker, the two are one.
type member struct {
	*node.Node

	broker, database *link

	mu   sync.Mutex // held while a fault happens to it
	logs *os.File
}

const nodeCount = 3

// set starts everything. Close it also after an error.
func setStage(ctx context.Context, engine string) (s *stage, err error) {
	s = &stage{}
	if s.dir, err = os.MkdirTemp("", "chaos"); err != nil {
		return s, err
	}
	if s.engines, err = startEngines(ctx, engine, s.dir); err != nil {
		return s, err
	}
	program, err := node.Build(ctx, s.dir)
	if err != nil {
		return s, err
	}
	for i := range nodeCount {
		m, err := s.join(ctx, program, i)
		if err != nil {
			return s, err
		}
		s.nodes = append(s.nodes, m)
		if err := m.start(ctx); err != nil {
			return s, err
		}
	}
	if s.witness, err = s.newWitness(ctx, program); err != nil {
		return s, err
	}
	for _, m := range s.nodes {
		was, err := m.metrics(ctx)
		if err != nil {
			return s, err
		}
		s.before = append(s.before, was)
	}
	return s, nil
}

// join makes a node and its links. It keeps its address over all its lives.
func (s *stage) join(ctx context.Context, program string, i int) (m *member, err error) {
	m = &member{}
	if m.database, err = newLink("unix", s.engines.socket()); err != nil {
		return nil, err
	}
	m.broker = m.database
	if s.engines.kind != "postgres" {
		if m.broker, err = newLink("tcp", s.engines.target(i)); err != nil {
			return nil, err
		}
	}
	name := string(rune('a' + i))
	if m.logs, err = os.Create(filepath.Join(s.dir, name+".log")); err != nil {
		return nil, err
	}
	addr, err := node.FreeAddr(ctx)
	if err != nil {
		return nil, err
	}
	args := append(s.engines.flags(m.database.Addr(), m.broker.Addr()), "-tickets", "1000", "-drain", "8s")
	m.Node = &node.Node{Name: name, Addr: addr, Program: program, Dir: s.dir, Log: m.logs, Args: args}
	return m, nil
}

// newWitness makes the node that says what is right.
func (s *stage) newWitness(ctx context.Context, program string) (*node.Node, error) {
	addr, err := node.FreeAddr(ctx)
	if err != nil {
		return nil, err
	}
	args := []string{"-db", s.engines.database.URL(), "-nats", s.engines.apart.ClientURL()} // the others do not hear that it comes and goes
	return &node.Node{Name: "witness", Addr: addr, Program: program, Dir: s.dir, Args: args}, nil
}

// holdCommits makes the database wait for a standby that is not there: what is committed is not answered, and shows to
// nobody, until it is let go. It is what a node dies in.
func (s *stage) holdCommits(ctx context.Context) error {
	return s.psql(ctx, `ALTER SYSTEM SET synchronous_standby_names = 'nobody'`, `SELECT pg_reload_conf()`)
}

func (s *stage) letCommitsGo(ctx context.Context) error {
	return s.psql(ctx, `ALTER SYSTEM RESET synchronous_standby_names`, `SELECT pg_reload_conf()`)
}

// start starts the node and waits until it is ready.
func (m *member) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := m.Start(); err != nil {
		return err
	}
	return m.Ready(ctx)
}

// metrics are numbers of a node: the first three must come back to where they were.
type metrics struct{ goroutines, files, streams, resyncs float64 }

func (m *member) metrics(ctx context.Context) (got metrics, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.URL()+"/metrics", http.NoBody)
	if err != nil {
		return got, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return got, err
	}
	defer res.Body.Close()
	wanted := map[string]*float64{
		"go_goroutines": &got.goroutines, "process_open_fds": &got.files, "live_streams": &got.streams,
		"live_resyncs_total": &got.resyncs,
	}
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if to := wanted[name]; to != nil {
			if *to, err = strconv.ParseFloat(value, 64); err != nil {
				return got, err
			}
		}
	}
	return got, nil
}

// The pool of a node may hold as many connections as it never had before, each with a goroutine or two, and a node that came
// later to the others has as many more as they are.
const slack = 40

// leftBehind waits until nodes that nobody looks at any more are as they were at the beginning. It says in which they differ.
func (s *stage) leftBehind(ctx context.Context) string {
	for end := time.Now().Add(20 * time.Second); ; {
		var wrong strings.Builder
		for i, m := range s.nodes {
			now, err := m.metrics(ctx)
			was := s.before[i]
			if err != nil || now.streams > 0 || now.goroutines > was.goroutines+slack || now.files > was.files+slack {
				fmt.Fprintf(&wrong, "node %s has %+v, and had %+v at the beginning (%v)\n", m.Name, now, was, err)
			}
		}
		if wrong.Len() == 0 || time.Now().After(end) || !rest(200*time.Millisecond, ctx.Done()) {
			return wrong.String()
		}
	}
}

// pick is a node to which nothing happens at the moment; the caller unlocks it.
func (s *stage) pick(rnd *rand.Rand) *member {
	for _, i := range rnd.Perm(len(s.nodes)) {
		if s.nodes[i].mu.TryLock() {
			return s.nodes[i]
		}
	}
	return nil
}

func (s *stage) close(keep bool) error {
	var errs []error
	if s.witness != nil {
		errs = append(errs, s.witness.Kill())
	}
	for _, m := range s.nodes {
		errs = append(errs, m.Kill(), m.logs.Close())
		m.broker.Close()
		m.database.Close()
	}
	if s.engines != nil {
		errs = append(errs, s.engines.close())
	}
	if !keep {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}
