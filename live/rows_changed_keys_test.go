package live_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// teamID is a number that shows itself in another way.
type teamID int

func (id teamID) String() string { return fmt.Sprintf("T-%d", int(id)) }

// A key is compared by its value, whatever fragments show of it. One that no database has is not compared at all.
func TestKeysAreComparedByTheirValues(t *testing.T) {
	shownByKey(t, func(r row) teamID { return teamID(r.ID) })
	shownByKey(t, func(r row) struct{ ID int } { return struct{ ID int }{r.ID} })
	shownByKey(t, func(r row) [15]byte { return [15]byte{byte(r.ID)} })
	shownByKey(t, func(r row) string { return fmt.Sprint(r.ID) })
}

func shownByKey[K comparable](t *testing.T, key func(r row) K) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		tb, k := newTable(1, 2, 3), node(t, live.Config{})
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			_, err := live.KeepList(s, "rows", live.ListQuery[row, K]{
				Fetch: tb.all, Key: key, Subscribe: []string{"rows"}, RowsOf: "rows", Fragments: []fragment.Fragment{livetest.Text("rows", "rows")},
				FetchKeys: func(ctx context.Context, keys []K) ([]row, error) {
					all, err := tb.all(ctx)
					return slices.DeleteFunc(all, func(r row) bool { return !slices.Contains(keys, key(r)) }), err
				},
			})
			return err
		})
		tb.put(row{2, "b"})
		changed(t, k, 2)
		synctest.Wait()
		if got := p.Text("rows"); !strings.Contains(got, "b") {
			t.Errorf("%T: shows %q", key(row{}), got)
		}
	})
}

// What AfterFetch makes may depend on other rows.
func TestAfterFetchSeesEveryChange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tb, k := newTable(1, 2, 3), node(t, live.Config{})
		list := tb.list()
		list.Fetch, list.FetchKeys, list.RowsOf = tb.top, tb.byKeys, "rows"
		var calls box[int]
		list.AfterFetch = func(context.Context, []row, func(string, any)) error {
			calls.set(calls.get() + 1)
			return nil
		}
		openRows(t, k, list)
		before := calls.get()
		changed(t, k, 3)
		synctest.Wait()
		if calls.get() == before {
			t.Error("a change of another row was skipped")
		}
	})
}

// A RowsOf that can be of no effect is said once.
func TestARowsOfWithoutEffectIsLogged(t *testing.T) {
	for name, c := range map[string]struct {
		change func(q *live.ListQuery[row, int])
		want   int
	}{
		"no FetchKeys":   {func(q *live.ListQuery[row, int]) { q.FetchKeys = nil }, 1},
		"with FetchKeys": {func(*live.ListQuery[row, int]) {}, 0},
		"Lose":           {func(q *live.ListQuery[row, int]) { q.FetchKeys, q.Results = nil, live.ResultsLose }, 0},
		"with AfterFetch": {func(q *live.ListQuery[row, int]) {
			q.AfterFetch = func(context.Context, []row, func(string, any)) error { return nil }
		}, 1},
		"without a RowsOf": {func(q *live.ListQuery[row, int]) { q.RowsOf, q.FetchKeys = "", nil }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log journal
				tb, k := newTable(1, 2), node(t, live.Config{Logger: log.logger()})
				list := tb.list()
				list.FetchKeys, list.RowsOf = tb.byKeys, "rows"
				c.change(&list)
				for range 2 {
					livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
						_, err := live.KeepList(s, "rows", list)
						return err
					})
				}
				if n := log.count("RowsOf is of no effect"); n != c.want {
					t.Errorf("logged %d times, want %d", n, c.want)
				}
			})
		})
	}
}
