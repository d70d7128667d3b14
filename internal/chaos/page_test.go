//go:build unix

package main

import (
	"testing"

	"github.com/htmxlive/htmxlive/internal/deskpage"
	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// TestAWrongPageIsSeen: what differs from a fresh load is found, and what may differ is not.
func TestAWrongPageIsSeen(t *testing.T) {
	fragment := deskpage.Place{Path: "/a", Fragments: []string{"a"}}
	kept := deskpage.Place{Path: "/b?results=keep", Rows: "rows"}
	held := deskpage.Place{Path: "/b?results=hold", Rows: "rows"}
	rows := func(rows, pill string) string {
		return `<ul id="rows">` + rows + `</ul><p id="tickets-new">` + pill + `</p>`
	}
	for name, c := range map[string]struct {
		at          deskpage.Place
		shown, want string
		wrong       bool
	}{
		"equal":              {fragment, `<p id="a">1</p>`, `<p id="a">1</p><p id="b">else</p>`, false},
		"another text":       {fragment, `<p id="a">1</p>`, `<p id="a">2</p>`, true},
		"missing":            {fragment, ``, `<p id="a">2</p>`, true},
		"a row more":         {kept, rows(`<li id="r1">1</li>`, ""), rows(`<li id="r1">1</li><li id="r2">2</li>`, ""), false},
		"a row gone":         {kept, rows(`<li id="r1">1</li>`, ""), rows(``, ""), false},
		"a stale row":        {kept, rows(`<li id="r1">1</li>`, ""), rows(`<li id="r1">2</li>`, ""), true},
		"a row not counted":  {held, rows(`<li id="r1">1</li>`, ""), rows(`<li id="r1">1</li><li id="r2">2</li>`, ""), true},
		"a row counted":      {held, rows(`<li id="r1">1</li>`, "1 new"), rows(`<li id="r1">1</li><li id="r2">2</li>`, ""), false},
		"counted in vain":    {held, rows(`<li id="r1">1</li>`, "1 new"), rows(`<li id="r1">1</li>`, ""), true},
		"counted wrongly":    {held, rows(``, "1 new"), rows(`<li id="r1">1</li><li id="r2">2</li>`, ""), true},
		"eleven is not one":  {held, rows(``, "11 new"), rows(`<li id="r1">1</li>`, ""), true},
		"gone and not heard": {held, rows(`<li id="r1">1</li>`, ""), rows(``, ""), true},
	} {
		p := &page{place: c.at, loaded: make(chan struct{})}
		if err := p.show(c.shown); err != nil {
			t.Fatal(err)
		}
		fresh, err := htmldom.Parse(c.want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := p.compare(fresh); (diff != "") != c.wrong {
			t.Errorf("%s: %q, want wrong: %v", name, diff, c.wrong)
		}
	}
}

// TestAMessageThatCannotBeApplied is a fault of the page, whatever it shows afterwards.
func TestAMessageThatCannotBeApplied(t *testing.T) {
	p := &page{place: deskpage.Place{Path: "/a", Fragments: []string{"a"}}, loaded: make(chan struct{})}
	if err := p.show(`<p id="a">1</p>`); err != nil {
		t.Fatal(err)
	}
	p.receive(p.version, "1", `<p id="b" hx-swap-oob="true">2</p>`)
	fresh, err := htmldom.Parse(`<p id="a">1</p>`)
	if err != nil {
		t.Fatal(err)
	}
	if p.compare(fresh) == "" {
		t.Error("a swap without a target went unnoticed")
	}
}
