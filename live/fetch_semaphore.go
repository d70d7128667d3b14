package live

import (
	queue "container/list"
	"context"
	"sync"
)

// semaphore bounds how many fetches run at the same time. Where more are wanted the priorities take turns, and within
// each the first to come is the first served: a thousand private queries that one change concerns hold up neither the
// pages that are being loaded nor what many pages share.
type semaphore struct {
	mu     sync.Mutex // guards everything below
	free   int        // while positive, nothing waits
	next   int        // the priority that is served next, if anything of it waits
	queues [priorities]queue.List
}

// The priorities.
const (
	loading = iota // a page waits for it
	shared         // a refetch for all pages that share it
	private        // a refetch for one page
	priorities
)

// acquire waits for a place, which release gives back. It fails with the cause of ctx's end, and takes no place then.
func (s *semaphore) acquire(ctx context.Context, priority int) error {
	s.mu.Lock()
	var position *queue.Element // nil: there is a free place
	var served chan struct{}
	if s.free > 0 {
		s.free--
	} else {
		served = make(chan struct{})
		position = s.queues[priority].PushBack(served)
	}
	s.mu.Unlock()
	if position != nil {
		select {
		case <-served:
		case <-ctx.Done():
			if s.leave(priority, position) {
				return context.Cause(ctx)
			}
		}
	}
	if ctx.Err() != nil {
		s.release()
		return context.Cause(ctx)
	}
	return nil
}

// tryAcquire takes a place that nothing else waits for, and reports whether there was one.
func (s *semaphore) tryAcquire() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free == 0 {
		return false
	}
	s.free--
	return true
}

// leave gives up a position in the queue; false if it has been served.
func (s *semaphore) leave(priority int, position *queue.Element) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.queues[priority].Len()
	s.queues[priority].Remove(position) // does nothing if release has removed it
	return s.queues[priority].Len() < waiting
}

// release hands the place on.
func (s *semaphore) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range priorities {
		waiting := &s.queues[s.next]
		s.next = (s.next + 1) % priorities
		if first := waiting.Front(); first != nil {
			close(waiting.Remove(first).(chan struct{})) //nolint:forcetypeassert // acquire has put it there
			return
		}
	}
	s.free++
}
