package paging_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// A page leads to no page of another list, or of what others may see.
func TestToLeadsToPagesOfTheSameList(t *testing.T) {
	config := func(prefix string) paging.Config {
		return paging.MustConfig(paging.Config{Mode: paging.Offset, Prefix: prefix, Sorts: []paging.Sort{{Name: "id", Keys: []paging.Key{{Column: "id"}}}}})
	}
	parse := func(prefix, query, scope string) paging.Options {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		o, err := config(prefix).Parse(q, scope)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	page, err := paging.NewPage(parse("", "", "team:1"), []int{1}, func(id int, _ string) any { return id }, paging.Unknown())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		to   paging.Options
		want bool
	}{
		"another page":      {parse("", "offset=50", "team:1"), true},
		"another scope":     {parse("", "offset=50", "team:2"), false},
		"another list":      {parse("other.", "other.offset=50", "team:1"), false},
		"the zero Options":  {paging.Options{}, false},
		"the rows of a key": {parse("", "", "team:1").Restrict([]any{1}), false},
	} {
		if text := fmt.Sprint(paging.To(c.to)); text != c.to.URL() {
			t.Errorf("%s is called %s", name, text)
		}
		if _, got := page.Target(paging.To(c.to)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
