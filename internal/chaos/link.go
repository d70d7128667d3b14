//go:build unix

package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// link is a TCP proxy between a node and an engine, or between two servers of an engine, that breaks as networks do. No byte
// is lost inside a connection that lives on: TCP would send it again.
type link struct {
	network, target string
	listener        net.Listener
	running         sync.WaitGroup

	mu      sync.Mutex // guards everything below
	trouble trouble
	changed chan struct{}                  // closed and replaced when trouble changes
	conns   map[*net.TCPConn]chan struct{} // each is closed when the connection is reset
	closed  bool
}

// trouble is what is wrong with a link.
type trouble struct {
	cut   bool          // connections are reset, new ones too
	held  [2]bool       // nothing arrives that way; both: half-open
	delay time.Duration // of each piece that is sent
}

// The two ways of a link.
const (
	toTarget = iota
	fromTarget
)

func newLink(ctx context.Context, network, target string) (*link, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	k := &link{network: network, target: target, listener: l, changed: make(chan struct{}), conns: map[*net.TCPConn]chan struct{}{}}
	k.running.Go(k.accept)
	return k, nil
}

func (l *link) addr() string { return l.listener.Addr().String() }

// set makes trouble. Connections that are open suffer it, too.
func (l *link) set(t trouble) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = t
	close(l.changed)
	l.changed = make(chan struct{})
	if t.cut {
		l.reset()
	}
}

// mend ends the trouble. Connections that were held go on or, as where a firewall has forgotten them, are reset: then what was
// held is lost.
func (l *link) mend(reset bool) {
	if reset {
		l.mu.Lock()
		l.reset()
		l.mu.Unlock()
	}
	l.set(trouble{})
}

// reset breaks all connections. It holds mu.
func (l *link) reset() {
	for c, gone := range l.conns {
		delete(l.conns, c)
		close(gone)
		_ = c.SetLinger(0)
		_ = c.Close()
	}
}

func (l *link) close() error {
	l.mu.Lock()
	l.closed = true
	l.reset()
	l.mu.Unlock()
	err := l.listener.Close()
	l.set(trouble{}) // wakes those who wait
	l.running.Wait()
	return err
}

func (l *link) accept() {
	for {
		c, err := l.listener.Accept()
		if err != nil {
			return // it is closed
		}
		near, ok := c.(*net.TCPConn)
		if !ok {
			continue
		}
		if gone := l.add(near); gone != nil {
			l.running.Go(func() { l.carry(near, gone) })
		}
	}
}

// add returns what is closed when the connection is reset; nil: it may not be.
func (l *link) add(c *net.TCPConn) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.trouble.cut || l.closed {
		_ = c.SetLinger(0)
		_ = c.Close()
		return nil
	}
	gone := make(chan struct{})
	l.conns[c] = gone
	return gone
}

func (l *link) remove(c *net.TCPConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
	_ = c.Close()
}

// carry is the life of one connection.
func (l *link) carry(near *net.TCPConn, gone <-chan struct{}) {
	defer l.remove(near)
	if !l.pass(toTarget, gone) || !l.pass(fromTarget, gone) { // a handshake takes both ways
		return
	}
	far, err := net.DialTimeout(l.network, l.target, 5*time.Second)
	if err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		l.pump(near, far, fromTarget, gone)
		_ = near.Close() // ends the other way
	})
	l.pump(far, near, toTarget, gone)
	_ = far.Close()
	back.Wait()
}

// pump carries what one end says to the other until either is gone. The end is held as bytes are.
func (l *link) pump(to, from net.Conn, way int, gone <-chan struct{}) {
	piece := make([]byte, 32<<10)
	for {
		n, err := from.Read(piece)
		if !l.pass(way, gone) {
			return
		}
		if n > 0 {
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// pass waits while nothing goes that way, and as long as a piece takes. False: the connection was reset.
func (l *link) pass(way int, gone <-chan struct{}) bool {
	for {
		l.mu.Lock()
		t, changed := l.trouble, l.changed
		l.mu.Unlock()
		select {
		case <-gone:
			return false
		default:
		}
		switch {
		case !t.held[way] && t.delay == 0:
			return true
		case !t.held[way]:
			return rest(t.delay, gone)
		}
		select {
		case <-changed:
		case <-gone:
			return false
		}
	}
}

// rest waits, and reports whether nothing was done meanwhile.
func rest(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-done:
		return false
	}
}
