package paging_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/paging"
)

// load follows a URL of a list of n rows with the ids 0..n-1, in that order.
func load(t *testing.T, c paging.Config, n int, query string) paging.Page[row] {
	t.Helper()
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{ID: int64(i), At: baseTime}
	}
	return loadRows(t, c, rows, query)
}

func loadRows(t *testing.T, c paging.Config, rows []row, query string) paging.Page[row] {
	t.Helper()
	p, err := paging.Slice(mustParse(t, c, query).At("/t"), rows, ticketColumn, rowKeyAny)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// queryOf is what a link asks for.
func queryOf(t *testing.T, l *paging.Link) string {
	t.Helper()
	if l == nil {
		t.Fatal("no such link")
	}
	return strings.TrimPrefix(l.URL, "/t?")
}

func inOrder(kind paging.Kind) paging.Config {
	c := tickets(kind)
	c.Sort = "created"
	return c
}

// The mistakes of the ancestor, one by one.

func TestPageOneHasNumberOne(t *testing.T) {
	for offset, want := range map[int]int{0: 1, 9: 1, 10: 2, 15: 2, 20: 3} {
		p := load(t, inOrder(paging.Offset), 100, fmt.Sprintf("offset=%d", offset))
		if p.Number() != want || !p.OnPage(want) || p.OnPage(want-1) {
			t.Errorf("after %d rows by 10 the page has number %d, want %d", offset, p.Number(), want)
		}
	}
}

func TestLastPageIsAligned(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 0, 9: 0, 10: 0, 11: 10, 19: 10, 20: 10, 21: 20, 100: 90, 105: 100} {
		p := load(t, inOrder(paging.Offset), n, "count=true")
		o, ok := p.Target(paging.Last)
		if !ok || o.Offset() != want {
			t.Errorf("the last page of %d rows begins after %d (%t), want %d", n, o.Offset(), ok, want)
		}
		if shown := p.Links().Last != nil; shown != (want > 0) {
			t.Errorf("with %d rows the first page links to the last: %t", n, shown)
		}
	}
}

func TestNextSurvivesALiveUpdate(t *testing.T) {
	for _, kind := range []paging.Kind{paging.Keyset, paging.Offset} {
		p := load(t, inOrder(kind), 25, "")
		if again := p.With(p.Items[:3]); again.Links().Next == nil || again.Links().Next.URL != p.Links().Next.URL {
			t.Error("the next link is gone with the rows")
		}
		if len(p.Items) != 10 {
			t.Error("With changed the page it was called on")
		}
	}
}

func TestAnEmptyPagePastTheEndLeadsBackWithoutASkip(t *testing.T) {
	c := inOrder(paging.Keyset)
	var rows []row
	for i := range 20 {
		rows = append(rows, row{ID: int64(i), At: baseTime})
	}
	next := queryOf(t, loadRows(t, c, rows, "").Links().Next) // after row 9
	empty := loadRows(t, c, rows[:10], next)
	if len(empty.Items) != 0 || empty.HasNext() || !empty.HasPrev() || empty.Links().Next != nil {
		t.Fatalf("past the end: %v, HasNext %t, HasPrev %t", ids(empty.Items), empty.HasNext(), empty.HasPrev())
	}
	if got := ids(loadRows(t, c, rows[:10], queryOf(t, empty.Links().Prev)).Items); !slices.Equal(got, ids(rows[:10])) {
		t.Errorf("back from the end: %v, want rows 0 to 9", got)
	}

	// And the mirror of it: nothing before a row.
	second := loadRows(t, c, rows, next)
	before := loadRows(t, c, rows[10:], queryOf(t, second.Links().Prev)) // before row 10
	if len(before.Items) != 0 || before.HasPrev() || !before.HasNext() {
		t.Fatalf("before the beginning: %v", ids(before.Items))
	}
	if got := ids(loadRows(t, c, rows[10:], strings.TrimPrefix(before.Links().Next.URL, "/t")).Items); !slices.Equal(got, ids(rows[10:])) {
		t.Errorf("forth from the beginning: %v, want rows 10 to 19", got)
	}

	// By offset: to the last page where the total is known, else step by step.
	c = inOrder(paging.Offset)
	if got := queryOf(t, load(t, c, 25, "offset=100&count=true").Links().Prev); got != "count=true&offset=20" {
		t.Errorf("back from far past the end: %s", got)
	}
	if got := queryOf(t, load(t, c, 25, "offset=100").Links().Prev); got != "offset=90" {
		t.Errorf("back from past an unknown end: %s", got)
	}
}

