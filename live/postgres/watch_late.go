package postgres

import (
	"context"
	"sync"
	"time"
)

// lateAfter is when a commit whose answer was lost is published again: the server may still be at it when the connection breaks, and
// the row appears later. The last time is the default of live.Config.TransactionTimeout.
var lateAfter = [...]time.Duration{time.Second, 3 * time.Second, 6 * time.Second, 10 * time.Second} //nolint:gochecknoglobals // a constant

// late publishes again what may have been committed.
type late struct {
	mu     sync.Mutex
	closed bool // guarded by mu, as all below
	number int  // of the last timer
	timers map[int]*time.Timer
	firing sync.WaitGroup // publications under way
}

// publish publishes at each time of lateAfter, until close.
func (l *late) publish(again func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	if l.timers == nil {
		l.timers = map[int]*time.Timer{}
	}
	for _, after := range lateAfter {
		l.number++
		number := l.number
		l.timers[number] = time.AfterFunc(after, func() {
			if l.begin(number) {
				defer l.firing.Done()
				again()
			}
		})
	}
}

// begin reports whether a timer still counts.
func (l *late) begin(number int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.timers[number]; !ok {
		return false
	}
	delete(l.timers, number)
	l.firing.Add(1)
	return true
}

// close ends what is to come, and waits for what is under way.
func (l *late) close() {
	l.mu.Lock()
	l.closed = true
	for _, timer := range l.timers {
		timer.Stop()
	}
	clear(l.timers)
	l.mu.Unlock()
	l.firing.Wait()
}

// publishLate publishes again, and again, what a connection has written that broke while it committed.
func (w *watcher) publishLate(ctx context.Context, topics []string) {
	w.late.publish(func() { w.publish(ctx, topics...) })
}
