package live_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// A ticket moves to another team: what may not be seen any more is more than one query of the page, and
// they do not find out at the same time.
func TestAStreamThatEndsForGoodLeavesNothingForbiddenOnThePage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s, tb := node(t, live.Config{}), newSource(1), newTable(1, 2)
		p := livetest.Open(t, k, alice, func(socket *live.Socket) error {
			q := s.number()
			q.NoRefetch = true
			if _, err := live.Keep(socket, "n", q); err != nil {
				return err
			}
			return keepRows(socket, tb.list())
		})
		shows(t, p, "n", "1")
		s.slow(3 * time.Second)
		s.fail(live.ErrForbidden)
		tb.fail(live.ErrForbidden)
		publish(t, k, "rows")
		shows(t, p, "rows", "cleared")
		if end := p.Ended(); end != nil {
			t.Fatalf("the stream ends before the other query was asked: %+v", end)
		}
		time.Sleep(4 * time.Second)
		shows(t, p, "n", "cleared")
		if end := p.Ended(); end == nil || !end.ForGood {
			t.Errorf("the stream has ended: %+v", end)
		}
	})
}

func TestAFragmentOfWhatOnlyAfterFetchSetsFollowsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		var rendered atomic.Int64
		p := livetest.Open(t, k, alice, func(socket *live.Socket) error {
			q := s.number()
			q.Fragments = nil
			q.AfterFetch = func(_ context.Context, n int, assign func(string, any)) error {
				assign("double", 2*n)
				return nil
			}
			if _, err := live.Keep(socket, "n", q); err != nil {
				return err
			}
			return socket.Compose(words(&rendered, "double"), "double")
		})
		shows(t, p, "sum", "2")
		s.set(5)
		publish(t, k, "n")
		shows(t, p, "sum", "10")
	})
}
