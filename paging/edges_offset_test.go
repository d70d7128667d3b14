package paging_test

import (
	"slices"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// The rows 4 to 6 of six, by four: the page begins on page 1 and ends with the rows of page 2, which is the last.
func TestAnOffsetBetweenTwoPagesEndsOnTheLaterOne(t *testing.T) {
	for _, mode := range []paging.Mode{paging.Offset, paging.Either} {
		c := inOrder(mode)
		p := load(t, c, 6, "limit=4&offset=3")
		if l := p.Links(); l.Number != 1 || l.LastNumber != 2 || len(l.Numbers) != 2 || l.Numbers[1].URL != "/t?limit=4&offset=4" {
			t.Errorf("page %d of %d, numbers %+v", l.Number, l.LastNumber, l.Numbers)
		}
		last, ok := p.Target(paging.Last)
		if got := ids(load(t, c, 6, last.Values().Encode()).Items); !ok || !slices.Equal(got, []int64{4, 5}) {
			t.Errorf("the last page has %v", got)
		}
	}
}

// A list of the mode Either has its last page by keyset where no number leads there: uncounted, or deeper than MaxOffset.
func TestEitherLeadsToItsEndFromEveryPage(t *testing.T) {
	c := inOrder(paging.Either)
	c.MaxOffset = 20
	for _, query := range []string{"offset=10", "count=true&offset=10", "offset=20", "count=true&offset=20"} {
		l := load(t, c, 45, query).Links()
		if l.Last == nil {
			t.Errorf("%s has no last page", query)
			continue
		}
		if got := ids(load(t, c, 45, queryOf(t, l.Last)).Items); len(got) != 10 || got[9] != 44 {
			t.Errorf("%s leads to %v as the last page", query, got)
		}
	}
	if l := load(t, c, 25, "count=true&offset=10").Links(); l.Last == nil || l.Last.Number != 3 || l.Last.URL != "/t?count=true&offset=20" {
		t.Errorf("where a number leads there, the last page is %+v", l.Last)
	}
	c = inOrder(paging.Offset)
	if l := load(t, c, 45, "offset=10").Links(); l.Last != nil {
		t.Errorf("a list by offset that is not counted has a last page: %+v", l.Last)
	}
}
