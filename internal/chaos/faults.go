//go:build unix

package main

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"time"
)

// fault is one kind of bad luck. It returns when it has ended: what was broken works again.
type fault struct {
	name    string
	often   int      // its share among those that can happen
	engines []string // where it can happen; nil: everywhere
	alone   bool     // it happens to all nodes, so nothing else happens beside it
	happen  func(ctx context.Context, h *happening) error
}

// happening is a fault under way, at one node.
type happening struct {
	*run

	rnd *rand.Rand
	at  *member // nil where the fault is alone
}

func faults() []fault {
	apart, nats := []string{"nats", "redis"}, []string{"nats"}
	list := []fault{
		{name: "node dies owing", often: 6, engines: apart, happen: diesOwing(kill)},
		{name: "node is deployed owing", often: 3, engines: apart, happen: diesOwing(deploy)},
		{name: "node dies in a commit", often: 4, happen: diesInCommit},
		{name: "node is deployed in a commit", often: 2, happen: deployedInCommit},
		{name: "all nodes die in a commit", often: 2, alone: true, happen: allDieInCommit},
		{name: "node is killed", often: 2, happen: killed},
		{name: "node stands still", often: 2, happen: standsStill},
		{name: "node is deployed", often: 2, happen: deployed},
		{name: "commit without an answer", often: 3, happen: lostCommit},
		{name: "browsers leave", often: 1, happen: browsersLeave},
		{name: "browsers do not read", often: 1, happen: browsersSleep},
		{name: "database crashes", often: 1, engines: apart, alone: true, happen: databaseCrashes},
		{name: "broker crashes", often: 2, alone: true, happen: brokerCrashes},
		{name: "route is cut", often: 2, engines: nats, alone: true, happen: routeBreaks(trouble{cut: true})},
		{name: "route is half-open", often: 1, engines: nats, alone: true, happen: routeBreaks(trouble{deaf: true, mute: true})},
	}
	for _, t := range troubles() {
		list = append(list,
			fault{name: "broker link " + t.name, often: 1, engines: apart, happen: linkBreaks(t.trouble, func(m *member) *link { return m.broker })},
			fault{name: "database link " + t.name, often: 1, happen: linkBreaks(t.trouble, func(m *member) *link { return m.database })},
		)
	}
	return list
}

// troubles are what happens to links.
func troubles() []struct {
	name    string
	trouble trouble
} {
	return []struct {
		name    string
		trouble trouble
	}{
		{"cut", trouble{cut: true}},
		{"half-open", trouble{deaf: true, mute: true}},
		{"deaf", trouble{deaf: true}},
		{"mute", trouble{mute: true}},
		{"slow", trouble{delay: 150 * time.Millisecond}},
	}
}

// some is a time up to most, and seldom three times as long: longer than what notices it.
func (h *happening) some(most time.Duration) time.Duration {
	if h.rnd.IntN(5) == 0 {
		most *= 3
	}
	return time.Duration(h.rnd.Int64N(int64(most)))
}

// others are the nodes to which this does not happen.
func (h *happening) others() (list []*member) {
	for _, m := range h.stage.nodes {
		if m != h.at {
			list = append(list, m)
		}
	}
	return list
}

// everybody changes something at the node and at another one. None of it need succeed.
func (h *happening) everybody(ctx context.Context) {
	h.changeAt(ctx, h.rnd, h.at, 2)
	h.changeAt(ctx, h.rnd, h.others()[h.rnd.IntN(2)], 1)
}

// browsersLeave sends forms and leaves before the answers.
func browsersLeave(ctx context.Context, h *happening) error {
	for range 10 {
		short, cancel := context.WithTimeout(ctx, h.some(20*time.Millisecond))
		h.changeAt(short, h.rnd, h.at, 1)
		cancel()
	}
	return nil
}

