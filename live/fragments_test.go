package live_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// words is the fragment "sum", which shows assigns side by side, and counts how often it was rendered.
func words(rendered *atomic.Int64, names ...string) fragment.Fragment {
	return livetest.Fragment("sum", func(_ context.Context, assigns fragment.Assigns) (string, error) {
		rendered.Add(1)
		var out []string
		for _, name := range names {
			a, ok := assigns[name]
			switch {
			case !ok:
				return "", fmt.Errorf("no assign %q", name)
			case a.Status != fragment.Ready:
				out = append(out, string(a.Status))
			default:
				out = append(out, fmt.Sprint(a.Value))
			}
		}
		return strings.Join(out, " "), nil
	})
}

func TestOneQueryFeedsSeveralFragmentsInOneUpdate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		q := s.number()
		q.Fragments = append(q.Fragments, livetest.Text("again", "n"), livetest.Fragment("odd", func(_ context.Context, a fragment.Assigns) (string, error) {
			return fmt.Sprint(a["n"].Value.(int) % 2), nil
		}))
		p := open(t, k, q)
		s.set(3)
		publish(t, k, "n")
		synctest.Wait()
		us := p.Updates()
		if len(us) != 1 || len(us[0].Patches) != 2 || p.Text("n") != "3" || p.Text("again") != "3" {
			t.Errorf("updates %+v, shown %v: want both that differ, at once, and nothing of the one that does not", us, p.Shown())
		}
	})
}

func TestNothingChangedNothingSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		p := open(t, k, s.number())
		for range 10 {
			publish(t, k, "n")
			synctest.Wait()
		}
		if got := p.Updates(); len(got) != 0 {
			t.Errorf("sent %+v", got)
		}
		if got := s.count(); got != 12 {
			t.Errorf("%d fetches", got)
		}
	})
}

func TestNothingChangedNobodyIsWoken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		socket := connect(t, k)
		defer socket.Close()
		if _, err := live.Keep(socket.Socket(), "n", s.number()); err != nil {
			t.Fatal(err)
		}
		socket.Start()
		<-socket.Changed()
		socket.Next()
		publish(t, k, "n")
		fetchedAt(t, s, 1, 0)
		if got := len(socket.Changed()); got != 0 {
			t.Error("the stream is woken for a result that looks the same")
		}
	})
}

func TestAfterFetchSetsAssignsOfTheSameVersion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		var rendered atomic.Int64
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			q := s.number()
			q.AfterFetch = func(_ context.Context, n int, assign func(string, any)) error {
				assign("double", 2*n)
				return nil
			}
			if _, err := live.Keep(socket, "n", q); err != nil {
				return err
			}
			return socket.Compose(words(&rendered, "n", "double"), "n", "double")
		})
		shows(t, p, "sum", "1 2")
		n := rendered.Load()
		s.set(5)
		publish(t, k, "n")
		shows(t, p, "sum", "5 10")
		if rendered.Load() != n+1 {
			t.Errorf("rendered %d times for one version", rendered.Load()-n)
		}
		for _, u := range p.Updates() {
			if len(u.Patches) != 2 {
				t.Errorf("an update of %d fragments: the query's own and the composed one belong together", len(u.Patches))
			}
		}
	})
}

func TestAnErrorFromAfterFetchIsAFailedFetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		var fail box[error]
		q := s.number()
		q.AfterFetch = func(context.Context, int, func(string, any)) error { return fail.get() }
		p := open(t, k, q)
		fail.set(errors.New("no"))
		s.set(2)
		publish(t, k, "n")
		shows(t, p, "n", "1")
		fail.set(nil)
		time.Sleep(time.Second)
		shows(t, p, "n", "2")
		fail.set(live.ErrGone)
		publish(t, k, "n")
		shows(t, p, "n", "gone")
	})
}

func TestANameThatIsKeptAgainIsReplaced(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, old, s := node(t, live.Config{}), newSource(1), newSource(2)
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			q := live.Query[int]{
				Fetch: old.fetch, Subscribe: []string{"old"}, RefetchInterval: time.Second,
				Fragments: []fragment.Fragment{livetest.Text("old", "n"), livetest.Text("n", "n")},
			}
			if _, err := live.Keep(socket, "n", q); err != nil {
				return err
			}
			_, err := live.Keep(socket, "n", s.number())
			return err
		})
		shows(t, p, "n", "2")
		if _, ok := p.Shown()["old"]; ok {
			t.Error("a fragment of the replaced query is still on the page")
		}
		n := old.count()
		publish(t, k, "old")
		time.Sleep(time.Hour)
		if got := old.count(); got != n {
			t.Errorf("the replaced query ran %d times more", got-n)
		}
		s.set(3)
		publish(t, k, "n")
		shows(t, p, "n", "3")
	})
}

// Where the new query cannot be loaded the old one stays.
func TestAFailedReplacementLeavesTheNameAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		bad := errors.New("bad")
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			if _, err := live.Keep(socket, "n", s.number()); err != nil {
				return err
			}
			q := s.number()
			q.Fetch = func(context.Context) (int, error) { return 0, bad }
			if _, err := live.Keep(socket, "n", q); !errors.Is(err, bad) {
				t.Errorf("Keep: %v", err)
			}
			return nil
		})
		s.set(2)
		publish(t, k, "n")
		shows(t, p, "n", "2")
	})
}