func TestPrevNeverGoesBelowTheFirstRow(t *testing.T) {
	p := load(t, inOrder(paging.Offset), 100, "offset=5")
	if got := p.Links().Prev.URL; got != "/t" {
		t.Errorf("before row 5 by 10: %s", got)
	}
}

func TestLinksOfTheFirstAndTheLastPage(t *testing.T) {
	for _, kind := range []paging.Kind{paging.Keyset, paging.Offset, paging.Either} {
		c := inOrder(kind)
		first := load(t, c, 30, "count=true&tab=x").Links()
		if first.First != nil || first.Prev != nil || first.Next == nil || first.Last == nil || first.Number != 1 {
			t.Errorf("first page: %+v", first)
		}
		if first.Last.Number != 3 || first.Total.String() != "30" || first.LastNumber != 3 {
			t.Errorf("the last page has number %d of %d, total %s", first.Last.Number, first.LastNumber, first.Total)
		}
		last := load(t, c, 30, queryOf(t, first.Last)).Links()
		if last.First == nil || last.Prev == nil || last.Next != nil || last.Last != nil {
			t.Errorf("last page: %+v", last)
		}
		if last.First.URL != "/t?count=true&tab=x" || last.First.Number != 1 {
			t.Errorf("the first page is %+v", last.First)
		}
		only := load(t, c, 3, "").Links()
		if only.First != nil || only.Prev != nil || only.Next != nil || only.Last != nil || only.LastNumber != 1 {
			t.Errorf("the only page: %+v", only)
		}
	}
}

func TestWithoutACountTheLastNumberIsUnknownUntilItIsSeen(t *testing.T) {
	c := inOrder(paging.Offset)
	p := load(t, c, 25, "")
	if l := p.Links(); l.LastNumber != 0 || l.Last != nil || l.Total.String() != "" {
		t.Errorf("first page: %+v", l)
	}
	if got, want := numbers(p), "[1] 2"; got != want {
		t.Errorf("numbers %s, want %s", got, want)
	}
	p = load(t, c, 25, "offset=20")
	if got, want := numbers(p), "1 2 [3]"; got != want || p.LastNumber() != 3 {
		t.Errorf("last page: numbers %s of %d", got, p.LastNumber())
	}
}

// numbers draws the window as a user sees it.
func numbers(p paging.Page[row]) string {
	var s []string
	for _, l := range p.Links().Numbers {
		switch {
		case l.Gap:
			s = append(s, "…")
		case l.Current:
			s = append(s, fmt.Sprintf("[%d]", l.Number))
		case l.URL == "":
			s = append(s, fmt.Sprintf("(%d)", l.Number))
		default:
			s = append(s, fmt.Sprint(l.Number))
		}
	}
	return strings.Join(s, " ")
}

