// Package listener is what the drivers of live.Broker share: the receiver of the frames of a node.
package listener

import (
	"context"
	"errors"
	"sync"
)

// ErrListening is the error of a Listen during another one.
var ErrListening = errors.New("the broker has a listener already")

// Listener is the receiver of a node's frames, or none. Its zero value has none.
type Listener struct {
	mu      sync.Mutex
	receive func(frame []byte) // nil: none; guarded by mu, which is held while it is called
	ended   <-chan struct{}    // closed when receive must not be called any more; guarded by mu
}

// Listen makes receive the receiver until ctx ends.
func (l *Listener) Listen(ctx context.Context, receive func(frame []byte)) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listening() {
		return ErrListening
	}
	l.receive, l.ended = receive, ctx.Done()
	return nil
}

// Receive hands the frame to the receiver, one call after the other; nil is a Resync.
func (l *Listener) Receive(frame []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listening() {
		l.receive(frame)
	}
}

// listening reports whether there is a receiver. The caller holds mu. A receiver is forgotten
// when its context has ended.
func (l *Listener) listening() bool {
	select {
	case <-l.ended:
		l.receive, l.ended = nil, nil
	default:
	}
	return l.receive != nil
}
