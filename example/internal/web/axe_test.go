package web_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/internal/nodemodules"
)

// A screen is what a page is looked at on.
type screen struct {
	name          string
	width, height int
	dark          bool
}

func screens() []screen {
	return []screen{
		{"small-phone", 320, 640, false},
		{"phone-light", 390, 844, false},
		{"phone-dark", 390, 844, true},
		{"desktop-light", 1280, 800, false},
		{"desktop-dark", 1280, 800, true},
	}
}

// An examiner looks at pages with axe-core on every screen. With -artifacts it keeps a picture of each.
type examiner struct {
	t     *testing.T
	axe   string // the script
	files string // the folder of the pictures; "" keeps none
}

func newExaminer(t *testing.T) *examiner {
	t.Helper()
	dir, err := nodemodules.Dir()
	if err != nil {
		t.Fatal(err)
	}
	axe, err := os.ReadFile(filepath.Join(dir, "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is not installed, run `make deps`: %v", err)
	}
	e := &examiner{t: t, axe: string(axe) + "; true"}
	if keep := flag.Lookup("test.artifacts"); keep != nil && keep.Value.String() == "true" {
		e.files = t.ArtifactDir()
	}
	return e
}

// examine fails the test for everything that axe-core finds, best practices included, and for a page that is wider than
// its screen.
func (e *examiner) examine(name string, p *browsertest.Page) {
	e.t.Helper()
	if !browsertest.Eval[bool](p, `"axe" in window`) {
		browsertest.Eval[bool](p, e.axe) // by the protocol, which the page's Content-Security-Policy does not concern
	}
	found := map[string][]string{} // the screens of each sentence
	for _, s := range screens() {
		p.Screen(s.width, s.height, s.dark)
		p.WaitFor("the screen", fmt.Sprintf(`innerWidth >= %d && matchMedia("(prefers-color-scheme: dark)").matches === %t`, s.width, s.dark))
		for _, v := range browsertest.Eval[[]string](p, violations) {
			found[v] = append(found[v], s.name)
		}
		if width := browsertest.Eval[int](p, `document.documentElement.scrollWidth`); width > s.width {
			e.t.Errorf("%s on %s: the page is %d pixels wide, and its screen %d", name, s.name, width, s.width)
		}
		if e.files != "" {
			all := browsertest.Eval[int](p, `document.documentElement.scrollHeight`)
			p.Screenshot(filepath.Join(e.files, name+"-"+s.name+".png"), s.width, min(max(all, s.height), 2*s.height), s.dark)
		}
	}
	for v, screens := range found {
		e.t.Errorf("%s on %s: %s", name, strings.Join(screens, ", "), v)
	}
}

// violations are the sentences of axe-core about a page.
const violations = `axe.run({resultTypes: ["violations"]}).then(r => r.violations.flatMap(v => v.nodes.map(
	n => v.impact + " " + v.id + ": " + n.html.slice(0, 160) + " " + n.failureSummary.replace(/\s+/g, " "))))`

// somethingHappens gives the chart and the conversations of the first tickets something to show.
func (d *desk) somethingHappens(t *testing.T) {
	t.Helper()
	for i := range 12 {
		id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: fmt.Sprintf("The door squeaks in room %d", i), Priority: "high"}))
		if err := d.db.AddComment(t.Context(), d.ann, id, "Somebody with oil is on the way."); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryPageIsAccessible(t *testing.T) {
	d := open(t, 80)
	d.somethingHappens(t)
	e := newExaminer(t)
	e.examine("login", browser.Person(t).Open(d.URL+"/login"))
	boss := d.enter(t, d.boss, "/tickets")
	for _, page := range []struct{ name, path string }{
		{"tickets", "/tickets"},
		{"tickets-filtered", "/tickets?status=open&sort=priority"},
		{"tickets-empty", "/tickets?q=nothing+like+it"},
		{"ticket", "/tickets/92"},
		{"archive-first", "/archive"},
		{"archive-middle", "/archive?offset=25"},
		{"archive-past", "/archive?offset=1000"},
		{"dashboard", "/dashboard"},
		{"system", "/system"},
		{"inspector", "/debug/live"},
		{"inspector-page", "/debug/live?page=/debug/live"},
	} {
		boss.Navigate(d.URL + page.path)
		boss.WaitFor("the connection", `document.getElementById("live-status").dataset.state === "live"`)
		e.examine(page.name, boss)
	}
}

