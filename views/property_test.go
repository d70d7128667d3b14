package views_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/internal/htmldom"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// Whatever a list was and becomes: applying the patch gives what rendering the new list gives, however a client looks
// its targets up, and touches no more rows than it must.
func TestPatchGivesWhatRenderingGives(t *testing.T) {
	for _, k := range kinds() {
		f := k.fragment()
		t.Run(k.name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				was := drawRows(r, nil, "was")
				now := drawRows(r, was, "now")
				old, rendered := renderAny(t, f, assigns(list{rows: was})), renderAny(t, f, assigns(list{rows: now}))
				for _, when := range []htmldom.Lookup{htmldom.InTurn, htmldom.Before} {
					checkPatch(t, k, f, old, rendered, when)
				}
				checkCompact(t, f, old, rendered)
				checkWhole(t, k, f, old, rendered)
			})
		})
	}
}

func checkPatch(t *testing.T, k kind, f fragment.Fragment, old, rendered []byte, when htmldom.Lookup) {
	t.Helper()
	page, want := parse(t, k.page(f.Inline(old))), parse(t, k.page(f.Inline(rendered)))
	untouched := identities(page, want, k)
	patch := f.Patch(old, rendered)
	if bytes.Equal(old, rendered) != (len(patch) == 0) {
		t.Fatalf("equal bytes are %t, the patch is %q", bytes.Equal(old, rendered), patch)
	}
	swaps := page.apply(t, patch, when)
	if got, want := page.HTML(), want.HTML(); got != want {
		t.Fatalf("after %s the page is\n%s\nwant\n%s", patch, got, want)
	}
	seen := map[string]bool{}
	for _, s := range swaps {
		if s.Style == "innerHTML" {
			if longestCommon(untouched) > 0 {
				t.Fatalf("%s sets the whole although rows stay", patch)
			}
			return
		}
		for _, id := range s.IDs {
			if s.Style != "outerHTML" && s.Style != "delete" {
				continue
			}
			if seen[id] {
				t.Fatalf("%s addresses #%s twice", patch, id)
			}
			seen[id] = true
		}
	}
	if survivors := surviving(page, untouched, k); survivors < longestCommon(untouched) {
		t.Fatalf("%s leaves %d rows alone, it could %d", patch, survivors, longestCommon(untouched))
	}
}

// elementRows are the elements in the container.
func elementRows(d dom, k kind) (rows []*html.Node) {
	for n := range d.ByID(k.container())[0].ChildNodes() {
		if n.Type == html.ElementNode && htmldom.Attr(n, "id") != "" {
			rows = append(rows, n)
		}
	}
	return rows
}

// shared is a row of the new page that the old one had: where it stood, and its node when it looks the same.
type shared struct {
	position int
	node     *html.Node
}

func identities(old, now dom, k kind) (both []shared) {
	was := elementRows(old, k)
	for _, n := range elementRows(now, k) {
		for i, o := range was {
			if htmldom.Attr(o, "id") != htmldom.Attr(n, "id") {
				continue
			}
			s := shared{position: i}
			if look(o) == look(n) {
				s.node = o
			}
			both = append(both, s)
		}
	}
	return both
}

func look(n *html.Node) string {
	var b strings.Builder
	if err := html.Render(&b, n); err != nil {
		panic(err)
	}
	return b.String()
}

// surviving counts the elements of rows that both pages have, however they look, which the patch left where they are or
// replaced in place: everything but removals and moves.
func surviving(page dom, both []shared, k kind) int {
	alive := map[*html.Node]bool{}
	for _, n := range elementRows(page, k) {
		alive[n] = true
	}
	changed := 0
	count := 0
	for _, s := range both {
		if s.node == nil {
			changed++
		} else if alive[s.node] {
			count++
		}
	}
	return count + changed
}

// longestCommon is the length of the longest sequence of rows in the same order, by the textbook's quadratic rule.
func longestCommon(both []shared) int {
	best := make([]int, len(both))
	for i := range both {
		best[i] = 1
		for j := range i {
			if both[j].position < both[i].position {
				best[i] = max(best[i], best[j]+1)
			}
		}
	}
	if len(best) == 0 {
		return 0
	}
	return slices.Max(best)
}

// checkCompact makes sure that a compact old version leads to the same patch.
func checkCompact(t *testing.T, f fragment.Fragment, old, rendered []byte) {
	t.Helper()
	compact := f.(fragment.Compacter).Compact(old)
	if got, want := f.Patch(compact, rendered), f.Patch(old, rendered); !bytes.Equal(got, want) {
		t.Fatalf("patch from the compact version is %q, from the whole %q", got, want)
	}
}

// checkWhole makes sure that sending everything gives what rendering gives.
func checkWhole(t *testing.T, k kind, f fragment.Fragment, old, rendered []byte) {
	t.Helper()
	whole := f.Patch(nil, rendered)
	page := parse(t, k.page(f.Inline(old)))
	page.apply(t, whole, htmldom.Before)
	if got, want := page.HTML(), parse(t, k.page(f.Inline(rendered))).HTML(); got != want {
		t.Fatalf("after the whole %q the page is\n%s\nwant\n%s", whole, got, want)
	}
}

// A one-row change in a list of fifty costs at most half as much again as the row.
func TestOneRowChangeIsCheap(t *testing.T) {
	const title = "The printer on the third floor prints every second page upside down"
	tmpl := templates(t, `{{define "row"}}<tr id="ticket-{{.Key}}" data-id="{{.Key}}"><td class="title"><a href="/tickets/{{.Key}}">{{.Title}}</a></td></tr>{{end}}`)
	f := views.New(views.Rows{ID: "tickets", Prefix: "ticket-", Row: views.Named(tmpl, "row")})
	rows := make([]ticket, 50)
	for i := range rows {
		rows[i] = ticket{Key: fmt.Sprint(1000 + i), Title: title}
	}
	old := render(t, f, assigns(list{rows: rows}))
	changed := slices.Clone(rows)
	changed[17].Title = "Solved: " + title
	row := len(f.Inline(render(t, f, assigns(list{rows: changed[17:18]}))))
	if patch := f.Patch(old, render(t, f, assigns(list{rows: changed}))); 2*len(patch) > 3*row {
		t.Errorf("a row of %d bytes costs %d: %s", row, len(patch), patch)
	}
	moved := slices.Clone(rows)
	moved = append(moved[:40], moved[41:]...)
	moved = append([]ticket{rows[40]}, moved...)
	row = len(f.Inline(render(t, f, assigns(list{rows: moved[:1]}))))
	if patch := f.Patch(old, render(t, f, assigns(list{rows: moved}))); len(patch) > 2*row {
		t.Errorf("moving a row of %d bytes costs %d: %s", row, len(patch), patch)
	}
}
