package paging_test

import (
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

func TestTwoListsShareOneURL(t *testing.T) {
	a, b := tickets(paging.Offset), tickets(paging.Offset)
	a.Prefix, b.Prefix = "a.", "b."
	q := values(t, "a.offset=20&b.offset=40&b.status=open&a.sort=created")
	oa, err := a.Parse(q, "")
	if err != nil {
		t.Fatal(err)
	}
	ob, err := b.Parse(q, "")
	if err != nil {
		t.Fatal(err)
	}
	if oa.Offset() != 20 || ob.Offset() != 40 || oa.Filter("status") != "" || ob.Filter("status") != "open" {
		t.Errorf("offsets %d and %d, filters %q and %q", oa.Offset(), ob.Offset(), oa.Filter("status"), ob.Filter("status"))
	}
	p, err := paging.Slice(oa.At("/both"), make([]row, 100), ticketColumn, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Links().Next.URL, "/both?a.offset=30&a.sort=created&b.offset=40&b.status=open"; got != want {
		t.Errorf("next is %s, want %s", got, want)
	}
	if got, want := p.Links().First.URL, "/both?a.sort=created&b.offset=40&b.status=open"; got != want {
		t.Errorf("first is %s, want %s", got, want)
	}
}

// Two Options may share a fetch only if nothing that could make a difference differs.
func TestIDTellsPagesApart(t *testing.T) {
	c := tickets(paging.Either)
	cur := cursor(t, c, "")
	seen := map[string]string{}
	add := func(what string, o paging.Options) {
		if other, twice := seen[o.ID()]; twice {
			t.Errorf("%s has the ID of %s: %s", what, other, o.ID())
		}
		seen[o.ID()] = what
	}
	for _, query := range []string{
		"", "limit=9", "sort=created", "sort=priority", "status=open", "status=open&status=new", "q=open", "tab=1", "count=true",
		"offset=10", "after=" + cur, "before=" + cur, "before=end", "tab=1%26limit%3D9", "x=|keys",
	} {
		add(query, mustParse(t, c, query))
	}
	other, err := c.Parse(nil, "team:4")
	if err != nil {
		t.Fatal(err)
	}
	add("another scope", other)
	o := mustParse(t, c, "")
	add("another path", o.At("/x"))
	add("no keys", o.Restrict(nil))
	add("one key", o.Restrict([]any{int64(1)}))
	add("the key as text", o.Restrict([]any{"1"}))
	add("two keys", o.Restrict([]any{int64(1), int64(2)}))
	type pair struct{ A, B string }
	add("a key of two columns", o.Restrict([]any{pair{"a b", "c"}}))
	add("one that prints alike", o.Restrict([]any{pair{"a", "b c"}}))
	add("another scope, restricted", other.Restrict([]any{int64(1)}))
	if a, b := mustParse(t, c, "after="+cur).Restrict([]any{1}).ID(), o.Restrict([]any{1}).ID(); a != b {
		t.Errorf("restricted pages of one list do not share: %s and %s", a, b)
	}
}

func TestReorderAndRefilterBeginAtTheFirstPage(t *testing.T) {
	c := tickets(paging.Either)
	o := mustParse(t, c, "tab=1&status=open&after="+cursor(t, c, "status=open")).At("/t")
	if r, ok := o.WithSort("-priority"); !ok || r.URL() != "/t?sort=-priority&status=open&tab=1" || r.Order() != "-priority" {
		t.Errorf("WithSort: %t %s", ok, r.URL())
	}
	if r, ok := o.WithFilter("status", "new", "", "old"); !ok || r.URL() != "/t?status=new&status=old&tab=1" {
		t.Errorf("WithFilter: %t %s", ok, r.URL())
	}
	if r, ok := o.WithFilter("status"); !ok || r.URL() != "/t?tab=1" {
		t.Errorf("WithFilter without values: %t %s", ok, r.URL())
	}
	if _, ok := o.WithSort("secret"); ok {
		t.Error("WithSort takes an unknown order")
	}
	if _, ok := o.WithFilter("tab"); ok {
		t.Error("WithFilter takes a parameter that is not a filter")
	}
	if o.Filter("status") != "open" {
		t.Error("WithFilter changed the Options it was called on")
	}
}
