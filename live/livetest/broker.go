package livetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// Broker tests that a driver keeps what live.Broker says. Each call of join makes another node of one
// engine, connected, which ends with the test; the engine may be used by several tests at once.
//
// What a driver does when its connection is lost cannot be tested without its engine: afterwards, every
// handler must have got live.Resync once, and what is published from then on.
func Broker(t *testing.T, join func(t *testing.T) live.Broker) {
	t.Helper()
	for _, story := range []struct {
		name string
		tell func(t *testing.T, e *engine)
	}{
		{"a notification reaches the other nodes that follow its topic", others},
		{"what is published after Subscribe has returned arrives", confirmed},
		{"topics are any text and mean themselves only", anyTopic},
		{"one call takes many topics, and each is heard once", manyTopics},
		{"subscriptions to one topic are independent", independent},
		{"many nodes and topics at the same time", parallel},
		{"a handler may use the broker", reentrant},
	} {
		t.Run(story.name, func(t *testing.T) {
			e := &engine{t: t, join: join, prefix: fmt.Sprintf("livetest %d ", time.Now().UnixNano())}
			story.tell(t, e)
		})
	}
}

// patience is for what must happen: only a failing test waits so long.
const patience = 20 * time.Second

// engine makes nodes, and topics that no other test uses.
type engine struct {
	t      *testing.T
	join   func(t *testing.T) live.Broker
	prefix string
}

func (e *engine) node() *node { return &node{engine: e, broker: e.join(e.t)} }

type node struct {
	engine *engine
	broker live.Broker
}

func (n *node) publish(topics ...string) {
	t := n.engine.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	full := make([]string, len(topics))
	for i, topic := range topics {
		full[i] = n.engine.prefix + topic
	}
	if err := n.broker.Publish(ctx, full...); err != nil {
		t.Errorf("publish %q: %v", topics, err)
	}
}

func (n *node) subscribe(topics ...string) *ear {
	n.engine.t.Helper()
	e := &ear{engine: n.engine, counts: map[string]int{}, heard: make(chan struct{}, 1)}
	e.sub = n.handle(e.hear, topics...)
	return e
}

func (n *node) handle(handle live.Handler, topics ...string) live.Subscription {
	t := n.engine.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	full := make([]string, len(topics))
	for i, topic := range topics {
		full[i] = n.engine.prefix + topic
	}
	sub, err := n.broker.Subscribe(ctx, handle, full...)
	if err != nil {
		t.Fatalf("subscribe to %q: %v", topics, err)
	}
	return sub
}

// ear counts what a handler got, by topic.
type ear struct {
	engine *engine
	sub    live.Subscription
	heard  chan struct{}

	mu     sync.Mutex
	counts map[string]int // guarded by mu
}

func (e *ear) hear(topic string) {
	e.mu.Lock()
	e.counts[strings.TrimPrefix(topic, e.engine.prefix)]++
	e.mu.Unlock()
	select {
	case e.heard <- struct{}{}:
	default:
	}
}

func (e *ear) count(topic string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.counts[topic]
}

// hears waits until every topic was heard.
func (e *ear) hears(topics ...string) {
	t := e.engine.t
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		missing := slices.DeleteFunc(slices.Clone(topics), func(topic string) bool { return e.count(topic) > 0 })
		if len(missing) == 0 {
			return
		}
		select {
		case <-e.heard:
		case <-limit.C:
			t.Errorf("never heard of %.200q", missing)
			return
		}
	}
}

// only fails unless the topic was heard so often; it is for when something that was published later has arrived.
func (e *ear) only(topic string, times int) {
	e.engine.t.Helper()
	if got := e.count(topic); got != times {
		e.engine.t.Errorf("heard %q %d times, want %d", topic, got, times)
	}
}

func (e *ear) unsubscribe() {
	t := e.engine.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := e.sub.Unsubscribe(ctx); err != nil {
		t.Errorf("unsubscribe: %v", err)
	}
}
