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

// kinds are queries of the rows that show the same for the same rows: a list that is always whole, one
// that shows the first rows only, and a page.
func kinds(tb *table, results live.Results) map[string]any {
	whole, top, page := tb.list(), tb.list(), tb.pages(keyset())
	top.Fetch, top.FetchKeys = tb.top, tb.byKeys
	whole.Results, top.Results, page.Results = results, results, results
	return map[string]any{"list": whole, "top of a list": top, "page": page}
}

// each tells a story for each kind of query of two rows, 1 and 2.
func each(t *testing.T, results live.Results, story func(t *testing.T, k *live.Keeper, tb *table, q any)) {
	t.Helper()
	for kind := range kinds(newTable(), results) {
		t.Run(kind, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				tb := newTable(1, 2)
				story(t, node(t, live.Config{}), tb, kinds(tb, results)[kind])
			})
		})
	}
}

func TestKeepLeavesRowsInPlaceAndTheirContentsFollow(t *testing.T) {
	each(t, live.ResultsKeep, func(t *testing.T, k *live.Keeper, tb *table, q any) {
		p := openRows(t, k, q)
		tb.put(row{0, "before"}, row{3, "after"}, row{2, "changed"})
		publish(t, k, "rows")
		shows(t, p, "rows", "1=a 2=changed")
		tb.remove(1)
		tb.put(row{1, "back"}) // and in one step
		publish(t, k, "rows")
		shows(t, p, "rows", "1=back 2=changed")
	})
}

func TestKeepMarksVanishedRowsAsGoneWithoutTheirValues(t *testing.T) {
	each(t, live.ResultsKeep, func(t *testing.T, k *live.Keeper, tb *table, q any) {
		p := openRows(t, k, q)
		tb.put(row{1, "secret"})
		publish(t, k, "rows")
		shows(t, p, "rows", "1=secret 2=a")
		tb.remove(1)
		publish(t, k, "rows")
		shows(t, p, "rows", "1=gone 2=a")
		for _, u := range p.Updates()[1:] {
			if html, _, _ := strings.Cut(string(u.Patches[0].HTML), "data-was"); strings.Contains(html, "secret") {
				t.Errorf("the value of a gone row was sent: %s", html)
			}
		}
		tb.put(row{1, "again"})
		publish(t, k, "rows")
		shows(t, p, "rows", "1=again 2=a")
		tb.remove(1, 2)
		publish(t, k, "rows")
		shows(t, p, "rows", "1=gone 2=gone")
	})
}

func TestAnEmptyListGainsRows(t *testing.T) {
	for _, results := range []live.Results{live.ResultsKeep, live.ResultsHold, live.ResultsLose} {
		each(t, results, func(t *testing.T, k *live.Keeper, tb *table, q any) {
			tb.remove(1, 2)
			p := openRows(t, k, q)
			shows(t, p, "rows", "")
			tb.put(row{5, "first"})
			publish(t, k, "rows")
			shows(t, p, "rows", "5=first")
			tb.put(row{5, "kept"})
			tb.put(row{4, "other"})
			publish(t, k, "rows")
			want := map[live.Results]string{live.ResultsKeep: "5=kept", live.ResultsHold: "5=kept (+1)", live.ResultsLose: "4=other 5=kept"}
			shows(t, p, "rows", want[results])
		})
	}
}

// hiding is a fragment that leaves nothing on the page in the place of a row that is gone.
type hiding struct{ fragment.Fragment }

func (hiding) ShowsGone() bool { return false }

// A list whose last row goes is empty, where nothing is left in its place, and gains rows like one that has always been.
func TestAListThatLosesItsLastRowGainsRows(t *testing.T) {
	for _, shared := range []bool{false, true} {
		for _, kind := range []string{"list", "page"} {
			t.Run(fmt.Sprintf("%s, shared %t", kind, shared), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					k, tb := node(t, live.Config{}), newTable(1, 2, 3)
					fragments := []fragment.Fragment{hiding{livetest.Text("rows", "rows")}}
					list, page := tb.list(), tb.pages(keyset())
					list.Fetch, list.FetchKeys, list.Fragments = tb.top, tb.byKeys, fragments
					page.Fragments = append(fragments, links("links", "rows"))
					var q any = list
					switch {
					case shared && kind == "list":
						q = live.Share(k, "rows", func(int) live.ListQuery[row, int] { return list }).With("all", 1)
					case shared:
						q = live.Share(k, "rows", func(int) live.PageQuery[row, int] { return page }).With("all", 1)
					case kind == "page":
						q = page
					}
					p := openRows(t, k, q)
					shows(t, p, "rows", "1=a 2=a")
					tb.remove(1)
					publish(t, k, "rows")
					shows(t, p, "rows", "1=gone 2=a")
					tb.remove(2)
					publish(t, k, "rows")
					shows(t, p, "rows", "3=a")
					tb.remove(3)
					publish(t, k, "rows")
					shows(t, p, "rows", "3=gone")
					tb.put(row{4, "new"}, row{5, "new"})
					publish(t, k, "rows")
					shows(t, p, "rows", "4=new 5=new")
					if kind == "page" {
						shows(t, p, "links", p.FreshText("links"))
					}
					tb.put(row{6, "not seen"}, row{4, "changed"})
					publish(t, k, "rows")
					shows(t, p, "rows", "4=changed 5=new")
					p.Close()
					if err := p.Reconnect(k); err != nil {
						t.Fatal(err)
					}
					shows(t, p, "rows", "4=changed 5=new")
				})
			})
		}
	}
}

