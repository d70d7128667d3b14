package live_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestKeptRowsDoNotSplitACohort(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4)
		var rows atomic.Int64
		shared := live.Share(k, "rows", func(int) live.PageQuery[row, int] {
			q := tb.pages(keyset())
			q.Results = live.ResultsHold
			q.Fragments = []fragment.Fragment{counted(&rows)}
			return q
		})
		var pages []*livetest.SocketPage
		for i := range 3 { // each is loaded later, so each keeps other rows: 1 2, 2 3, 3 4
			pages = append(pages, openRows(t, k, shared.With("all", 1)))
			tb.remove(i + 1)
			publish(t, k, "rows")
			synctest.Wait()
		}
		tb.asks()
		rows.Store(0)
		tb.put(row{3, "b"}, row{4, "b"})
		publish(t, k, "rows")
		shows(t, pages[0], "rows", "1=gone 2=gone (+2)")
		shows(t, pages[1], "rows", "2=gone 3=b (+1)")
		shows(t, pages[2], "rows", "3=b 4=b")
		if got := k.Stats().Shared; got != 1 {
			t.Errorf("%d cohorts", got)
		}
	})
}

// Of a held page the fresh one is fetched anyway: a load is shown that.
func TestALoadOfAHeldPageCostsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		shared := live.Share(k, "rows", func(int) live.PageQuery[row, int] {
			q := tb.pages(keyset())
			q.Results, q.Fragments = live.ResultsHold, []fragment.Fragment{livetest.Text("rows", "rows")}
			return q
		})
		openRows(t, k, shared.With("all", 1))
		tb.put(row{0, "a"})
		publish(t, k, "rows")
		synctest.Wait()
		tb.asks()
		p := openRows(t, k, shared.With("all", 1))
		shows(t, p, "rows", "0=a 1=a")
		asked(t, tb)
	})
}

// counted is Text("rows", "rows") that renders row by row and counts the rows.
func counted(rendered *atomic.Int64) fragment.Fragment {
	return countedRows{livetest.Text("rows", "rows"), rendered}
}

type countedRows struct {
	fragment.Fragment

	rendered *atomic.Int64
}

func (f countedRows) RenderRow(_ context.Context, r fragment.Row) ([]byte, error) {
	if r.Gone {
		return []byte(r.Key + "=gone"), nil
	}
	f.rendered.Add(1)
	return fmt.Appendf(nil, "%s=%v", r.Key, r.Value), nil
}

func (f countedRows) RenderRows(_ context.Context, assigns fragment.Assigns, rows [][]byte) ([]byte, error) {
	out := bytes.Join(rows, []byte(" "))
	if n := assigns["rows"].Pending; n > 0 {
		out = fmt.Appendf(out, " (+%d)", n)
	}
	return out, nil
}

func TestACohortFetchesTheUnionOfKeptRowsOnceAndRendersEachOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(5, 6)
		var rendered atomic.Int64
		shared := live.Share(k, "rows", func(int) live.PageQuery[row, int] {
			q := tb.pages(keyset())
			q.Fragments = []fragment.Fragment{counted(&rendered)}
			return q
		})
		old := []*livetest.SocketPage{openRows(t, k, shared.With("all", 1)), openRows(t, k, shared.With("all", 1))} // 5 6
		tb.put(row{4, "a"})
		publish(t, k, "rows")
		synctest.Wait()
		late := openRows(t, k, shared.With("all", 1)) // 4 5
		tb.put(row{1, "b"}, row{2, "b"}, row{4, "b"}, row{5, "b"}, row{6, "b"})
		tb.asks()
		rendered.Store(0)
		publish(t, k, "rows")
		shows(t, old[0], "rows", "5=b 6=b")
		shows(t, old[1], "rows", "5=b 6=b")
		shows(t, late, "rows", "4=b 5=b")
		asked(t, tb, "keys [4 5 6]")
		if got := rendered.Load(); got != 3 {
			t.Errorf("%d rows rendered, want each of three once", got)
		}
		a, b := old[0].Updates(), old[1].Updates()
		if a[len(a)-1].Patches[0] != b[len(b)-1].Patches[0] {
			t.Error("two pages that keep the same rows were sent patches of their own")
		}
	})
}

// What a handler does to the rows it gets is its own affair.
func TestHandlersGetRowsForThemselves(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, other, tb := node(t, live.Config{}), node(t, live.Config{}), newTable(1, 2, 3)
		list := live.Share(k, "rows", func(int) live.ListQuery[row, int] { return tb.list() }).With("all", 1)
		page := live.Share(other, "rows", func(int) live.PageQuery[row, int] { return tb.pages(keyset()) }).With("all", 1)
		use := func(rows []row) {
			if len(rows) < 2 || rows[0] != (row{1, "a"}) {
				t.Errorf("a handler gets %v", rows)
				return
			}
			rows[0].Name = "yours, alice"
		}
		for range 2 {
			err := load(t, k, func(s *live.Socket) error {
				rows, err := live.KeepList(s, "rows", list)
				use(rows)
				return err
			})
			err = errors.Join(err, load(t, other, func(s *live.Socket) error {
				rows, err := live.KeepPage(s, "rows", page)
				use(rows.Items)
				return err
			}))
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
