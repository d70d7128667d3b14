package live_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

func TestKeptRowsSurviveAReconnectToAnotherNode(t *testing.T) {
	for _, results := range []live.Results{live.ResultsKeep, live.ResultsHold} {
		each(t, results, func(t *testing.T, k *live.Keeper, tb *table, q any) {
			var bus livetest.Bus
			other := node(t, live.Config{Broker: bus.Node()})
			p := openRows(t, k, q)
			p.Close()
			tb.put(row{0, "new"}, row{2, "changed"})
			tb.remove(1)
			if err := p.Reconnect(other); err != nil {
				t.Fatal(err)
			}
			want := "1=gone 2=changed"
			if results == live.ResultsHold {
				want += " (+1)"
			}
			shows(t, p, "rows", want)
			if got := len(p.Updates()); got != 1 {
				t.Errorf("%d updates, want the one difference", got)
			}
			tb.put(row{2, "more"})
			if err := p.Socket().Refetch(); err != nil {
				t.Fatal(err)
			}
			shows(t, p, "rows", strings.Replace(want, "changed", "more", 1))
		})
	}
}

func TestNothingIsSentToAPageThatComesBackUnchanged(t *testing.T) {
	each(t, live.ResultsKeep, func(t *testing.T, k *live.Keeper, _ *table, q any) {
		p := openRows(t, k, q)
		for range 3 {
			if err := p.Reconnect(node(t, live.Config{})); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if got := p.Updates(); len(got) != 0 {
			t.Errorf("sent %+v", got)
		}
	})
}

// What a browser says it keeps may be of another page, forged, or of an older program: it is shown afresh then.
func TestStateThatMakesNoSenseIsIgnored(t *testing.T) {
	elsewhere := func(t *testing.T) live.PinnedRows {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4)
		cfg := alice
		cfg.Query = map[string][]string{"limit": {"3"}}
		p := livetest.OpenSocket(t, k, cfg, func(s *live.Socket) error { return keepRows(s, tb.pages(keyset())) })
		synctest.Wait()
		return p.Transport().State().Pinned["rows"]
	}
	for name, state := range map[string]func(t *testing.T) live.PinnedRows{
		"no JSON":         func(*testing.T) live.PinnedRows { return live.PinnedRows{Keys: []byte("{")} },
		"other type":      func(*testing.T) live.PinnedRows { return live.PinnedRows{Keys: []byte(`["x"]`)} },
		"no keys":         func(*testing.T) live.PinnedRows { return live.PinnedRows{} },
		"no frame":        func(*testing.T) live.PinnedRows { return live.PinnedRows{Keys: []byte("[2,3]")} },
		"a forged frame":  func(*testing.T) live.PinnedRows { return live.PinnedRows{Keys: []byte("[2,3]"), Frame: "AAAA"} },
		"another page of": elsewhere,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, tb := node(t, live.Config{}), newTable(1, 2)
				cfg := alice
				cfg.Connected = true
				cfg.Shown.Pinned = map[string]live.PinnedRows{"rows": state(t), "nonsense": {}}
				s, err := k.Connect(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if err := keepRows(s.Socket(), tb.pages(keyset())); err != nil {
					t.Fatal(err)
				}
				s.Start()
				u, _ := s.Next()
				if len(u.Patches) != 2 || !strings.Contains(string(u.Patches[0].HTML), "1=a 2=a") {
					t.Errorf("update: %+v", u)
				}
			})
		})
	}
}

// A page with sort values that are too long to travel is kept all the same while its stream lives.
func TestAPageWithoutAFrameFollows(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable()
		long := strings.Repeat("x", 400)
		tb.put(row{1, "a" + long}, row{2, "b" + long}, row{3, "c" + long})
		cfg := keyset().Config()
		cfg.Sort, cfg.Sorts = "name", []paging.Sort{{Name: "name", Keys: paging.Keys("name", "id")}}
		q := tb.pages(paging.MustNew[row](cfg))
		p := openRows(t, k, q)
		tb.remove(1)
		tb.put(row{2, "a"})
		publish(t, k, "rows")
		shows(t, p, "rows", "1=gone 2=a")
		shows(t, p, "links", "next")
		if got := k.Stats().Failures; got != 0 {
			t.Errorf("%d failures", got)
		}
		if err := p.Reconnect(node(t, live.Config{})); err != nil {
			t.Fatal(err)
		}
		shows(t, p, "rows", p.FreshText("rows")) // where nothing is known of its frame it is shown afresh
	})
}

