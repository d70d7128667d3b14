package views_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

// turns are controls that a change turns into others, or takes away, and what a press of the first must do.
var turns = []struct{ before, after, want string }{
	{
		`<button hx-post="/close" hx-swap="none">Close</button>`,
		`<button hx-post="/delete" hx-swap="none">Delete</button>`, "POST /close",
	},
	{
		`<button hx-put="/close" hx-swap="none">Close</button>`,
		`<button hx-delete="/all" hx-swap="none">Delete</button>`, "PUT /close",
	},
	{
		`<button id="toggle" hx-patch="/close" hx-swap="none" hx-vals='{"version":1}'>Close</button>`,
		`<button id="toggle" hx-patch="/open" hx-swap="none" hx-vals='{"version":2}'>Open</button>`, "PATCH /close version=1",
	},
	{
		`<button data-do="close"><b>Close</b></button>`,
		`<button data-do="delete"><b>Delete</b></button>`, "GET /close",
	},
	{
		`<div hx-vals='{"of":1}' hx-vals:inherited='{"of":1}'><b><button hx-post="/close" hx-swap="none">Close 1</button></b></div>`,
		`<div hx-vals='{"of":2}' hx-vals:inherited='{"of":2}'><b><button hx-post="/close" hx-swap="none">Close 2</button></b></div>`, "POST /close of=1",
	},
	{
		`<form hx-post="/of-1" hx-swap="none"><button>Save</button></form>`,
		`<form hx-post="/of-2" hx-swap="none"><button>Save</button></form>`, "POST /of-1",
	},
	{
		`<form method="post" action="/of-1"><input type="hidden" name="id" value="1"><button name="do" value="close">Close 1</button></form>`,
		`<form method="post" action="/of-2"><input type="hidden" name="id" value="2"><button name="do" value="delete">Close 2</button></form>`, "POST /of-1 do=close&id=1",
	},
	{
		`<form method="post" id="form"></form><button form="form" formaction="/close">Close</button>`,
		`<form method="post" id="form"></form><button form="form" formaction="/delete">Delete</button>`, "POST /close",
	},
	{`<a href="/to-1">One</a>`, `<a href="/to-2">Two</a>`, "GET /to-1"},
	{
		`<button hx-post="/close" hx-swap="none">Close</button>`,
		`<button hx-post="/pin" hx-swap="none">Pin</button><button hx-post="/close" hx-swap="none">Close it</button>`, "POST /close",
	},
	{`<div hx-post="/row" hx-swap="none"><button name="a">Close</button></div>`, `<div hx-post="/row" hx-swap="none"><button name="b">Delete</button></div>`, ""},
}

// actions is a page with a row, and what it has asked for.
type actions struct {
	*busy

	heard chan struct{} // gets one for what was asked

	mu    sync.Mutex
	asked []string // guarded by mu
}

func openActions(t *testing.T, client views.Client) *actions {
	t.Helper()
	var row strings.Builder
	for n, turn := range turns {
		fmt.Fprintf(&row, `{{if eq .Title "before %d"}}%s{{end}}{{if eq .Title "after %[1]d"}}%[3]s{{end}}`, n, turn.before, turn.after)
	}
	a := &actions{heard: make(chan struct{}, 1)}
	page := rowsPage{around: `<ul id="rows">%s</ul>`, row: `<li id="row-{{.Key}}">` + row.String() + `</li>`, answer: a.note}
	a.busy = page.open(t, client, ticket{Key: "1", Title: ""})
	return a
}

func (a *actions) note(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusNoContent)
	if r.URL.Path == "/rest" {
		return
	}
	_ = r.ParseForm()
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case a.heard <- struct{}{}:
	default:
	}
	a.asked = append(a.asked, strings.TrimSpace(fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.PostForm.Encode())))
}

// did is what the page has asked for since the last time. It waits for that, where there should be something.
func (a *actions) did(something bool) string {
	if something {
		select {
		case <-a.heard:
		case <-time.After(10 * time.Second):
		}
	}
	browsertest.Eval[int](a.page, `new Promise(f => setTimeout(f, 20)).then(() => fetch("/rest")).then(r => r.status)`)
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case <-a.heard:
	default:
	}
	asked := a.asked
	a.asked = nil
	return strings.Join(asked, ", ")
}

