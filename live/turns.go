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

// acquire waits for a turn, which release ends. Its error is the cause of the context's end.
func (t *turns) acquire(ctx context.Context, l lane) error {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	place := t.lanes[l].PushBack(turn)
	t.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	select {
	case <-turn: // it came at the same time
		t.mu.Unlock()
		t.release()
	default:
		t.lanes[l].Remove(place)
		t.mu.Unlock()
	}
	return context.Cause(ctx)
}

// release hands the turn on.
func (t *turns) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range lanes {
		waiting := &t.lanes[t.next]
		t.next = (t.next + 1) % lanes
		if first := waiting.Front(); first != nil {
			close(waiting.Remove(first).(chan struct{})) //nolint:forcetypeassert // acquire has put it there
			return
		}
	}
	t.free++
}
