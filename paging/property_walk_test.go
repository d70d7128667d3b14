package paging_test

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/paging"
)

// walkNext: properties 1, 2, 5 and 8.
func walkNext(t *rapid.T, e engine) {
	l := drawList(t, e, paging.Keyset)
	p := l.load(t, l.start)
	if p.HasPrev() || p.Number() != 1 {
		t.Fatalf("the first page: HasPrev %t, number %d", p.HasPrev(), p.Number())
	}
	at := 0
	for {
		want := l.sorted[at:min(at+l.limit, len(l.sorted))]
		if !slices.Equal(ids(p.Items), ids(want)) {
			t.Fatalf("%s\nat %d: got %v, want %v", describe(l.start.Sort()), at, ids(p.Items), ids(want))
		}
		at += len(p.Items)
		if p.HasNext() != (at < len(l.sorted)) || p.HasNext() != (p.Links().Next != nil) {
			t.Fatalf("after %d of %d rows HasNext is %t", at, len(l.sorted), p.HasNext())
		}
		if !p.HasNext() {
			return
		}
		next := l.follow(t, p.Links().Next)
		if back := l.follow(t, next.Links().Prev); !slices.Equal(ids(back.Items), ids(p.Items)) {
			t.Fatalf("next and back from %v leads to %v", ids(p.Items), ids(back.Items))
		}
		p = next
	}
}

// walkPrev: property 3.
func walkPrev(t *rapid.T, e engine) {
	l := drawList(t, e, paging.Keyset)
	o, ok := l.load(t, l.start).Target(paging.Last)
	if !ok {
		t.Fatalf("no last page")
	}
	p := l.load(t, o)
	if p.HasNext() {
		t.Fatalf("the last page has a next one")
	}
	end := len(l.sorted)
	for {
		begin := max(end-l.limit, 0)
		if want := l.sorted[begin:end]; !slices.Equal(ids(p.Items), ids(want)) {
			t.Fatalf("%s\nbefore %d: got %v, want %v", describe(l.start.Sort()), end, ids(p.Items), ids(want))
		}
		end = begin
		if p.HasPrev() != (begin > 0) {
			t.Fatalf("with %d rows before, HasPrev is %t", begin, p.HasPrev())
		}
		if !p.HasPrev() {
			return
		}
		prev := l.follow(t, p.Links().Prev)
		if back := l.follow(t, prev.Links().Next); begin > 0 && !slices.Equal(ids(back.Items), ids(p.Items)) {
			t.Fatalf("prev and back from %v leads to %v", ids(p.Items), ids(back.Items))
		}
		p = prev
	}
}

// walkWhileWriting: property 9, in both directions.
func walkWhileWriting(t *rapid.T, e engine) {
	l := drawList(t, e, paging.Keyset)
	stays := map[int64]bool{}
	for _, r := range l.sorted {
		stays[r.ID] = true
	}
	way := rapid.SampledFrom([]paging.Direction{paging.Next, paging.Prev}).Draw(t, "way")
	o := l.start
	if way == paging.Prev {
		o, _ = l.load(t, o).Target(paging.Last)
	}
	seen := map[int64]int{}
	for fresh := int64(500); ; fresh++ {
		p := l.load(t, o)
		for _, r := range p.Items {
			seen[r.ID]++
		}
		var more bool
		if o, more = p.Target(way); !more {
			break
		}
		if fresh > 600 {
			t.Fatalf("%s\nthe walk does not end", describe(l.start.Sort()))
		}
		if fresh < 510 { // writers that never rest would make the walk endless
			e.insert(t, drawRow(fresh, l.zone).Draw(t, "inserted"))
		}
		if len(p.Items) > 0 && rapid.Bool().Draw(t, "delete") {
			victim := rapid.SampledFrom(slices.Concat(p.Items, l.sorted)).Draw(t, "victim").ID
			e.exec(t, "DELETE FROM entries WHERE id = "+e.placeholder(1), victim)
			delete(stays, victim)
		}
	}
	for id := range stays {
		if seen[id] != 1 {
			t.Fatalf("%s\nrow %d was there all the time and appeared %d times", describe(l.start.Sort()), id, seen[id])
		}
	}
	for id, n := range seen {
		if n > 1 {
			t.Fatalf("row %d appeared %d times", id, n)
		}
	}
}

// walkNumbers: properties 5 and 7 for offsets.
func walkNumbers(t *rapid.T, e engine) {
	l := drawList(t, e, rapid.SampledFrom([]paging.Mode{paging.Offset, paging.Either}).Draw(t, "mode"))
	q := l.start.Values()
	q.Set(l.cfg.Prefix+"count", "true")
	first := l.load(t, l.parse(t, q))
	n := len(l.sorted)
	lastPage := max(1, (n+l.limit-1)/l.limit)
	if got, ok := first.Total().N(); !ok || got != int64(n) || first.LastNumber() != lastPage {
		t.Fatalf("total %v of %d, last page %d of %d", first.Total(), n, first.LastNumber(), lastPage)
	}
	capped := l
	capped.cfg.CountCap = 3
	want := fmt.Sprint(n)
	if n > 3 {
		want = "3+"
	}
	if got := capped.load(t, capped.parse(t, q)).Total().String(); got != want {
		t.Fatalf("counted to 3 of %d: %s", n, got)
	}
	for i := 1; i <= lastPage; i++ {
		o, ok := first.Target(paging.Number(i))
		if !ok {
			t.Fatalf("page %d of %d cannot be linked to", i, lastPage)
		}
		p := l.follow(t, &paging.Link{URL: o.URL()})
		want := l.sorted[min((i-1)*l.limit, n):min(i*l.limit, n)]
		if !slices.Equal(ids(p.Items), ids(want)) || p.Number() != i || !p.OnPage(i) || p.HasNext() != (i < lastPage) {
			t.Fatalf("page %d: %v, number %d, HasNext %t; want %v", i, ids(p.Items), p.Number(), p.HasNext(), ids(want))
		}
	}
	for _, beyond := range []int{-1, 0, lastPage + 1} {
		if _, ok := first.Target(paging.Number(beyond)); ok {
			t.Fatalf("page %d of %d can be linked to", beyond, lastPage)
		}
	}
	if last, ok := first.Target(paging.Last); first.Options().Mode() == paging.Offset && (!ok || last.Offset() != (lastPage-1)*l.limit) {
		t.Fatalf("the last page of %d rows by %d begins after %d", n, l.limit, last.Offset())
	}
}
