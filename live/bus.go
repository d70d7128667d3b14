package live

import (
	"context"
	"maps"
	"sync"
)

// Bus joins several keepers of one process, each as a node of its own: for tests of what happens
// between nodes, and for programs that serve several applications. Its zero value is ready.
type Bus struct {
	mu   sync.Mutex
	subs map[string]map[*busSubscription]struct{} // by topic; guarded by mu
}

// Node is a Broker whose publications reach the other nodes of the bus, not itself.
func (b *Bus) Node() Broker { return &busNode{bus: b} }

// Resync tells every subscription that notifications may have been lost.
func (b *Bus) Resync() {
	subs := map[*busSubscription]struct{}{}
	b.mu.Lock()
	for _, followers := range b.subs {
		maps.Copy(subs, followers)
	}
	b.mu.Unlock()
	for s := range subs {
		s.handle(Resync)
	}
}

type busNode struct{ bus *Bus }

type busSubscription struct {
	node   *busNode
	handle Handler
	topics []string
}

func (n *busNode) Publish(_ context.Context, topics ...string) error {
	for _, topic := range topics {
		for _, handle := range n.bus.others(n, topic) {
			handle(topic)
		}
	}
	return nil
}

func (b *Bus) others(n *busNode, topic string) []Handler {
	b.mu.Lock()
	defer b.mu.Unlock()
	var handlers []Handler
	for s := range b.subs[topic] {
		if s.node != n {
			handlers = append(handlers, s.handle)
		}
	}
	return handlers
}

func (n *busNode) Subscribe(_ context.Context, handle Handler, topics ...string) (Subscription, error) {
	s := &busSubscription{node: n, handle: handle, topics: topics}
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	if n.bus.subs == nil {
		n.bus.subs = map[string]map[*busSubscription]struct{}{}
	}
	for _, topic := range topics {
		if n.bus.subs[topic] == nil {
			n.bus.subs[topic] = map[*busSubscription]struct{}{}
		}
		n.bus.subs[topic][s] = struct{}{}
	}
	return s, nil
}

func (s *busSubscription) Unsubscribe(context.Context) error {
	b := s.node.bus
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, topic := range s.topics {
		delete(b.subs[topic], s)
		if len(b.subs[topic]) == 0 {
			delete(b.subs, topic)
		}
	}
	return nil
}
