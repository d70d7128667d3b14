package live_test

import (
	"errors"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/paging"
)

func TestPageChangesAreFollowedOneAfterTheOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4, 5, 6, 7, 8)
		p := openRows(t, k, tb.pages(keyset()))
		for range 3 {
			if err := p.Socket().ChangePage("rows", paging.Next); err != nil {
				t.Fatal(err)
			}
		}
		shows(t, p, "rows", "7=a 8=a")
		moved := 0
		for _, u := range p.Updates() {
			if u.Query != nil {
				moved++
			}
		}
		if moved != 1 {
			t.Errorf("the stream was replaced %d times, want once", moved)
		}
	})
}

func TestPageChangesThatWaitAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		p := openRows(t, k, tb.pages(keyset()))
		p.Pause()
		var err error
		done := 0
		for ; err == nil && done < 1000; done++ {
			err = p.Socket().ChangePage("rows", paging.First)
		}
		var over *live.LimitError
		if !errors.As(err, &over) || done > 20 {
			t.Errorf("after %d changes that nobody reads: %v", done, err)
		}
		socket := p.Socket()
		p.Close()
		if err := socket.ChangePage("rows", paging.First); !errors.Is(err, live.ErrClosed) {
			t.Errorf("on a page that is left: %v", err)
		}
	})
}

// The rows of the page that is left stay until the new ones are there, and an update comes with the stream of its state.
func TestAPageChangeThatFailsLeavesThePage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4)
		p := openRows(t, k, tb.pages(keyset()))
		tb.fail(errors.New("no connection"))
		if err := p.Socket().ChangePage("rows", paging.Next); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * ms)
		shows(t, p, "rows", "1=a 2=a")
		tb.fail(nil)
		time.Sleep(time.Second)
		shows(t, p, "rows", "3=a 4=a")
		if us := p.Updates(); len(us) != 1 || us[0].Query == nil {
			t.Errorf("updates: %+v", us)
		}
	})
}

func TestMovedIsSaidOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4)
		s := connect(t, k)
		defer s.Close()
		if err := keepRows(s.Socket(), tb.pages(offset())); err != nil {
			t.Fatal(err)
		}
		s.Start()
		s.Next()
		tb.slow(ms)
		if err := s.Socket().ChangePage("rows", paging.Next); err != nil {
			t.Fatal(err)
		}
		if u, ok := s.Next(); ok {
			t.Errorf("before the new rows are there: %+v", u)
		}
		time.Sleep(2 * ms)
		if u, ok := s.Next(); !ok || u.Query.Encode() != "offset=2" || len(u.Patches) != 2 {
			t.Errorf("update: %+v", u)
		}
		tb.put(row{3, "b"})
		if err := s.Socket().Refetch(); err != nil { // before the browser has come by its new stream
			t.Fatal(err)
		}
		s.Next()
		time.Sleep(2 * ms)
		if u, ok := s.Next(); !ok || u.Query != nil {
			t.Errorf("update: %+v", u)
		}
	})
}
