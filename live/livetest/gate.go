package livetest

import (
	"context"
	"sync"
)

// gate is what a reader passes before each message. Its zero value is open.
type gate struct {
	mu     sync.Mutex
	closed chan struct{} // closed when the gate opens; nil: it is open; guarded by mu
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed == nil {
		g.closed = make(chan struct{})
	}
}

// open opens the gate, and reports whether it was closed.
func (g *gate) open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed == nil {
		return false
	}
	close(g.closed)
	g.closed = nil
	return true
}

func (g *gate) isClosed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed != nil
}

// pass waits while the gate is closed, and reports whether it opened before ctx ended.
func (g *gate) pass(ctx context.Context) bool {
	g.mu.Lock()
	closed := g.closed
	g.mu.Unlock()
	if closed == nil {
		return true
	}
	select {
	case <-closed:
		return true
	case <-ctx.Done():
		return false
	}
}
