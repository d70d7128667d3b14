package main

import (
	"fmt"
	"net/http"
	"sync"
)

// transport brings one change to all open streams.
type transport interface {
	http.Handler
	// publish makes change seq. It is called for one change after the other.
	publish(seq int) error
	close()
}

// The transports by the names they have in tables. Each stands for one way to build the same page.
const (
	stackName       = "htmxlive"
	transportName   = "htmxlive transport"
	plainName       = "plain loop"
	byHandName      = "plain loop by hand"
	turnsName       = "plain, in turn"
	goSSEName       = "go-sse"
	r3labsName      = "r3labs, one stream"
	r3labsPagesName = "r3labs, stream per page"
)

// transportNames are all of them, in the order of the tables: what others are compared with comes first.
func transportNames() []string {
	return []string{plainName, byHandName, turnsName, transportName, stackName, goSSEName, r3labsName, r3labsPagesName}
}

// Setup is what a server is to be.
type Setup struct {
	Transport string
	RowBytes  int    // about how long the rendered row is that changes
	Sample    Sample // the message to prepare; empty for the whole stack, which makes its own

	HeapProfile bool // count every object
}

func newTransport(s Setup) (transport, error) {
	switch s.Transport {
	case stackName:
		return newStack(s.RowBytes)
	case transportName:
		return newTransportOnly(s.Sample), nil
	case plainName:
		return &plain{prepared: newPrepared(s.Sample)}, nil
	case byHandName:
		return newByHand(s.Sample, s.RowBytes)
	case turnsName:
		return &turns{sample: s.Sample}, nil
	case goSSEName:
		return newGoSSE(s.Sample), nil
	case r3labsName:
		return newR3labs(s.Sample), nil
	case r3labsPagesName:
		return newR3labsPages(s.Sample), nil
	}
	return nil, fmt.Errorf("there is no transport %q", s.Transport)
}

// prepared is the newest message for all streams, and the goroutines that wait for it. There is no queue: a slow one gets
// the newest.
type prepared struct {
	sample Sample

	mu      sync.Mutex
	message []byte                     // of the newest change; guarded by mu
	seq     int                        // its number; guarded by mu
	waiting map[chan struct{}]struct{} // guarded by mu
}

func newPrepared(s Sample) *prepared {
	return &prepared{sample: s, waiting: map[chan struct{}]struct{}{}}
}

// publish prepares the whole event.
func (p *prepared) publish(seq int) error {
	return p.announce(seq, append(p.sample.with(seq), "\n\n"...))
}

func (p *prepared) announce(seq int, message []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.message, p.seq = message, seq
	for changed := range p.waiting {
		select {
		case changed <- struct{}{}:
		default: // it will look anyway
		}
	}
	return nil
}

func (p *prepared) close() {}

// join returns a channel that receives when there is something newer.
func (p *prepared) join() chan struct{} {
	changed := make(chan struct{}, 1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting[changed] = struct{}{}
	return changed
}

func (p *prepared) leave(changed chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, changed)
}

func (p *prepared) newest() (message []byte, seq int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.message, p.seq
}
