package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// ClusterSize says how many pages are open on how many nodes, how many teams their users are of, and how often each kind of
// change is made.
type ClusterSize struct{ Nodes, Pages, Teams, Rounds int }

// ClusterTook is what a cluster of that size holds, and what changes cost all of its nodes together.
type ClusterTook struct {
	ClusterSize

	Opening time.Duration // CPU to open all pages
	Memory  float64       // bytes for each page: heap and stacks
	Idle    float64       // processors that the whole cluster takes while nothing changes
	Frames  float64       // that reach a node each second meanwhile
	Changes []ClusterChange
}

// ClusterChange is a kind of change.
type ClusterChange struct {
	What    string
	Pages   int   // that show it
	Fetches int64 // of the last round, on all nodes
	Rounds  []ClusterRound
}

// ClusterRound is what one change took: on all nodes, and until the last page had it.
type ClusterRound struct{ CPU, Last time.Duration }

const (
	clusterLatency = time.Millisecond // from one node to another
	clusterIdle    = 4 * time.Second  // how long idleness is measured
	clusterPatient = 10 * time.Minute // for one change to reach the last page
)

// cluster is many nodes with open pages in one process.
type cluster struct {
	ClusterSize

	data    *clusterData
	network *network
	nodes   []*clusterNode
	pages   []*clusterPage
	readers sync.WaitGroup
	left    chan struct{} // closed when the pages are left
	changes int           // made so far

	awaited atomic.Pointer[awaited]
}

// awaited is what pages are to be sent.
type awaited struct {
	mark    []byte
	missing atomic.Int64  // pages that have not been sent it
	all     chan struct{} // closed when none is missing
}

// clusterPage is an open page. Its browser takes everything at once.
type clusterPage struct {
	*live.Transport

	cluster *cluster
	mu      sync.Mutex // the stream; held by who sends
}

// TryAcquire, Send, Release and ShortenDeadline are those of live.StreamWriter.
func (p *clusterPage) TryAcquire() bool { return p.mu.TryLock() }

// Send is that of live.StreamWriter.
func (p *clusterPage) Send(u live.Update) { p.cluster.sent(u) }

// Release is that of live.StreamWriter.
func (p *clusterPage) Release() { p.mu.Unlock() }

// ShortenDeadline is that of live.StreamWriter.
func (*clusterPage) ShortenDeadline() {}

// follow is the goroutine of the page's request, which sends what nobody else could.
func (p *clusterPage) follow() {
	for {
		select {
		case <-p.cluster.left:
			return
		case <-p.Changed():
		}
		p.mu.Lock()
		if u, ok := p.Next(); ok {
			p.cluster.sent(u)
		}
		p.mu.Unlock()
	}
}

func (c *cluster) sent(u live.Update) {
	a := c.awaited.Load()
	for _, patch := range u.Patches {
		if a != nil && bytes.Contains(patch.HTML, a.mark) && a.missing.Add(-1) == 0 {
			close(a.all)
		}
	}
}

// Cluster measures a cluster.
func (Lab) Cluster(size ClusterSize, took *ClusterTook) error {
	before, err := usage(true)
	if err != nil {
		return err
	}
	took.ClusterSize = size
	c := newCluster(size)
	defer c.close()
	if err := c.open(); err != nil {
		return err
	}
	opened, err := usage(false)
	if err != nil {
		return err
	}
	took.Opening = opened.since(before).cpu()
	open, err := usage(true)
	if err != nil {
		return err
	}
	took.Memory = float64(open.Heap+open.Stacks-before.Heap-before.Stacks) / float64(size.Pages)
	if err := c.idle(took); err != nil {
		return err
	}
	for _, kind := range c.kinds() {
		change, err := c.measure(kind)
		if err != nil {
			return err
		}
		took.Changes = append(took.Changes, change)
	}
	return nil
}

// clusterHeartbeat is the time between two heartbeats of a node. Among many nodes that share one processor it is longer: their heartbeats
// wait behind the fetches of all others, and would be missed.
const clusterHeartbeat = 2 * time.Second

func newCluster(size ClusterSize) *cluster {
	c := &cluster{
		ClusterSize: size, data: newClusterData(size.Teams), network: newNetwork(size.Nodes, clusterLatency), left: make(chan struct{}),
	}
	for _, p := range c.network.ports {
		k := live.NewKeeper(live.Config{
			Broker: p, Logger: slog.New(slog.DiscardHandler), Limits: live.Limits{Streams: max(1<<16, size.Pages)},
			HeartbeatInterval: max(clusterHeartbeat, time.Duration(size.Nodes)*clusterHeartbeat/4),
		})
		c.nodes = append(c.nodes, newClusterNode(k, c.data))
	}
	return c
}

// open opens the pages in turn on the nodes; so are the pages of a team spread over all of them.
func (c *cluster) open() error {
	for i := range c.Pages {
		n := c.nodes[i%c.Nodes]
		s, err := n.keeper.Connect(context.Background(), live.SocketConfig{Session: "session " + strconv.Itoa(i), Path: "/", Connected: true})
		if err != nil {
			return err
		}
		p := &clusterPage{Transport: s, cluster: c}
		c.pages = append(c.pages, p)
		if err := n.keep(s.Socket(), i, i/c.Nodes%c.Teams); err != nil {
			return err
		}
		p.mu.Lock()
		s.Attach(p)
		s.Start()
		p.mu.Unlock()
		c.readers.Go(p.follow)
	}
	return nil
}

func (c *cluster) close() {
	close(c.left)
	c.readers.Wait()
	for _, p := range c.pages {
		p.Close()
	}
	for _, n := range c.nodes {
		_ = n.keeper.Close(context.Background()) // of a process that ends
	}
	c.network.close()
}

func (c *cluster) fetches() (n int64) {
	for _, node := range c.nodes {
		n += int64(node.keeper.Stats().Fetches)
	}
	return n
}

// idle measures what the nodes say to each other while nothing happens.
func (c *cluster) idle(took *ClusterTook) error {
	fetches, frames := c.fetches(), c.network.frames.Load()
	before, err := usage(false)
	if err != nil {
		return err
	}
	time.Sleep(clusterIdle)
	after, err := usage(false)
	if err != nil {
		return err
	}
	if n := c.fetches() - fetches; n != 0 {
		return fmt.Errorf("%d fetches while nothing changed", n)
	}
	took.Idle = after.since(before).cpu().Seconds() / clusterIdle.Seconds()
	took.Frames = float64(c.network.frames.Load()-frames) / clusterIdle.Seconds() / float64(c.Nodes)
	return nil
}

var errPagesMissed = errors.New("pages have not been sent a change")
