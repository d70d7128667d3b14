package live_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// rowsOf is q with the table of its rows named.
func rowsOf(q any, table string) any {
	switch q := q.(type) {
	case live.ListQuery[row, int]:
		q.RowsOf = table
		return q
	case live.PageQuery[row, int]:
		q.RowsOf = table
		return q
	}
	return q
}

// changed publishes changes of rows of the table.
func changed(t *testing.T, k *live.Keeper, ids ...int) {
	t.Helper()
	var changes []live.Change
	for _, id := range ids {
		values := map[string]any{"id": id}
		changes = append(changes, live.Change{Topic: "rows", Table: "rows", Key: fmt.Sprint(id), Old: values, New: values})
	}
	if err := k.PublishChanges(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// keptRows tells a story of a list and of a page that show the rows 1 and 2 of a table, private and shared.
func keptRows(t *testing.T, results live.Results, story func(t *testing.T, k *live.Keeper, tb *table, p *livetest.SocketPage)) {
	t.Helper()
	for _, shared := range []bool{false, true} {
		for _, kind := range []string{"top of a list", "page"} { // a whole list has no FetchKeys
			t.Run(fmt.Sprintf("%s, shared %v", kind, shared), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					tb, k := newTable(1, 2, 3), node(t, live.Config{})
					q := rowsOf(kinds(tb, results)[kind], "Rows")
					if shared {
						q = sharedRows(k, q)
					}
					p := openRows(t, k, q)
					tb.asks()
					story(t, k, tb, p)
				})
			})
		}
	}
}

func sharedRows(k *live.Keeper, q any) any {
	switch q := q.(type) {
	case live.ListQuery[row, int]:
		return live.Share(k, "rows", func(int) live.ListQuery[row, int] { return q }).With("all", 1)
	case live.PageQuery[row, int]:
		return live.Share(k, "rows", func(int) live.PageQuery[row, int] { return q }).With("all", 1)
	}
	return q
}

func TestAChangeOfARowThatIsNotShownFetchesNothing(t *testing.T) {
	keptRows(t, live.ResultsKeep, func(t *testing.T, k *live.Keeper, tb *table, p *livetest.SocketPage) {
		tb.put(row{3, "b"}, row{4, "new"})
		changed(t, k, 3, 4)
		asked(t, tb)
		shows(t, p, "rows", "1=a 2=a")
		publish(t, k, "rows")
		synctest.Wait()
		if len(tb.asks()) == 0 {
			t.Error("a change of which nothing is known fetched nothing")
		}
	})
}

func TestAChangeOfARowThatIsShownFetchesThatRow(t *testing.T) {
	keptRows(t, live.ResultsKeep, func(t *testing.T, k *live.Keeper, tb *table, p *livetest.SocketPage) {
		tb.put(row{2, "b"})
		changed(t, k, 2, 3)
		shows(t, p, "rows", "1=a 2=b")
		onlyKeys(t, tb, 2)
		tb.remove(1)
		changed(t, k, 1)
		shows(t, p, "rows", "1=gone 2=b")
		onlyKeys(t, tb, 1)
		tb.put(row{1, "back"})
		changed(t, k, 1)
		shows(t, p, "rows", "1=back 2=b")
		onlyKeys(t, tb, 1)
	})
}

func onlyKeys(t *testing.T, tb *table, id int) {
	t.Helper()
	got := tb.asks()
	if len(got) != 1 || got[0] != fmt.Sprintf("keys [%d", id) && got[0] != fmt.Sprintf("keys [%d]", id) {
		t.Errorf("asked for %q, want the row %d", got, id)
	}
}

// A load shows what there is, whatever changes cost the pages that are open nothing.
func TestALoadSeesWhatOpenPagesSkipped(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tb, k := newTable(2, 3), node(t, live.Config{})
		list := tb.list()
		list.Fetch, list.FetchKeys, list.RowsOf = tb.top, tb.byKeys, "rows"
		q := sharedRows(k, list)
		first := openRows(t, k, q)
		tb.put(row{1, "new"})
		changed(t, k, 1)
		second := openRows(t, k, q)
		shows(t, first, "rows", "2=a 3=a")
		shows(t, second, "rows", "1=new 2=a")
		tb.put(row{1, "newer"})
		changed(t, k, 1)
		shows(t, first, "rows", "2=a 3=a")
		shows(t, second, "rows", "1=newer 2=a")
		third := openRows(t, k, q)
		shows(t, third, "rows", "1=newer 2=a")
	})
}