func TestEveryErrorIsAccessible(t *testing.T) {
	d := open(t, 10)
	e := newExaminer(t)
	p := d.enter(t, d.ann, "/tickets")
	p.AllowConsole("404", "403", "400", "422")
	for _, page := range []struct{ name, path string }{{"not-found", "/nothing"}, {"forbidden", "/debug/live"}, {"bad-address", "/tickets?limit=-5"}} {
		p.Navigate(d.URL + page.path)
		e.examine(page.name, p)
	}
	p.Navigate(d.URL + "/tickets")
	browsertest.Eval[any](p, `document.getElementById("ticket-form").submit()`) // as without JavaScript
	p.WaitFor("the form on a page of its own", `document.querySelector("h1").textContent === "New ticket"`)
	e.examine("form-page", p)
}

// holdState makes the page say that it is in that state, whatever the script finds out.
const holdState = `{
	const status = document.getElementById("live-status"), hold = () => status.dataset.state === %q || (status.dataset.state = %[1]q);
	window.held?.disconnect();
	window.held = new MutationObserver(hold);
	held.observe(status, { attributeFilter: ["data-state"] });
	hold();
}`

// What a page shows now and then: an answer, a form that needs another look, rows that came and went, a status.
func TestEveryStateIsAccessible(t *testing.T) {
	d := open(t, 80)
	e := newExaminer(t)
	p := d.enter(t, d.boss, "/tickets?results=hold")
	p.AllowConsole("422")
	p.Click("#new-ticket summary")
	p.Type("#ticket-form [name=body]", "It squeaks.")
	browsertest.Eval[any](p, `document.getElementById("ticket-form").noValidate = true`)
	p.Click("#ticket-form button")
	p.WaitFor("a sentence at the title", `document.querySelector("#ticket-form .wrong")`)
	e.examine("form", p)

	p.Click("#new-ticket summary")
	if err := d.db.DeleteTicket(t.Context(), d.boss, 79); err != nil {
		t.Fatal(err)
	}
	must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "The door squeaks"}))
	p.WaitFor("a row that is gone and the pill", `document.querySelector("#ticket-79.gone") && !document.getElementById("tickets-new").hidden`)
	e.examine("rows", p)

	for _, state := range []string{"connecting", "reconnecting", "offline", "waiting"} {
		browsertest.Eval[any](p, fmt.Sprintf(holdState, state))
		e.examine(state, p)
		if got := browsertest.Eval[string](p, `document.getElementById("live-status").innerText`); !strings.HasPrefix(strings.ToLower(got), state) {
			t.Errorf("examined was %q, not %s", got, state)
		}
		p.Screen(320, 640, false)
		p.WaitFor("the screen", `innerWidth === 320`)
		if right := browsertest.Eval[float64](p, `document.querySelector(".who").getBoundingClientRect().right`); right > 304.5 {
			t.Errorf("%s: the account ends at %.1f of a screen of 320 pixels", state, right)
		}
	}
	browsertest.Eval[any](p, fmt.Sprintf(holdState, "live"))
	for name, bad := range map[string]bool{"notice": false, "notice-bad": true} {
		browsertest.Eval[any](p, fmt.Sprintf(`{
			const text = document.createElement("p");
			text.textContent = "Ticket 81 is created.";
			if (%t) { text.className = "bad"; text.role = "alert" }
			document.getElementById("notice").replaceChildren(text);
		}`, bad))
		e.examine(name, p)
	}

	p.Click(".who summary")
	e.examine("account", p)
	p.Navigate(d.URL + "/tickets/80")
	p.Click("#edit summary")
	p.Click("#delete summary")
	e.examine("edit", p)
	p.Click("#delete summary")
	p.Type("#edit-form [name=title]", " in room 7")
	p.Select("#edit-form [name=status]", "closed")
	if err := d.db.UpdateTicket(t.Context(), d.boss, 80, store.Edit{Title: new("Please deliver next door"), Status: new("pending")}); err != nil {
		t.Fatal(err)
	}
	p.WaitFor("what is saved now", `document.querySelectorAll("#edit-form .theirs").length === 2`)
	e.examine("conflict", p)
}
