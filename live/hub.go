package live

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// listener is told about its topics. notify is quick and never calls user code.
type listener interface {
	// The number is that of the notification, the same for all who are told of it.
	notify(topic string, number uint64)
}

// hub is a keeper's index from topic to those who follow it, and holds one subscription at the
// engine for each topic that anybody here follows.
type hub struct {
	broker  Broker // nil: this node is alone
	timeout time.Duration
	log     *slog.Logger

	node string // in the frames of this node

	told atomic.Uint64 // notifications so far

	mu     sync.RWMutex
	topics map[string]*topicEntry // guarded by mu
	closed bool                   // nothing is followed any more; guarded by mu
}

type topicEntry struct {
	listeners audience // guarded by hub.mu
}

func newHub(ctx context.Context, broker Broker, timeout time.Duration, log *slog.Logger) *hub {
	h := &hub{broker: broker, timeout: timeout, log: log, node: rand.Text(), topics: map[string]*topicEntry{}}
	if broker != nil {
		if err := broker.Listen(ctx, h.receive); err != nil {
			log.ErrorContext(ctx, "live: changes of other nodes are not seen", "error", err)
		}
	}
	return h
}

// frame is what this node says to the others.
type frame struct {
	Version int      `json:"v"`
	From    string   `json:"from"`
	Topics  []string `json:"topics"`
}

func (h *hub) encode(topics []string) ([]byte, error) {
	return json.Marshal(frame{1, h.node, topics})
}

// follow returns once every topic is confirmed; on an error l follows none of them.
func (h *hub) follow(ctx context.Context, l listener, topics ...string) error {
	for i, topic := range topics {
		if err := h.followOne(ctx, l, topic); err != nil {
			h.leave(ctx, l, topics[:i]...)
			return fmt.Errorf("subscribe to %q: %w", topic, err)
		}
	}
	return nil
}

func (h *hub) leaveResync(context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

func (h *hub) followOne(_ context.Context, l listener, topic string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return ErrClosed
	}
	e, known := h.topics[topic]
	if !known {
		e = new(topicEntry)
		h.topics[topic] = e
	}
	e.listeners.add(l)
	return nil
}

// leave ends what follow began.
func (h *hub) leave(_ context.Context, l listener, topics ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range topics {
		if e := h.topics[topic]; e != nil {
			e.listeners.remove(l)
			if e.listeners.empty() {
				delete(h.topics, topic)
			}
		}
	}
}

// receive is what the engine calls.
func (h *hub) receive(raw []byte) {
	var f frame
	switch {
	case len(raw) == 0:
		h.resync()
	case raw[0] != '{' || json.Unmarshal(raw, &f) != nil:
		h.tell(string(raw), string(raw))
	case f.Version != 1:
		h.resync()
	case f.From != h.node:
		for _, topic := range f.Topics {
			if topic == resyncTopic {
				h.resync()
			} else {
				h.tell(topic, topic)
			}
		}
	}
}

// tell costs the same however many other topics are followed.
func (h *hub) tell(topic, what string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if e := h.topics[topic]; e != nil {
		e.listeners.notify(what, h.told.Add(1))
	}
}

func (h *hub) resync() {
	h.mu.RLock()
	all := map[listener]struct{}{}
	for _, e := range h.topics {
		e.listeners.addTo(all)
	}
	h.mu.RUnlock()
	for _, l := range slices.Collect(maps.Keys(all)) {
		l.notify(Resync, h.told.Add(1))
	}
}

func (h *hub) size() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.topics)
}