func TestNumbers(t *testing.T) {
	c := inOrder(paging.Offset)
	for query, want := range map[string]string{
		"count=true":              "[1] 2 … 20",
		"count=true&offset=10":    "1 [2] 3 … 20",
		"count=true&offset=20":    "1 2 [3] 4 … 20",
		"count=true&offset=30":    "1 2 3 [4] 5 … 20",
		"count=true&offset=40":    "1 … 4 [5] 6 … 20",
		"count=true&offset=160":   "1 … 16 [17] 18 19 20",
		"count=true&offset=190":   "1 … 19 [20]",
		"count=true&offset=300":   "1 … 19 20 … [31]",
		"count=true&offset=200":   "1 … 19 20 [21]",
		"count=true&limit=50":     "[1] 2 3 4",
		"offset=50":               "1 … 5 [6] 7",
		"count=true&sort=created": "[1] 2 … 20",
	} {
		c.MaxOffset = 1000
		if got := numbers(load(t, c, 200, query)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	c.MaxOffset = 50
	if got, want := numbers(load(t, c, 200, "count=true&offset=50")), "1 … 5 [6] (7) … (20)"; got != want {
		t.Errorf("at the greatest depth: %s, want %s", got, want)
	}
	if l := load(t, c, 200, "count=true&offset=50").Links(); l.Next != nil || l.Last != nil || l.Prev == nil {
		t.Errorf("links beyond the greatest depth: %+v", l)
	}
	if got := numbers(load(t, inOrder(paging.Keyset), 200, "count=true")); got != "" {
		t.Errorf("a keyset list has the numbers %s", got)
	}
}

// Property 11.
func TestWindowIsSortedUniqueAndHidesNoSinglePage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		last := rapid.IntRange(1, 60).Draw(t, "last")
		current := rapid.IntRange(1, last).Draw(t, "current")
		around := rapid.IntRange(0, 4).Draw(t, "around")
		shown := paging.Window(current, last, around)
		before := 0
		for i, n := range shown {
			if n == 0 {
				if i == 0 || i == len(shown)-1 || shown[i-1] == 0 || shown[i+1]-shown[i-1] <= 2 {
					t.Fatalf("a gap for nothing in %v", shown)
				}
				continue
			}
			if n <= before || i > 0 && shown[i-1] != 0 && n != before+1 {
				t.Fatalf("%d after %d in %v", n, before, shown)
			}
			before = n
		}
		for n := current - around; n <= current+around; n++ {
			if n >= 1 && n <= last && !slices.Contains(shown, n) {
				t.Fatalf("%d is missing in %v", n, shown)
			}
		}
		if shown[0] != 1 || before != last {
			t.Fatalf("%v does not go from 1 to %d", shown, last)
		}
	})
}

