package live

import (
	queue "container/list"
	"context"
	"sync"
)

// turns lets some fetches run at the same time. Where more would like to, the lanes take turns, and in each lane who came
// first goes first: so a thousand private queries that one change concerns hold up neither the pages that are being
// loaded nor what many pages share.
type turns struct {
	mu    sync.Mutex // guards everything below
	free  int        // while positive, nobody waits
	next  lane       // has the next turn, if somebody waits in it
	lanes [lanes]queue.List
}

type lane int

const (
	loading lane = iota // somebody waits for a page
	shared              // a refetch for all pages that share it
	private             // a refetch for one page
	lanes
)

func newTurns(most int) *turns { return &turns{free: most} }

// acquire waits for a turn, which release ends. Whose context has ended gets none: the error is the cause of that end.
func (t *turns) acquire(ctx context.Context, l lane) error {
	if turn := t.line(l); turn != nil {
		select {
		case <-turn.Value.(chan struct{}): //nolint:forcetypeassert // line has put it there
		case <-ctx.Done():
			if t.leave(l, turn) {
				return context.Cause(ctx)
			}
		}
	}
	if ctx.Err() != nil {
		t.release()
		return context.Cause(ctx)
	}
	return nil
}

// line takes a free turn, and returns nil, or a place in line for one.
func (t *turns) line(l lane) *queue.Element {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free > 0 {
		t.free--
		return nil
	}
	return t.lanes[l].PushBack(make(chan struct{}))
}

// leave gives up a place in line; false if its turn has come.
func (t *turns) leave(l lane, place *queue.Element) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	waiting := t.lanes[l].Len()
	t.lanes[l].Remove(place) // does nothing if release has removed it
	return t.lanes[l].Len() < waiting
}

// release hands the turn on.
func (t *turns) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range lanes {
		waiting := &t.lanes[t.next]
		t.next = (t.next + 1) % lanes
		if first := waiting.Front(); first != nil {
			close(waiting.Remove(first).(chan struct{})) //nolint:forcetypeassert // likewise
			return
		}
	}
	t.free++
}
