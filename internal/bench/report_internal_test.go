package main

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheReportReplacesItselfAndNothingElse(t *testing.T) {
	doc := insert("# Benchmarks\n\nBy hand.\n", "first")
	doc = insert(doc+"\n## paging\n\nAlso by hand.\n", "second")
	if strings.Contains(doc, "first") || strings.Count(doc, "second") != 1 {
		t.Errorf("not replaced: %q", doc)
	}
	for _, want := range []string{"By hand.", "## one change, many pages", "## paging", "Also by hand."} {
		if strings.Count(doc, want) != 1 {
			t.Errorf("%q is not there once: %q", want, doc)
		}
	}
}

func TestSpread(t *testing.T) {
	identity := func(v float64) float64 { return v }
	for _, c := range []struct {
		runs []float64
		want Spread
	}{
		{nil, Spread{}},
		{[]float64{3}, Spread{3, 3, 3}},
		{[]float64{9, 1, 4}, Spread{4, 1, 9}},
		{[]float64{8, 2, 4, 1}, Spread{3, 1, 8}},
	} {
		if got := spreadOf(c.runs, identity); got != c.want {
			t.Errorf("spread of %v is %v, want %v", c.runs, got, c.want)
		}
	}
	if got := quantile([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 0.99); got != 9 {
		t.Errorf("p99 of ten is %d", got)
	}
}

func TestAScheduleDoesNotWaitForWhoIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now().Add(time.Second)
		var began []time.Duration
		err := Schedule{Start: start, Interval: time.Second, First: 1, Count: 4}.run(func(seq int) error {
			began = append(began, time.Since(start))
			if seq == 1 {
				time.Sleep(2500 * time.Millisecond)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		late := 2500 * time.Millisecond
		if want := []time.Duration{0, late, late, 3 * time.Second}; !slices.Equal(began, want) {
			t.Errorf("published at %v, want %v", began, want)
		}
	})
}

func TestAProfileIsAttributedToTheInnermostOwner(t *testing.T) {
	const out = `File: bench
Type: inuse_space
-----------+-------------------------------------------------------
     bytes:  4kB
   4096B   bufio.NewReaderSize (inline)
             net/http.newBufioReader
             net/http.(*conn).serve
-----------+-------------------------------------------------------
   100B   runtime.makechan
             github.com/htmxlive/htmxlive/live.rowsOf[go.shape.struct { ID int64 }].split
             net/http.(*conn).serve
-----------+-------------------------------------------------------
     7B   nobody.knows
-----------+-------------------------------------------------------
`
	got := map[string]float64{}
	for value, stack := range traces([]byte(out)) {
		got[whatOf(stack, heapRules())] += value
	}
	if len(got) != 3 || got[noted] != 7 || got["live: socket, query, what it listens to"] != 100 {
		t.Errorf("%v", got)
	}
}
