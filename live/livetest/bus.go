package livetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/listener"
)

// Errors of a BusNode.
var (
	ErrCut    = errors.New("livetest: the node is cut off")
	ErrClosed = errors.New("livetest: the node is closed")
)

// Bus joins several keepers of one process, each as a node of its own: for tests of what happens between nodes. Frames
// arrive before Publish returns, so a test under testing/synctest needs no waiting. Its zero value is ready.
type Bus struct {
	// Echo makes nodes hear their own frames too, as an engine may do. Set it before the first frame.
	Echo bool

	mu    sync.Mutex
	nodes []*BusNode // guarded by mu
}

// Node makes one more node.
func (b *Bus) Node() *BusNode {
	n := &BusNode{bus: b}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = append(b.nodes, n)
	return n
}

// Resync gives every node that is connected a Resync: frames may have been lost.
func (b *Bus) Resync() {
	for _, n := range b.all() {
		if n.Connected() {
			n.listener.Receive(nil)
		}
	}
}

func (b *Bus) all() []*BusNode {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.nodes)
}

// BusNode is a live.Broker, and one node of a Bus.
type BusNode struct {
	bus      *Bus
	listener listener.Listener

	mu     sync.Mutex            // guards everything below
	absent error                 // why nothing can be published or heard; nil: the node is there
	gap    bool                  // the Resync that ends a gap is not given yet
	drop   int                   // so many of the next frames are lost
	parted map[*BusNode]struct{} // nodes that frames of this one do not reach
}

var _ live.Broker = (*BusNode)(nil)

// Publish hands the frame to every other node that is there. The context is not looked at.
func (n *BusNode) Publish(_ context.Context, frame []byte) error {
	if len(frame) > live.MaxFrame {
		return fmt.Errorf("livetest: a frame of %d bytes: at most %d", len(frame), live.MaxFrame)
	}
	if err := n.away(); err != nil {
		return err
	}
	for _, to := range n.bus.all() {
		if (to != n || n.bus.Echo) && n.reaches(to) {
			to.hear(frame)
		}
	}
	return nil
}

func (n *BusNode) away() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.absent
}

// hear gives the node a copy of the frame, and spoils it afterwards: a receiver must not keep it.
func (n *BusNode) hear(frame []byte) {
	if n.loses() {
		return
	}
	c := append(make([]byte, 0, len(frame)), frame...) // never nil
	n.listener.Receive(c)
	copy(c, bytes.Repeat([]byte{'?'}, len(c)))
}

// loses reports whether the next frame does not reach the node, and counts it.
func (n *BusNode) loses() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.absent != nil {
		return true
	}
	if n.drop > 0 {
		n.drop--
		return true
	}
	return false
}

// Listen is that of live.Broker. While the node is cut off, Mend gives the Resync.
func (n *BusNode) Listen(ctx context.Context, receive func(frame []byte)) error {
	if err := n.away(); errors.Is(err, ErrClosed) {
		return err
	}
	if err := n.listener.Listen(ctx, receive); err != nil {
		return fmt.Errorf("livetest: listen: %w", err)
	}
	return nil
}

// Connected reports whether the node hears the others: it is neither cut off nor closed.
func (n *BusNode) Connected() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.absent == nil && !n.gap
}

// Cut ends the node's connection, which it notices at once: it hears nothing, and Publish is ErrCut.
func (n *BusNode) Cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.absent == nil {
		n.absent, n.gap = ErrCut, true
	}
}

// Mend connects a node that was cut off, and gives it its Resync before it returns.
func (n *BusNode) Mend() {
	n.mu.Lock()
	cut := errors.Is(n.absent, ErrCut)
	if cut {
		n.absent = nil
	}
	n.mu.Unlock()
	if !cut {
		return
	}
	n.listener.Receive(nil)
	n.mu.Lock()
	n.gap = errors.Is(n.absent, ErrCut) // again, meanwhile
	n.mu.Unlock()
}

// Drop loses that many of the next frames for this node, without a Resync: a loss that nothing has noticed. Drop(0) ends it.
func (n *BusNode) Drop(frames int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.drop = frames
}

// CutRoute loses every frame of the node on its way to another one, and nothing notices: as where the route between two servers of
// an engine is cut. It cuts one direction. [BusNode.MendRoute] ends it.
func (n *BusNode) CutRoute(to *BusNode) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.parted == nil {
		n.parted = map[*BusNode]struct{}{}
	}
	n.parted[to] = struct{}{}
}

// MendRoute ends what CutRoute began.
func (n *BusNode) MendRoute(to *BusNode) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.parted, to)
}

func (n *BusNode) reaches(to *BusNode) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, parted := n.parted[to]
	return !parted
}

// Close takes the node off the bus for good. It may be called twice.
func (n *BusNode) Close() {
	n.mu.Lock()
	n.absent, n.gap = ErrClosed, false
	n.mu.Unlock()
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	n.bus.nodes = slices.DeleteFunc(n.bus.nodes, func(other *BusNode) bool { return other == n })
}
