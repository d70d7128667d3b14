package live_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
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

// A list that loses its last row is empty, where nothing is left in its place, and gains rows like one that has always been.
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
