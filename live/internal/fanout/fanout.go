// Package fanout hands the notifications that one connection to an engine brings to the subscribers of their topics.
//
// A driver that listens once for everybody has nothing to ask of the engine when a page opens: a subscription
// is an entry in a map, and one that begins while the engine is away is told Resync when it is back.
package fanout

import (
	"context"
	"sync"

	"github.com/htmxlive/htmxlive/live"
)

// Fanout is an index from topic to subscriptions. Its zero value is ready.
type Fanout struct {
	mu     sync.RWMutex
	all    map[*subscription]struct{}            // guarded by mu
	topics map[string]map[*subscription]struct{} // guarded by mu
}

type subscription struct {
	fanout *Fanout
	handle live.Handler
	topics []string
}

// Subscribe tells handle about the topics from the moment it returns.
func (f *Fanout) Subscribe(handle live.Handler, topics ...string) live.Subscription {
	s := &subscription{fanout: f, handle: handle, topics: topics}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil {
		f.all, f.topics = map[*subscription]struct{}{}, map[string]map[*subscription]struct{}{}
	}
	f.all[s] = struct{}{}
	for _, topic := range topics {
		if f.topics[topic] == nil {
			f.topics[topic] = map[*subscription]struct{}{}
		}
		f.topics[topic][s] = struct{}{}
	}
	return s
}

// Unsubscribe may be called twice.
func (s *subscription) Unsubscribe(context.Context) error {
	f := s.fanout
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.all, s)
	for _, topic := range s.topics {
		delete(f.topics[topic], s)
		if len(f.topics[topic]) == 0 {
			delete(f.topics, topic)
		}
	}
	return nil
}

// Tell hands topic to everybody who subscribed to it; [live.Resync] is for everybody.
func (f *Fanout) Tell(topic string) {
	for _, handle := range f.handlers(topic) {
		handle(topic)
	}
}

// handlers is a copy, because a handler may take locks that are held while somebody subscribes.
func (f *Fanout) handlers(topic string) []live.Handler {
	f.mu.RLock()
	defer f.mu.RUnlock()
	subs := f.topics[topic]
	if topic == live.Resync {
		subs = f.all
	}
	handlers := make([]live.Handler, 0, len(subs)) // of no one: allocates nothing
	for s := range subs {
		handlers = append(handlers, s.handle)
	}
	return handlers
}