func TestRowsComeWhereNoneIsLeft(t *testing.T) {
	keptRows(t, live.ResultsKeep, func(t *testing.T, k *live.Keeper, tb *table, p *livetest.SocketPage) {
		tb.remove(1, 2, 3)
		changed(t, k, 1, 2, 3)
		tb.put(row{7, "new"})
		changed(t, k, 7)
		want := "1=gone 2=gone" // this fragment shows rows that are gone
		shows(t, p, "rows", want)
	})
	bubble(t, func(t *testing.T) {
		tb, k := newTable(), node(t, live.Config{})
		list := tb.list()
		list.FetchKeys, list.RowsOf = tb.byKeys, "rows"
		p := openRows(t, k, list)
		tb.put(row{7, "new"})
		changed(t, k, 7)
		shows(t, p, "rows", "7=new")
	})
}

func TestOnlyKeepFetchesByRows(t *testing.T) {
	for _, results := range []live.Results{live.ResultsLose, live.ResultsHold} {
		keptRows(t, results, func(t *testing.T, k *live.Keeper, tb *table, _ *livetest.SocketPage) {
			changed(t, k, 9)
			synctest.Wait()
			if len(tb.asks()) == 0 {
				t.Error("fetched nothing")
			}
		})
	}
}

func TestManyChangesFetchEverything(t *testing.T) {
	keptRows(t, live.ResultsKeep, func(t *testing.T, k *live.Keeper, tb *table, p *livetest.SocketPage) {
		many := make([]int, 100)
		for i := range many {
			many[i] = i
			tb.put(row{i, "b"})
		}
		changed(t, k, many...)
		shows(t, p, "rows", "1=b 2=b")
		changed(t, k, 2)
		shows(t, p, "rows", "1=b 2=b")
	})
}

// A change that comes while its query is fetched is one more fetch, if a page shows its row by then.
func TestAChangeDuringAFetchOfRows(t *testing.T) {
	keptRows(t, live.ResultsKeep, func(t *testing.T, k *live.Keeper, tb *table, p *livetest.SocketPage) {
		tb.slow(time.Second)
		tb.put(row{1, "b"})
		changed(t, k, 1)
		tb.put(row{2, "c"})
		changed(t, k, 2)
		changed(t, k, 3)
		time.Sleep(10 * time.Second)
		shows(t, p, "rows", "1=b 2=c")
		if got := tb.asks(); len(got) != 2 {
			t.Errorf("asked for %q", got)
		}
	})
}

func TestAFetchOfRowsThatFailsIsTriedAgain(t *testing.T) {
	keptRows(t, live.ResultsKeep, func(t *testing.T, k *live.Keeper, tb *table, p *livetest.SocketPage) {
		tb.fail(errors.New("away"))
		tb.put(row{1, "b"})
		changed(t, k, 1)
		tb.fail(nil)
		tb.put(row{2, "c"})
		changed(t, k, 2)
		time.Sleep(10 * time.Second)
		shows(t, p, "rows", "1=b 2=c")
	})
}

// A query without RowsOf, a table of another name, and a change without a key: everything is fetched.
func TestWhatIsNotKnownFetchesEverything(t *testing.T) {
	for name, change := range map[string]live.Change{
		"another table": {Topic: "rows", Table: "teams", Key: "9"},
		"no key":        {Topic: "rows", Table: "rows"},
		"a suffix":      {Topic: "rows", Table: "arrows", Key: "9"},
		"a schema":      {Topic: "rows", Table: "other.rows", Key: "9"}, // which may hold another table of that name
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				tb, k := newTable(1, 2), node(t, live.Config{})
				list := tb.list()
				list.FetchKeys, list.RowsOf = tb.byKeys, "rows"
				p := openRows(t, k, list)
				tb.asks()
				tb.put(row{1, "b"})
				if err := k.PublishChanges(t.Context(), []live.Change{change}); err != nil {
					t.Fatal(err)
				}
				shows(t, p, "rows", "1=b 2=a")
			})
		})
	}
}