// A refetch may be under way for a page that had no rows, while the one before it gives it some to keep.
func TestRowsThatAreKeptDuringARefetchAreFetchedOnceMore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable()
		p := openRows(t, k, tb.pages(keyset()))
		tb.slow(50 * ms)
		tb.put(row{1, "a"})
		publish(t, k, "rows")
		time.Sleep(25 * ms)
		tb.put(row{0, "new"}, row{1, "changed"})
		publish(t, k, "rows")
		time.Sleep(25 * ms)
		shows(t, p, "rows", "1=a")
		time.Sleep(time.Second)
		shows(t, p, "rows", "1=changed")
	})
}

func TestLoseShowsWhatTheQueryReturns(t *testing.T) {
	each(t, live.ResultsLose, func(t *testing.T, k *live.Keeper, tb *table, q any) {
		p := openRows(t, k, q)
		tb.remove(1, 2)
		tb.put(row{7, "a"}, row{8, "b"})
		publish(t, k, "rows")
		shows(t, p, "rows", "7=a 8=b")
		if kept := p.Transport().State().Pinned; kept != nil {
			t.Errorf("rows are kept: %v", kept)
		}
	})
}

func TestHoldCountsWhatAFreshLoadWouldAddOrDrop(t *testing.T) {
	each(t, live.ResultsHold, func(t *testing.T, k *live.Keeper, tb *table, q any) {
		p := openRows(t, k, q)
		tb.put(row{0, "new"}) // pushes 2 off a page of two
		publish(t, k, "rows")
		shows(t, p, "rows", "1=a 2=a (+1)")
		tb.put(row{-1, "newer"}) // pushes 1 off
		publish(t, k, "rows")
		shows(t, p, "rows", "1=a 2=a (+2)")
		tb.put(row{2, "changed"}) // what is shown follows still, on the page or off it
		publish(t, k, "rows")
		shows(t, p, "rows", "1=a 2=changed (+2)")
		tb.remove(0, -1)
		publish(t, k, "rows")
		shows(t, p, "rows", "1=a 2=changed")
		tb.remove(1, 2)
		publish(t, k, "rows")
		shows(t, p, "rows", "1=gone 2=gone (+2)")
		tb.put(row{9, "new"})
		publish(t, k, "rows")
		shows(t, p, "rows", "1=gone 2=gone (+2)") // max(1 added, 2 dropped)
		if got := p.FreshText("rows"); got != "9=new" {
			t.Errorf("applied by a fresh load: %q", got)
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

// Filtering by keys must not make "next" disappear, nor a total shrink to what is shown.
func TestLinksOfAKeptPageAreThoseOfItsOwnFetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4, 5)
		keysets, offsets := openRows(t, k, tb.pages(keyset())), openRows(t, k, tb.pages(offset()))
		shows(t, keysets, "links", "next")
		shows(t, offsets, "links", "next 1/3")
		tb.put(row{1, "changed"})
		tb.remove(2)
		publish(t, k, "rows")
		for _, p := range []*livetest.SocketPage{keysets, offsets} {
			shows(t, p, "rows", "1=changed 2=gone")
		}
		shows(t, keysets, "links", "next")
		shows(t, offsets, "links", "next 1/3")
	})
}

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

// A page whose sort values are too long to travel is kept all the same while its stream lives.
func TestAPageWithoutAFrameFollows(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable()
		long := strings.Repeat("x", 400)
		tb.put(row{1, "a" + long}, row{2, "b" + long}, row{3, "c" + long})
		cfg := keyset()
		cfg.Sort, cfg.Sorts = "name", []paging.Sort{{Name: "name", Keys: []paging.Key{{Column: "name"}, {Column: "id"}}}}
		q := tb.pages(paging.Must(cfg))
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

func TestAListOfNothingIsEmptyAndNotGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		var rows []row
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			got, err := live.KeepList(s, "rows", live.ListQuery[row, int]{
				Fetch: func(context.Context) ([]row, error) { return rows, nil }, Key: rowKey,
				Subscribe: []string{"rows"}, Fragments: []fragment.Fragment{livetest.Text("rows", "rows")},
			})
			if len(got) != 0 {
				t.Errorf("KeepList returned %v", got)
			}
			return err
		})
		publish(t, k, "rows")
		shows(t, p, "rows", "")
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
