package postgres

import (
	"context"
	"sync"
	"time"
)

// lateSteps is how many times a commit whose answer was lost is published again while it may still appear.
const lateSteps = 10

// late publishes again what may have been committed: the server may still be at it when the connection breaks, and the row
// appears later, up to timeout. However many commits are lost, there is one publication each step.
type late struct {
	timeout time.Duration

	mu     sync.Mutex
	closed bool                  // guarded by mu, as all below
	again  func(topics []string) // publishes
	until  map[string]time.Time  // until when a topic is published again
	timer  *time.Timer           // nil: nothing is late
	firing sync.WaitGroup        // publications under way
}

// lasts is how long after its answer was lost a commit may be published again.
func (l *late) lasts() time.Duration { return l.timeout + l.step() }

func (l *late) step() time.Duration { return l.timeout / lateSteps }

// publish has again publish the topics at each step from now on until the timeout is over, unless close comes first.
func (l *late) publish(topics []string, again func(topics []string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	if l.timer == nil {
		l.until = map[string]time.Time{}
		l.timer = time.AfterFunc(l.step(), l.tick)
	}
	l.again = again
	until := time.Now().Add(l.timeout)
	for _, topic := range topics {
		l.until[topic] = until
	}
}

func (l *late) tick() {
	if topics, again := l.begin(); topics != nil {
		defer l.firing.Done()
		again(topics)
	}
}

// begin is what is late now. It sees to the next step.
func (l *late) begin() (topics []string, again func(topics []string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil
	}
	now := time.Now()
	for topic, until := range l.until {
		topics = append(topics, topic)
		if !now.Before(until) {
			delete(l.until, topic)
		}
	}
	if l.timer = nil; len(l.until) > 0 {
		l.timer = time.AfterFunc(l.step(), l.tick)
	}
	l.firing.Add(1)
	return topics, l.again
}

// close ends what is to come, and waits for what is under way.
func (l *late) close() {
	l.mu.Lock()
	l.closed = true
	if l.timer != nil {
		l.timer.Stop()
	}
	l.mu.Unlock()
	l.firing.Wait()
}

// publishLate publishes again, and again, what a connection has written that broke while it committed.
func (w *watcher) publishLate(ctx context.Context, topics []string) {
	w.keeper.InDoubt(w.late.lasts())
	w.late.publish(topics, func(topics []string) { w.publish(ctx, topics...) })
}
