package paging_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

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

func inOrder(mode paging.Mode) paging.Config {
	c := tickets(mode)
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
	for _, mode := range []paging.Mode{paging.Keyset, paging.Offset} {
		p := load(t, inOrder(mode), 25, "")
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
	for _, mode := range []paging.Mode{paging.Keyset, paging.Offset, paging.Either} {
		c := inOrder(mode)
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
		{paging.Direction(99), ""},
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
