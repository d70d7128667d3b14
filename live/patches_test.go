package live_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// compact is a fragment that can be patched from a short stand-in for what is shown.
type compact struct {
	fragment.Fragment
	from *box[[]string]
}

func (f compact) Compact(rendered []byte) []byte {
	if string(rendered) == "3" {
		panic("sprung in Compact")
	}
	return append([]byte("short for "), rendered...)
}

func (f compact) Patch(old, rendered []byte) []byte {
	f.from.set(append(f.from.get(), string(old)))
	return f.Fragment.Patch(nil, rendered)
}

func TestAPageRemembersAStandInWhereAFragmentHasOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		var from box[[]string]
		q := s.number()
		q.Fragments = []fragment.Fragment{compact{livetest.Text("n", "n"), &from}}
		p := open(t, k, q)
		for n := range 4 {
			s.set(n + 2)
			publish(t, k, "n")
			shows(t, p, "n", fmt.Sprint(n+2))
		}
		if got, want := from.get(), []string{"short for 1", "short for 2", "3", "short for 4"}; !slices.Equal(got, want) {
			t.Errorf("patched from %q, want %q", got, want)
		}
	})
}

// Pages that are far behind, each in its own way, are sent what they need.
func TestPagesThatAreBehindCatchUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		var pages []*livetest.SocketPage
		for i := range 12 {
			p := open(t, k, shared.With("all", 1))
			p.Pause() // shows i, and is sent nothing before the end
			pages = append(pages, p)
			s.set(i + 1)
			publish(t, k, "n")
			synctest.Wait()
		}
		for i, p := range pages {
			p.Resume()
			shows(t, p, "n", "12")
			if got := len(p.Updates()); got != 1 {
				t.Errorf("page %d was sent %d updates", i, got)
			}
		}
	})
}

// A patch that cannot be made in any way is tried again, for as long as it takes.
func TestAPatchThatFailsAltogetherIsRetriedWithBackoff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb, tr := node(t, live.Config{}), newTable(1), &trap{}
		p := livetest.OpenSocket(t, k, alice, tr.handler(tb))
		synctest.Wait()
		tr.place.set("Patch")
		tb.put(row{1, "b"})
		publish(t, k, "rows")
		time.Sleep(10 * time.Second)
		shows(t, p, "rows", "1=a")
		if got := k.Stats().Failures; got != 10 { // 0, 0.5, 1.5, 3.5, 7.5 s: the difference, then the whole
			t.Errorf("%d failures", got)
		}
		tr.place.set("")
		time.Sleep(30 * time.Second)
		shows(t, p, "rows", "1=b")
	})
}
