package live

import (
	"context"
	"errors"
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

	told atomic.Uint64 // notifications so far

	mu     sync.RWMutex
	topics map[string]*topicEntry // guarded by mu
	closed bool                   // nothing is followed any more; guarded by mu
}

type topicEntry struct {
	listeners audience      // guarded by hub.mu
	confirmed chan struct{} // closed once the engine has answered; nil: there is none
	sub       Subscription  // written before confirmed is closed
	err       error         // likewise
}

func newHub(broker Broker, timeout time.Duration, log *slog.Logger) *hub {
	return &hub{broker: broker, timeout: timeout, log: log, topics: map[string]*topicEntry{}}
}

// follow returns once every topic is confirmed; on an error l follows none of them.
func (h *hub) follow(ctx context.Context, l listener, topics ...string) error {
	if err := h.followResync(ctx); err != nil {
		return err
	}
	for i, topic := range topics {
		if err := h.followOne(ctx, l, topic); err != nil {
			h.leave(ctx, l, topics[:i]...)
			return fmt.Errorf("subscribe to %q: %w", topic, err)
		}
	}
	return nil
}

// resyncEar keeps the subscription to resyncTopic from the first topic that is followed until the
// keeper closes: another node that could not publish says so there. What it hears goes to receive.
type resyncEar struct{}

func (resyncEar) notify(string, uint64) {}

func (h *hub) followResync(ctx context.Context) error {
	if h.broker == nil {
		return nil
	}
	if err := h.followOne(ctx, resyncEar{}, resyncTopic); err != nil {
		return fmt.Errorf("subscribe to %q: %w", resyncTopic, err)
	}
	return nil
}

func (h *hub) leaveResync(ctx context.Context) {
	h.mu.Lock()
	h.closed = true // a load that has just begun must not subscribe again
	h.mu.Unlock()
	h.leave(ctx, resyncEar{}, resyncTopic)
}

func (h *hub) followOne(ctx context.Context, l listener, topic string) error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return ErrClosed
	}
	e, known := h.topics[topic]
	if !known {
		e = new(topicEntry)
		if h.broker != nil {
			e.confirmed = make(chan struct{})
		}
		h.topics[topic] = e
	}
	e.listeners.add(l)
	h.mu.Unlock()

	if h.broker == nil {
		return nil
	}
	if !known {
		h.confirm(ctx, e, topic)
	}
	select {
	case <-e.confirmed:
	case <-ctx.Done():
		if l != (resyncEar{}) { // which is everybody's
			h.leave(ctx, l, topic)
		}
		return context.Cause(ctx)
	}
	if e.err != nil && l != (resyncEar{}) {
		h.leave(ctx, l, topic)
	}
	return e.err
}

// confirm subscribes at the engine for everybody who follows the topic, so one of them leaving must not end it.
func (h *hub) confirm(ctx context.Context, e *topicEntry, topic string) {
	e.err = errors.New("live: the broker panicked") // unless it returns
	defer func() {
		if e.err != nil {
			h.forget(e, topic)
		}
		close(e.confirmed)
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.timeout)
	defer cancel()
	e.sub, e.err = h.broker.Subscribe(ctx, func(got string) { h.receive(topic, got) }, topic)
}

// forget makes whoever comes next try again.
func (h *hub) forget(e *topicEntry, topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.topics[topic] == e {
		delete(h.topics, topic)
	}
}

// leave ends what follow began; the last to leave a topic ends the subscription at the engine.
func (h *hub) leave(ctx context.Context, l listener, topics ...string) {
	for _, topic := range topics {
		h.mu.Lock()
		e := h.topics[topic]
		last := false
		if e != nil {
			e.listeners.remove(l)
			if last = e.listeners.empty(); last {
				delete(h.topics, topic)
			}
		}
		h.mu.Unlock()
		if last && h.broker != nil {
			h.unsubscribe(ctx, e, topic)
		}
	}
}

func (h *hub) unsubscribe(ctx context.Context, e *topicEntry, topic string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.timeout)
	defer cancel()
	select {
	case <-e.confirmed:
	case <-ctx.Done():
		return
	}
	if e.sub == nil {
		return
	}
	if err := e.sub.Unsubscribe(ctx); err != nil {
		h.log.WarnContext(ctx, "live: unsubscribe failed", "topic", topic, "error", err)
	}
}

// receive is what the engine calls for the subscription to topic. A gap is reported to each
// subscription, so each marks its own listeners: together that is everybody, once.
func (h *hub) receive(topic, got string) {
	switch got {
	case Resync:
		h.tell(topic, Resync)
	case resyncTopic:
		h.resync()
	default:
		h.tell(got, got)
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
	if _, ok := h.topics[resyncTopic]; ok {
		return len(h.topics) - 1
	}
	return len(h.topics)
}