// browsersSleep: some pages read nothing for a while, and others never do.
func browsersSleep(ctx context.Context, h *happening) error {
	var wake []func()
	for _, i := range h.rnd.Perm(len(h.pages))[:len(h.pages)/5] {
		wake = append(wake, h.pages[i].sleep())
	}
	var deaf []io.Closer
	for range 20 {
		if c, err := h.deafBrowser(ctx); err == nil {
			deaf = append(deaf, c)
		}
	}
	for range 15 {
		h.changeAt(ctx, h.rnd, h.stage.nodes[h.rnd.IntN(nodeCount)], 1)
	}
	rest(h.some(2*time.Second), ctx.Done())
	for _, f := range wake {
		f()
	}
	for _, c := range deaf {
		_ = c.Close()
	}
	return nil
}

// deafBrowser asks for a stream and reads nothing of it.
func (h *happening) deafBrowser(ctx context.Context) (io.Closer, error) {
	dialer := net.Dialer{Timeout: 2 * time.Second}
	c, err := dialer.DialContext(ctx, "tcp", h.at.Addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(1024)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.at.URL()+"/tickets?results=lose&limit=50", http.NoBody)
	if err == nil {
		req.Header.Set("Accept", "text/event-stream")
		for _, cookie := range h.bosses[0].client.Jar.Cookies(req.URL) {
			req.AddCookie(cookie)
		}
		err = req.Write(c)
	}
	return c, err
}

func databaseCrashes(ctx context.Context, h *happening) error {
	return h.stage.engines.crashDatabase(ctx, h.some(time.Second))
}

// brokerCrashes: one server of NATS, or the whole of another engine. Meanwhile things change, where that is possible.
func brokerCrashes(ctx context.Context, h *happening) error {
	rnd := rand.New(rand.NewPCG(h.rnd.Uint64(), 0))
	h.later(func() {
		rest(50*time.Millisecond, ctx.Done())
		for _, m := range h.stage.nodes {
			h.changeAt(ctx, rnd, m, 1)
		}
	})
	return h.stage.engines.crashBroker(ctx, h.rnd.IntN(2), 200*time.Millisecond+h.some(2*time.Second))
}

// routeBreaks: the servers of NATS lose each other, while each hears its own nodes.
func routeBreaks(t trouble) func(ctx context.Context, h *happening) error {
	return func(ctx context.Context, h *happening) error {
		h.stage.engines.route.set(t)
		for _, m := range h.stage.nodes {
			h.changeAt(ctx, h.rnd, m, 1)
		}
		rest(h.some(3*time.Second), ctx.Done())
		h.stage.engines.route.mend(h.rnd.IntN(2) == 0)
		return nil
	}
}

func linkBreaks(t trouble, of func(m *member) *link) func(ctx context.Context, h *happening) error {
	return func(ctx context.Context, h *happening) error {
		l := of(h.at)
		l.set(t)
		h.everybody(ctx)
		rest(h.some(3*time.Second), ctx.Done())
		l.mend(h.rnd.IntN(2) == 0)
		return nil
	}
}

// possible are the faults of an engine with names that match.
func possible(engine string, matches func(name string) bool) (list []fault) {
	for _, f := range faults() {
		if (f.engines == nil || slices.Contains(f.engines, engine)) && matches(f.name) {
			list = append(list, f)
		}
	}
	return list
}

// deck is the faults that can happen, each as often as its share says, in a random order. When it is used up it is shuffled again.
type deck struct {
	list []fault
	left []fault
	rnd  *rand.Rand
}

// next is the fault on top.
func (d *deck) next() fault {
	if len(d.left) == 0 {
		for _, f := range d.list {
			for range f.often {
				d.left = append(d.left, f)
			}
		}
		d.rnd.Shuffle(len(d.left), func(i, j int) { d.left[i], d.left[j] = d.left[j], d.left[i] })
	}
	return d.left[0]
}

// draw takes it.
func (d *deck) draw() fault {
	f := d.next()
	d.left = d.left[1:]
	return f
}
