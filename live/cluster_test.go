package live_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// cluster is nodes on one bus, each with a page that shows the same number.
type cluster struct {
	t   *testing.T
	bus livetest.Bus
	s   *source
	cfg live.Config // of nodes that join
}

// member is one node.
type member struct {
	*live.Keeper
	c    *cluster
	bus  *livetest.BusNode
	link *engine
	page *livetest.SocketPage
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	return &cluster{t: t, s: newSource(0)}
}

// newClusterOf is a cluster of so many nodes that know each other.
func newClusterOf(t *testing.T, nodes int) (*cluster, []*member) {
	t.Helper()
	c := newCluster(t)
	var members []*member
	for range nodes {
		members = append(members, c.join())
	}
	time.Sleep(time.Second)
	synctest.Wait()
	return c, members
}

// keeper makes a node without a page.
func (c *cluster) keeper() *member {
	c.t.Helper()
	m := &member{c: c, bus: c.bus.Node()}
	m.link = &engine{Broker: m.bus}
	cfg := c.cfg
	cfg.Broker = m.link
	m.Keeper = node(c.t, cfg)
	return m
}

func (c *cluster) join() *member {
	c.t.Helper()
	m := c.keeper()
	m.page = open(c.t, m.Keeper, c.s.number())
	return m
}

// kill ends a node without a farewell.
func (m *member) kill() {
	m.c.t.Helper()
	m.bus.Close()
	if err := m.Close(context.Background()); err != nil {
		m.c.t.Error(err)
	}
}

// change commits a change, and publishes it at the node.
func (m *member) change() {
	m.c.t.Helper()
	m.c.s.mu.Lock()
	m.c.s.n++
	m.c.s.mu.Unlock()
	publish(m.c.t, m.Keeper, "n")
}

// follows checks that the page of the node shows the newest number.
func (m *member) follows() {
	m.c.t.Helper()
	shows(m.c.t, m.page, "n", fmt.Sprint(m.c.s.get()))
}

// outdated checks that it does not yet: or what the test is about has not happened.
func (m *member) outdated() {
	m.c.t.Helper()
	synctest.Wait()
	if m.page.Text("n") == fmt.Sprint(m.c.s.get()) {
		m.c.t.Error("the page shows the newest number although its node has heard nothing")
	}
}

// resynced checks how many resyncs the node has done.
func (m *member) resynced(want uint64) {
	m.c.t.Helper()
	synctest.Wait()
	if got := m.Stats().Resyncs; got != want {
		m.c.t.Errorf("%d resyncs, want %d", got, want)
	}
}

// healed is how long after the end of a fault every page shows the truth.
const healed = 10 * time.Second
