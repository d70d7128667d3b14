package paging_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/paging"
)

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
