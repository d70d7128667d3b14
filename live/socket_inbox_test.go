package live_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// A page that is to leave for good does not come back because the node is drained as well, in either order.
func TestAnEndPermanentStands(t *testing.T) {
	drained, kicked := live.CloseReason{RetryAfter: time.Second}, live.CloseReason{Permanent: true}
	for name, c := range map[string]struct {
		said []live.CloseReason
		want live.CloseReason
	}{
		"drained, then kicked": {[]live.CloseReason{drained, kicked}, kicked},
		"kicked, then drained": {[]live.CloseReason{kicked, drained}, kicked},
		"drained twice":        {[]live.CloseReason{drained, {RetryAfter: time.Minute}}, drained},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, s := node(t, live.Config{}), newSource(1)
				p := attend(t, k, "alice", keeping(s.number()))
				for i, how := range c.said {
					p.transport.End(how)
					if got := p.hurried.Load(); got != int64(i+1) {
						t.Errorf("the stream was hurried %d times", got)
					}
				}
				if u := p.next(); u.Close == nil || *u.Close != c.want {
					t.Errorf("ended with %+v, want %+v", u.Close, c.want)
				}
			})
		})
	}
}

// A stream that was refused took no place, and gives none back.
func TestARefusedStreamCountsForNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{Limits: live.Limits{Streams: 1}})
		first := connect(t, k)
		for range 3 {
			refused, err := k.Connect(t.Context(), live.SocketConfig{Session: "another", Connected: true})
			if limit, ok := errors.AsType[*live.LimitError](err); !ok || limit.Limit != "Streams" {
				t.Errorf("the second stream: %v", err)
			}
			refused.Close()
			if got := k.Stats().Streams; got != 1 {
				t.Errorf("%d streams are open", got)
			}
		}
		first.Close()
		connect(t, k).Close()
		if !live.IsClosed(first.Socket()) {
			t.Error("the context of a page that has ended goes on")
		}
	})
}

// One list that keeps other rows is enough for the page to say so, whichever it is.
func TestEachListTellsWhatItKeeps(t *testing.T) {
	for _, which := range []int{0, 1} {
		bubble(t, func(t *testing.T) {
			k, tables := node(t, live.Config{}), []*table{newTable(), newTable()}
			s := connect(t, k)
			defer s.Close()
			for i, name := range []string{"a", "b"} {
				q := tables[i].list()
				q.Fragments = nil
				if _, err := live.KeepList(s.Socket(), name, q); err != nil {
					t.Fatal(err)
				}
			}
			s.Start()
			s.Next()
			tables[which].put(row{1, "a"})
			publish(t, k, "rows")
			synctest.Wait()
			if u, ok := s.Next(); !ok || !u.KeysChanged {
				t.Errorf("list %d has rows to keep, and the page says %+v", which, u)
			}
		})
	}
}
