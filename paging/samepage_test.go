package paging_test

import (
	"net/url"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

func TestSamePage(t *testing.T) {
	cfg := paging.MustConfig(paging.Config{
		Mode: paging.Offset, Limit: 10, Filters: []string{"status"},
		Sorts: []paging.Sort{{Name: "id", Keys: []paging.Key{{Column: "id"}}}},
	})
	parse := func(query, scope string) paging.Options {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		o, err := cfg.Parse(q, scope)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	first := parse("", "").At("/tickets")
	for query, want := range map[string]bool{
		"": true, "tab=x": true, "limit=10": true, "offset=0": true,
		"offset=10": false, "limit=5": false, "status=open": false, "sort=-id": false,
	} {
		if got := first.SamePage(parse(query, "team:3")); got != want {
			t.Errorf("?%s: %t, want %t", query, got, want)
		}
	}
}
