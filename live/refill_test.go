package live_test

import (
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// Rows that are held are not replaced by others, even where none of them is left to be seen: their viewer asks for those.
func TestAHeldListThatLosesItsLastRowHoldsThat(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4)
		q := tb.list()
		q.Fetch, q.FetchKeys, q.Results = tb.top, tb.byKeys, live.ResultsHold
		q.Fragments = []fragment.Fragment{hiding{livetest.Text("rows", "rows")}}
		p := openRows(t, k, q)
		shows(t, p, "rows", "1=a 2=a")
		tb.remove(1, 2)
		publish(t, k, "rows")
		shows(t, p, "rows", "1=gone 2=gone (+2)")
	})
}

// What a load shows is fetched once for all that it is needed for.
func TestAListThatLosesItsLastRowIsFetchedOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		shared := live.Share(k, "rows", func(int) live.ListQuery[row, int] {
			q := tb.list()
			q.Fragments = []fragment.Fragment{hiding{livetest.Text("rows", "rows")}}
			return q
		})
		p := openRows(t, k, shared.With("all", 1))
		asked(t, tb, "all")
		tb.remove(1, 2)
		tb.put(row{3, "a"})
		publish(t, k, "rows")
		shows(t, p, "rows", "3=a")
		asked(t, tb, "all")
	})
}
