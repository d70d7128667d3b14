package main

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// network joins keepers of one process as an engine joins nodes: a frame reaches every other node after the latency, in the
// order in which it was published, unless it is lost.
type network struct {
	latency time.Duration
	ports   []*port // all of them, before the first frame
	frames  atomic.Int64
}

// port is the live.Broker of one node.
type port struct {
	network  *network
	queue    chan parcel
	overflow atomic.Bool  // the queue was full: a gap
	lose     atomic.Int64 // so many of the next frames do not arrive
	receive  atomic.Pointer[func(frame []byte)]
	done     chan struct{}
	running  sync.WaitGroup
}

// parcel is a frame on its way.
type parcel struct {
	frame []byte
	due   time.Time
}

const queued = 1 << 12 // frames on their way to one node

func newNetwork(nodes int, latency time.Duration) *network {
	n := &network{latency: latency}
	for range nodes {
		p := &port{network: n, queue: make(chan parcel, queued), done: make(chan struct{})}
		p.running.Go(p.deliver)
		n.ports = append(n.ports, p)
	}
	return n
}

func (n *network) close() {
	for _, p := range n.ports {
		close(p.done)
		p.running.Wait()
	}
}

var _ live.Broker = (*port)(nil)

// Publish sends a copy of the frame to all other nodes.
func (p *port) Publish(_ context.Context, frame []byte) error {
	sent := parcel{slices.Clone(frame), time.Now().Add(p.network.latency)}
	for _, to := range p.network.ports {
		if to != p {
			to.put(sent)
		}
	}
	return nil
}

func (p *port) put(sent parcel) {
	if p.lose.Add(-1) >= 0 {
		return
	}
	p.lose.Store(0)
	select {
	case p.queue <- sent:
	default:
		p.overflow.Store(true)
	}
}

// deliver is the goroutine that calls receive.
func (p *port) deliver() {
	for {
		select {
		case <-p.done:
			return
		case sent := <-p.queue:
			time.Sleep(time.Until(sent.due))
			p.hear(sent.frame)
		}
		if p.overflow.Swap(false) {
			p.hear(nil)
		}
	}
}

func (p *port) hear(frame []byte) {
	if receive := p.receive.Load(); receive != nil {
		p.network.frames.Add(1)
		(*receive)(frame)
	}
}

// Listen is that of live.Broker.
func (p *port) Listen(ctx context.Context, receive func(frame []byte)) error {
	p.receive.Store(&receive)
	context.AfterFunc(ctx, func() { p.receive.Store(nil) })
	return nil
}

// Connected is always true: what is lost is lost without a word.
func (p *port) Connected() bool { return true }