// looks is JavaScript that says what is in an element, but for what htmx writes there.
const looks = `(root => [...root.querySelectorAll("*")].map(e => e.localName + [...e.attributes].filter(a => !/^(class|style|data-htmx-powered)$/.test(a.name))
	.map(a => a.name + "=" + a.value).sort()).join() + root.textContent)`

// hand is a way to press.
type hand struct {
	name        string
	press, lift func()
}

const pressed = "#row-1 :is(button, a)"

// turn presses the control of a turn, changes it and lifts the hand.
func (a *actions) turn(t *testing.T, n int, h hand) {
	t.Helper()
	turn, name := turns[n], fmt.Sprint(n, " by ", h.name)
	a.show(t, "before "+name, ticket{Key: "1", Title: fmt.Sprint("before ", n)})
	a.page.WaitFor("a mark", `document.querySelector("`+pressed+`").marked = true`)
	h.press()
	a.show(t, "after "+name, ticket{Key: "1", Title: fmt.Sprint("after ", n)})
	h.lift()
	if did := a.did(turn.want != ""); did != turn.want {
		t.Errorf("%s: pressing %s did %q, not %q", name, turn.before, did, turn.want)
	}
	a.page.WaitFor(name+": what it is now", fmt.Sprintf(
		`%s(document.querySelector("#row-1")) === %[1]s(new DOMParser().parseFromString(%q, "text/html").body)`, looks, turn.after))
	if strings.Count(turn.after, "<button") == 2 {
		a.eval(t, name+": the same button", `document.querySelector("#row-1 button + button").marked`)
	}
}

// A press does what was pressed, or nothing, also when a change turns the control into another one meanwhile; then the control
// becomes that. So does a key that is held down.
func TestAPressDoesWhatWasPressed(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		a := openActions(t, client)
		a.do(t, `document.addEventListener("click", e => { const name = e.target.closest("[data-do]")?.dataset.do; name && fetch("/" + name) })`)
		// The finger comes last: Chromium takes a control that was tapped for one that is not pressed any more after a moment, by space, too.
		hands := []hand{
			{"mouse", func() { a.page.MouseDown(pressed) }, a.page.MouseUp},
			{"space", func() { a.page.Focus(pressed); a.page.KeyDown(' ') }, func() { a.page.KeyDown(' '); a.page.KeyUp(' ') }},
			{"enter", func() { a.page.Focus(pressed); a.page.KeyDown('\r') }, func() { a.page.KeyDown('\r'); a.page.KeyUp('\r') }},
			{"finger", func() { a.page.TouchDown(pressed) }, a.page.TouchUp},
		}
		for n, turn := range turns {
			for _, hand := range hands {
				if hand.name == "space" && strings.HasPrefix(turn.before, "<a") || hand.name == "enter" && turn.want == "" {
					continue // it does nothing; it is done when the change comes
				}
				a.turn(t, n, hand)
			}
		}
	})
}

// A press whose end the page does not hear of holds nothing back: the other buttons of a mouse, and a window that another one covers.
func TestAPressThatEndsElsewhereHoldsNothing(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		a := openActions(t, client)
		for name, press := range map[string]string{
			"the right button": `new PointerEvent("pointerdown", { bubbles: true, button: 2 })`,
			"another window":   `new PointerEvent("pointerdown", { bubbles: true })), dispatchEvent(new Event("blur")`,
		} {
			a.show(t, "before "+name, ticket{Key: "1", Title: "before 0"})
			a.do(t, fmt.Sprintf(`document.querySelector(%q).dispatchEvent(%s)`, pressed, press))
			a.show(t, "after "+name, ticket{Key: "1", Title: "after 0"})
			a.page.WaitFor(name+": what it is now", `document.querySelector("#row-1 button").getAttribute("hx-post") === "/delete"`)
		}
	})
}
