package main

import (
	"slices"
	"testing"
)

func TestParseProfile(t *testing.T) {
	got, err := parseProfile("mode: atomic\nexample.org/m/a/a.go:3.12,5.2 1 4\nexample.org/m/b.go:7.1,7.3 0 0\n")
	want := []block{{"example.org/m/a/a.go", 3, 12, true}, {"example.org/m/b.go", 7, 1, false}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("parsed %v, %v; want %v", got, err, want)
	}
	for _, bad := range []string{"", "mode: set\nnothing", "a.go:1.2,3.4", "a.go:1.2 3.4 1 1", "a.go:1.2,3.4 1 -1"} {
		if got, err := parseProfile(bad); err == nil {
			t.Errorf("parsed %q as %v", bad, got)
		}
	}
}

func TestLayerOf(t *testing.T) {
	layers := [][]string{{"hub"}, {"query"}, {"query_rows", "cohort"}}
	for file, want := range map[string]int{
		"hub.go": 0, "hub_topics.go": 0, "query.go": 1, "query_plan.go": 1, "query_rows.go": 2, "query_rows_pool.go": 2,
		"hubbub.go": -1, "keeper.go": -1,
	} {
		if got := layerOf(layers, file); got != want {
			t.Errorf("%s is in layer %d, want %d", file, got, want)
		}
	}
	if !upward(layers, arrow{"hub.go", "query.go"}) || upward(layers, arrow{"query.go", "hub.go"}) || upward(layers, arrow{"query.go", "query_plan.go"}) {
		t.Error("an arrow runs upward that does not, or the other way round")
	}
}