func TestTargets(t *testing.T) {
	c := inOrder(paging.Either)
	p := load(t, c, 45, "count=true&tab=x")
	elsewhere := mustParse(t, c, "status=open")
	for _, test := range []struct {
		target paging.Target
		want   string // "" when there is none
	}{
		{paging.First, "/t?count=true&tab=x"},
		{paging.Prev, ""},
		{paging.Last, "/t?before=end&count=true&tab=x"},
		{paging.Number(1), "/t?count=true&tab=x"},
		{paging.Number(3), "/t?count=true&offset=20&tab=x"},
		{paging.Number(5), "/t?count=true&offset=40&tab=x"},
		{paging.Number(6), ""},
		{paging.Number(0), ""},
		{paging.Number(-1), ""},
		{paging.To(elsewhere), "?status=open"},
		{paging.Way(99), ""},
		{nil, ""},
	} {
		o, ok := p.Target(test.target)
		if ok != (test.want != "") || ok && o.URL() != test.want {
			t.Errorf("%v leads to %s (%t), want %q", test.target, o.URL(), ok, test.want)
		}
	}
	uncounted := load(t, c, 45, "")
	for n, want := range map[paging.Number]bool{21: true, 22: false, 1 << 62: false} {
		if _, ok := uncounted.Target(n); ok != want {
			t.Errorf("page %d by 10 with at most 200 rows skipped: %t", n, ok)
		}
	}
	for s, want := range map[string]paging.Target{"first": paging.First, "prev": paging.Prev, "next": paging.Next, "last": paging.Last, "7": paging.Number(7)} {
		if got, ok := paging.ParseTarget(s); !ok || got != want {
			t.Errorf("%q is %v (%t), want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "0", "-1", "seven", "99999999999999999999"} {
		if got, ok := paging.ParseTarget(s); ok {
			t.Errorf("%q is %v", s, got)
		}
	}
}

func TestTotals(t *testing.T) {
	for _, test := range []struct {
		total paging.Total
		text  string
		exact bool
	}{
		{paging.Unknown(), "", false},
		{paging.Exact(0), "0", true},
		{paging.Exact(-1), "0", true},
		{paging.Exact(999), "999", true},
		{paging.Exact(1000), "1,000", true},
		{paging.AtLeast(10_000), "10,000+", false},
		{paging.Estimated(1_234_567), "~1,234,567", false},
	} {
		if test.total.String() != test.text || test.total.IsExact() != test.exact {
			t.Errorf("%q exact %t, want %q", test.total, test.total.IsExact(), test.text)
		}
	}
	c := inOrder(paging.Offset)
	c.CountCap = 30
	if p := load(t, c, 31, "count=true"); p.Total().String() != "30+" || p.LastNumber() != 0 || p.Links().Last != nil {
		t.Errorf("a capped count: %s, last page %d", p.Total(), p.LastNumber())
	}
	if p := load(t, c, 30, "count=true"); p.Total().String() != "30" || p.LastNumber() != 3 {
		t.Errorf("a count up to the cap: %s, last page %d", p.Total(), p.LastNumber())
	}
	c.Count = paging.CountAlways
	if p := load(t, c, 7, "count=false"); p.Total().String() != "7" {
		t.Errorf("a list that is always counted: %q", p.Total())
	}
}

// Rows that come and go between the count and the fetch must not make a page that contradicts itself.
func TestTheTotalAgreesWithThePage(t *testing.T) {
	o := mustParse(t, inOrder(paging.Offset), "offset=10&count=true")
	for _, test := range []struct{ rows, counted, want int }{
		{11, 15, 21}, // has a next page, so at least 21
		{11, 40, 40},
		{5, 40, 15}, // is the last page, so exactly 15
		{5, 12, 15},
		{0, 40, 10}, // past the end
		{0, 7, 7},
	} {
		p, err := paging.NewPage(o, make([]row, test.rows), nil, paging.Exact(int64(test.counted)))
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := p.Total().N(); n != int64(test.want) {
			t.Errorf("%d rows after 10, counted %d: total %d, want %d", test.rows, test.counted, n, test.want)
		}
	}
}

func TestURLsWithoutAPathStayOnThePage(t *testing.T) {
	o, err := inOrder(paging.Offset).Parse(url.Values{"offset": {"10"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := paging.Slice(o, make([]row, 50), ticketColumn, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l := p.Links(); l.Next.URL != "?offset=20" || l.First.URL != "?" {
		t.Errorf("next %q, first %q", l.Next.URL, l.First.URL)
	}
}

func TestNewPageLeavesTheRowsAlone(t *testing.T) {
	o := mustParse(t, inOrder(paging.Keyset), "before=end&limit=2")
	rows := []row{{ID: 9, At: baseTime}, {ID: 8, At: baseTime}, {ID: 7, At: baseTime}}
	p, err := paging.NewPage(o, rows, ticketColumn, paging.Unknown())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ids(p.Items), []int64{8, 9}) || !slices.Equal(ids(rows), []int64{9, 8, 7}) {
		t.Errorf("page %v of rows %v", ids(p.Items), ids(rows))
	}
	p.Items = append(p.Items, row{ID: 1})
	if rows[2].ID != 7 {
		t.Error("appending to the page wrote into the rows")
	}
	if _, err := paging.NewPage(o, rows, nil, paging.Unknown()); err == nil {
		t.Error("a keyset page without a value function")
	}
}

// The zero values are a first page without an order: nothing to page by, and nothing to trip over.
func TestZeroValues(t *testing.T) {
	var o paging.Options
	p, err := paging.Slice(o, make([]row, 30), ticketColumn, nil)
	if err != nil || len(p.Items) != paging.DefaultLimit || p.Links().Next.URL != "?offset=25" || o.Filter("x") != "" {
		t.Errorf("%d rows, links %+v (%v)", len(p.Items), p.Links(), err)
	}
	if _, ok := o.Reorder("x"); ok || o.URL() != "?" || o.Kind() != paging.Offset {
		t.Errorf("the zero Options are %s", o.URL())
	}
	var none paging.Page[row]
	if l := none.Links(); l.Next != nil || l.Prev != nil || l.Number != 1 {
		t.Errorf("the zero Page: %+v", l)
	}
	if again, err := paging.Thaw(none.Options(), none.Items, none.Frame()); err != nil || again.HasNext() {
		t.Errorf("thawed: %v", err)
	}
	if _, ok := o.Refilter("x", "y"); ok {
		t.Error("the zero Options have a filter")
	}
}

// What paging adds to a request: reading its query, making the page and all its links.
func BenchmarkPage(b *testing.B) {
	c := tickets(paging.Either)
	q := url.Values{"offset": {"50"}, "count": {"true"}, "status": {"open"}, "tab": {"x"}}
	b.ReportAllocs()
	for b.Loop() {
		o, err := c.Parse(q, "team:3")
		if err != nil {
			b.Fatal(err)
		}
		p, err := paging.NewPage(o.At("/t"), make([]row, 11), ticketColumn, paging.Exact(200))
		if err != nil {
			b.Fatal(err)
		}
		if len(p.Links().Numbers) == 0 {
			b.Fatal("no links")
		}
	}
}