// A page that comes back with rows that have all gone, while the newest snapshot has the refilled view of another page that
// kept the same: it is given other rows, and must be told so, or it comes back with the old ones for ever.
func TestAPageThatComesBackIsToldOfItsRefill(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		shared := live.Share(k, "rows", func(int) live.ListQuery[row, int] {
			q := tb.list()
			q.Fetch, q.FetchKeys = tb.top, tb.byKeys
			q.Fragments = []fragment.Fragment{hiding{livetest.Text("rows", "rows")}}
			return q
		})
		handler := func(s *live.Socket) error { return keepRows(s, shared.With("all", 1)) }
		open := func(session string, shown live.State) (*live.Transport, live.Update, bool) {
			s, err := k.Connect(t.Context(), live.SocketConfig{Session: session, Connected: true, Shown: shown})
			if err != nil {
				t.Fatal(err)
			}
			if err := handler(s.Socket()); err != nil {
				t.Fatal(err)
			}
			s.Start()
			synctest.Wait()
			u, ok := s.Next()
			return s, u, ok
		}
		a, _, _ := open("a", live.State{})
		defer a.Close()
		b, _, _ := open("b", live.State{})
		keptThen := b.State() // what the browser of b says when it comes back
		b.Close()             // and it is away
		tb.remove(1, 2)
		tb.put(row{3, "three"})
		publish(t, k, "rows")
		synctest.Wait() // the newest snapshot has a refilled view for those who keep 1 and 2
		back, u, ok := open("b", keptThen)
		defer back.Close()
		now := back.State()
		if keys := string(now.Pinned["rows"].Keys); keys != "[3]" || !ok || !u.KeysChanged {
			t.Errorf("it keeps %s and is sent %+v", keys, u)
		}
	})
}

// Ten thousand pages that come back to a node that knows none of them keep the same rows: those are one set, and not ten
// thousand that are equal.
func TestPagesThatComeBackWithTheSameRowsShareThem(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb, busy := node(t, live.Config{MaxFetches: 1}), newTable(1, 2, 3), newSource(1)
		var wholes atomic.Int64
		shared := live.Share(k, "rows", func(int) live.ListQuery[row, int] {
			q := tb.list()
			q.Fetch, q.FetchKeys = tb.top, tb.byKeys
			q.Fragments = []fragment.Fragment{livetest.Fragment("rows", func(_ context.Context, assigns fragment.Assigns) (string, error) {
				wholes.Add(1)
				return fmt.Sprint(assigns["rows"].Rows), nil
			})}
			return q
		})
		cfg := alice
		cfg.Connected = true
		cfg.Shown.Pinned = map[string]live.PinnedRows{"rows": {Keys: []byte("[3,1]")}}
		busy.takes = time.Second // until then no fetch can tell which rows others keep
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := load(t, k, func(s *live.Socket) error { _, err := live.Keep(s, "n", busy.number()); return err }); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		for range 20 {
			s, err := k.Connect(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			wg.Go(func() {
				if err := keepRows(s.Socket(), shared.With("all", 1)); err != nil {
					t.Error(err)
				}
				s.Start()
			})
		}
		wg.Wait()
		synctest.Wait()
		wholes.Store(0)
		tb.put(row{3, "b"})
		publish(t, k, "rows")
		synctest.Wait()
		if got := wholes.Load(); got != 1 {
			t.Errorf("rendered %d times, want once for all", got)
		}
	})
}

// What a page keeps is asked for by its keys, and nothing else where nothing else is shown.
func TestKeptRowsAreFetchedByTheirKeys(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3)
		openRows(t, k, tb.pages(keyset()))
		asked(t, tb, "page ", "keys [1 2]") // the load; the stream, with what the page keeps
		tb.put(row{0, "new"})
		publish(t, k, "rows")
		asked(t, tb, "keys [1 2]")

		hold := tb.pages(keyset())
		hold.Results = live.ResultsHold
		openRows(t, k, hold)
		tb.put(row{-1, "newer"})
		tb.asks()
		publish(t, k, "rows")
		synctest.Wait()
		asks := tb.asks()
		slices.Sort(asks)
		if want := []string{"keys [1 2]", "keys [1]", "page "}; !slices.Equal(asks, want) {
			t.Errorf("asked for %q, want %q: of the held page the fresh one, and the row that is not on it", asks, want)
		}
	})
}
