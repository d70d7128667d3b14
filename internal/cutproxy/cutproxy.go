// Package cutproxy is a network that a test can break: a proxy between a client and a server, with which connections are cut,
// fall silent in both directions or in one, or take their time.
package cutproxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// Proxy forwards connections to one server.
type Proxy struct {
	network, address string // of the server
	listener         net.Listener
	running          sync.WaitGroup

	mu     sync.Mutex // guards everything below
	closed bool
	cut    bool
	links  map[*link]struct{}
	state  state
	change chan struct{} // closed when state changes
}

// state is what the network does to bytes.
type state struct {
	stalled [2]bool // by Direction
	delay   time.Duration
}

// Direction is a way through the proxy.
type Direction int

// The two ways.
const (
	ToServer Direction = iota
	ToClient
)

// Start runs a proxy in front of a server until the test ends. Network and address are those of net.Dial.
func Start(tb testing.TB, network, address string) *Proxy {
	tb.Helper()
	p, err := New(network, address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.Close)
	return p
}

// New runs a proxy until Close.
func New(network, address string) (*Proxy, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cutproxy: %w", err)
	}
	p := &Proxy{network: network, address: address, listener: listener, links: map[*link]struct{}{}, change: make(chan struct{})}
	p.running.Go(p.accept)
	return p, nil
}

// Addr is where clients connect: a host and a port of loopback.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut resets every connection, and ends every new one at once, until Mend.
func (p *Proxy) Cut() {
	p.mu.Lock()
	p.cut = true
	p.mu.Unlock()
	p.Reset()
}

// Reset ends every connection, as a network does that has forgotten them: what stalled there is lost.
func (p *Proxy) Reset() {
	p.mu.Lock()
	links := p.links
	p.links = map[*link]struct{}{}
	p.mu.Unlock()
	for l := range links {
		l.reset()
	}
}

// Stall makes the network silent in the directions, or in both if none is named, until Mend: bytes get no further,
// and nobody is told. A new connection is accepted, and as silent.
func (p *Proxy) Stall(directions ...Direction) {
	if len(directions) == 0 {
		directions = []Direction{ToServer, ToClient}
	}
	p.set(func(s *state) {
		for _, d := range directions {
			s.stalled[d] = true
		}
	})
}

// Delay makes bytes take so long in each direction, in their order.
func (p *Proxy) Delay(d time.Duration) { p.set(func(s *state) { s.delay = d }) }

// Mend ends Cut and Stall. What stalled arrives, as far as both ends have kept their connection. A delay stays.
func (p *Proxy) Mend() {
	p.mu.Lock()
	p.cut = false
	p.mu.Unlock()
	p.set(func(s *state) { s.stalled = [2]bool{} })
}

// Close ends every connection, and the proxy. It may be called twice.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close() // it has ended, whatever it says
	p.Cut()
	p.running.Wait()
}

func (p *Proxy) set(f func(*state)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.state)
	close(p.change)
	p.change = make(chan struct{})
}

// now is the state, and what is closed when it changes.
func (p *Proxy) now() (state, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.change
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // the client has gone already
		}
		p.running.Go(func() { p.forward(client) })
	}
}

// forward serves one connection until either side ends it.
func (p *Proxy) forward(client net.Conn) {
	l := newLink(client)
	defer p.forget(l)
	if !p.remember(l) {
		return
	}
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).Dial(p.network, p.address)
	if err != nil || !l.meet(server) {
		return
	}
	var ways sync.WaitGroup
	ways.Go(func() { p.carry(l, ToServer, client, server) })
	ways.Go(func() { p.carry(l, ToClient, server, client) })
	ways.Wait()
}

// remember adds the link, and reports whether it may be.
func (p *Proxy) remember(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut || p.closed {
		return false
	}
	p.links[l] = struct{}{}
	return true
}

func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
	l.close()
}
