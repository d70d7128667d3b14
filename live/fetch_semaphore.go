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
	next   priority   // is served next, if anything of it waits
	queues [priorities]queue.List
}

type priority int

const (
	loading priority = iota // a page waits for it
	shared                  // a refetch for all pages that share it
	private                 // a refetch for one page
	priorities
)

// acquire waits for a place, which release gives back. It fails with the cause of ctx's end, and takes no place then.
func (s *semaphore) acquire(ctx context.Context, p priority) error {
	if place := s.enqueue(p); place != nil {
		select {
		case <-place.Value.(chan struct{}): //nolint:forcetypeassert // enqueue has put it there
		case <-ctx.Done():
			if s.leave(p, place) {
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

// enqueue takes a free place and returns nil, or returns a position in the queue.
func (s *semaphore) enqueue(p priority) *queue.Element {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free > 0 {
		s.free--
		return nil
	}
	return s.queues[p].PushBack(make(chan struct{}))
}

// leave gives up a position in the queue; false if it has been served.
func (s *semaphore) leave(p priority, position *queue.Element) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.queues[p].Len()
	s.queues[p].Remove(position) // does nothing if release has removed it
	return s.queues[p].Len() < waiting
}

// release hands the place on.
func (s *semaphore) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range priorities {
		waiting := &s.queues[s.next]
		s.next = (s.next + 1) % priorities
		if first := waiting.Front(); first != nil {
			close(waiting.Remove(first).(chan struct{})) //nolint:forcetypeassert // likewise
			return
		}
	}
	s.free++
}
