package views_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// busy is a page with a table whose rows have all that a person may be doing in one, and how often it was posted to.
type busy struct {
	*site

	page  *browsertest.Page
	rows  fragment.Fragment
	shown []byte
	posts atomic.Int64
}

const busyRow = `<tr id="row-{{.Key}}" class="{{.Title}}"><td>{{.Title}}<input name="note" value="{{.Title}}"></td>` +
	`<td><button hx-post="/hit" hx-swap="none"><b>{{.Title}}</b></button></td>` +
	`<td><select name="state"><option>open<option>closed</select>` +
	`<details><summary>more</summary>{{.Title}}</details><dialog>{{.Title}}</dialog></td></tr>`

func openBusy(t *testing.T, client views.Client, rows ...ticket) *busy {
	t.Helper()
	return rowsPage{around: `<table><tbody id="rows">%s</tbody></table>`, row: busyRow}.open(t, client, rows...)
}

// rowsPage is a page with rows in an element around them.
type rowsPage struct {
	around, row string
	bare        bool             // without the script
	answer      http.HandlerFunc // what is not at /; nil: posts are counted
}

// tellsArrival is a script of a page by which the variable arriving is true while the task lasts in which a message arrived.
const tellsArrival = `<script nonce="n0nce">
	let arriving = false
	const arrives = () => { arriving = true; setTimeout(() => { arriving = false }) }, Source = EventSource
	EventSource = class extends Source { constructor(...a) { super(...a); this.addEventListener("message", arrives) } }
	document.addEventListener("htmx:sse:before:message", arrives)
</script>`

func (p rowsPage) open(t *testing.T, client views.Client, rows ...ticket) *busy {
	t.Helper()
	b := &busy{}
	b.rows = views.New(views.Rows{ID: "rows", Prefix: "row-", Row: views.Named(templates(t, `{{define "row"}}`+p.row+`{{end}}`), "row")})
	b.shown = render(t, b.rows, assigns(list{rows: rows}))
	b.site = newSite(t, client, func(w http.ResponseWriter, r *http.Request) {
		if p.answer != nil && r.URL.Path != "/" {
			p.answer(w, r)
			return
		}
		if r.Method == http.MethodPost {
			b.posts.Add(1)
			return
		}
		head := b.head()
		if p.bare {
			head = b.headWith(views.Scripts{Bare: true})
		}
		fmt.Fprintf(w, `%s<output id="marker"></output>%s%s`,
			head+tellsArrival, fmt.Sprintf(p.around, b.rows.Inline(b.shown)), client.Connect("live", "/stream"))
	})
	b.page = browser.Person(t).Open(b.URL)
	b.page.WaitForStreams(1)
	return b
}

// show pushes what the rows have become, and waits until the page shows it.
func (b *busy) show(t *testing.T, mark string, rows ...ticket) {
	t.Helper()
	now := render(t, b.rows, assigns(list{rows: rows}))
	b.push(t, string(b.rows.Patch(b.shown, now))+`<output id="marker" hx-swap-oob="true">`+mark+`</output>`)
	b.shown = now
	b.page.WaitForText("#marker", mark)
}

// waitForPosts waits until the page was posted to so often.
func (b *busy) waitForPosts(t *testing.T, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for int(b.posts.Load()) != n {
		select {
		case <-ctx.Done():
			t.Fatalf("%d clicks arrived, not %d", b.posts.Load(), n)
		case <-tick.C:
		}
	}
}

func (b *busy) eval(t *testing.T, what, expression string) {
	t.Helper()
	if !browsertest.Eval[bool](b.page, expression) {
		t.Errorf("%s: not so\n%s", what, b.page.HTML("#rows"))
	}
}

// A click lands in a row that changes five times a second, however long the button is held.
func TestEveryClickLands(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openBusy(t, client, ticket{Key: "1", Title: "one"}, ticket{Key: "2", Title: "two"})
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			tick := time.NewTicker(200 * time.Millisecond)
			defer tick.Stop()
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-tick.C:
				}
				now := render(t, b.rows, assigns(list{rows: []ticket{{Key: "1", Title: "one"}, {Key: "2", Title: fmt.Sprint("two", n%10)}}}))
				select {
				case b.messages <- string(b.rows.Patch(b.shown, now)):
					b.shown = now
				case <-stop:
					return
				}
			}
		}()
		clicks := 0
		for _, hold := range []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond} {
			for range 40 {
				b.page.ClickFor("#row-2 button", hold)
				clicks++
				b.waitForPosts(t, clicks) // of clicks that come while a request is under way htmx drops all but the last
			}
		}
		close(stop)
		<-stopped
	})
}

// What a person has done in a row is still there after a thousand changes of it, and all else is new.
func TestAPersonsWorkSurvivesAThousandChanges(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openBusy(t, client, ticket{Key: "1", Title: "same"}, ticket{Key: "2", Title: "two"})
		b.page.Click("#row-2 summary")
		b.page.Select("#row-2 select", "closed")
		b.page.Type("#row-2 input", "half a sen")
		b.page.WaitFor("marks", `document.querySelector("#row-2 dialog").show(), document.querySelector("#row-2 input").focus(),
			document.querySelector("#row-1").marked = document.querySelector("#row-2 input").marked = true,
			document.addEventListener("htmxlive:conflict", e => window.conflict = e.detail.value) || true`)
		for n := range 1000 {
			title := fmt.Sprint("change", n)
			b.show(t, title, ticket{Key: "1", Title: "same"}, ticket{Key: "2", Title: title})
		}
		b.page.Type(":focus", "tence")
		for what, expression := range map[string]string{
			"the typed text":    `document.querySelector("#row-2 input").value.includes("half a sentence")`,
			"the same field":    `document.querySelector("#row-2 input").marked === true`,
			"the chosen option": `document.querySelector("#row-2 select").value === "closed"`,
			"the open details":  `document.querySelector("#row-2 details").open`,
			"the open dialog":   `document.querySelector("#row-2 dialog").open`,
			"the new data":      `document.querySelector("#row-2 button").textContent === "change999" && document.querySelector("#row-2").className === "change999"`,
			"the conflict":      `document.querySelector("#row-2 input").dataset.serverValue === "change999" && window.conflict === "change999"`,
			"an unchanged row":  `document.querySelector("#row-1").marked === true`,
		} {
			b.eval(t, what, expression)
		}
	})
}

// A row that moves is the same node afterwards, with the focus and what is typed.
func TestARowThatMovesIsTheSameNode(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		long := strings.Repeat("long", 40)
		rows := []ticket{{Key: "1", Title: long}, {Key: "2", Title: long}, {Key: "3", Title: "three"}}
		b := openBusy(t, client, rows...)
		b.page.Type("#row-3 input", "half")
		b.page.WaitFor("a mark", `document.querySelector("#row-3").marked = true`)
		b.show(t, "moved", ticket{Key: "3", Title: "3"}, rows[0], rows[1])
		b.page.Type(":focus", "way")
		b.eval(t, "the same node", `document.querySelector("#rows").firstElementChild.marked === true`)
		b.eval(t, "the typed text", `document.querySelector("#row-3 input").value.includes("halfway")`)
		b.eval(t, "the new data", `document.querySelector("#row-3 button").textContent === "3"`)
		b.eval(t, "three rows", `document.querySelectorAll("#rows tr").length === 3`)
	})
}

// Of a row that vanishes while a person types in it only what they typed stays, until they leave.
func TestOnlyTypedTextOutlivesItsRow(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openBusy(t, client, ticket{Key: "1", Title: "one"}, ticket{Key: "2", Title: "secret"}, ticket{Key: "3", Title: "three"})
		b.page.Type("#row-2 input", "half")
		b.show(t, "gone", ticket{Key: "1", Title: "one"}, ticket{Key: "3", Title: "three"})
		b.eval(t, "the typed text", `document.activeElement.value.includes("half")`)
		b.eval(t, "the note", `!!document.querySelector("#rows .live-note")`)
		b.eval(t, "the note as the name of the field", `document.activeElement.ariaLabel === document.querySelector("#rows .live-note").textContent`)
		b.eval(t, "no data of the row", `!document.querySelector("#rows").innerHTML.includes("secret")`)
		b.page.Focus("#row-1 input")
		b.page.WaitFor("two rows", `document.querySelectorAll("#rows tr").length === 2`)
	})
}

// What a viewer may not see any more takes what they typed with it.
func TestClearedTakesTypedTextToo(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openBusy(t, client, ticket{Key: "1", Title: "one"})
		b.page.Type("#row-1 input", "half")
		cleared := render(t, b.rows, assigns(list{value: value{status: fragment.Cleared}}))
		b.push(t, string(b.rows.Patch(b.shown, cleared)))
		b.page.WaitFor("an empty table", `document.querySelector("#rows").childNodes.length === 0`)
	})
}

// A message for an element that is not there is lost, and the page hears of it once, whatever was to happen to the element.
func TestALostSwapIsHeardOf(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openBusy(t, client, ticket{Key: "1", Title: "one"})
		b.page.AllowConsole("oobErrorNoTarget")
		b.page.WaitFor("a listener, and no healing", `window.lost = [], addEventListener("htmxlive:lost", e => { lost.push(e.detail); e.stopPropagation() }, true) || true`)
		for n, swaps := range []string{
			`<div hx-swap-oob="innerHTML:#nowhere" data-live="whole">x</div><div hx-swap-oob="beforeend:#no-where">x</div>`,
			`<div id="nowhere" hx-swap-oob="true">x</div>`,
			`<table><tbody><tr hx-swap-oob="true" id="nowhere"><td>x</td></tr></tbody></table>`,
		} {
			done := fmt.Sprint("done", n)
			b.push(t, swaps+`<output id="marker" hx-swap-oob="true">`+done+`</output>`)
			b.page.WaitForText("#marker", done)
			b.eval(t, "one loss", fmt.Sprintf(`lost.length === %d && lost.at(-1).includes("nowhere")`, n+1))
		}
		b.push(t, `<div hx-swap-oob="delete:#nowhere" data-live="delete"></div><output id="marker" hx-swap-oob="true">last</output>`)
		b.page.WaitForText("#marker", "last")
		b.eval(t, "nothing lost of a deletion", `lost.length === 3`)
	})
}

// Lists that ask for it show what happens to their rows by classes, and say so once for many.
func TestChangesAreSeenAndHeard(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		long := strings.Repeat("long", 40)
		b := openBusy(t, client, ticket{Key: "1", Title: long}, ticket{Key: "2", Title: "two"}, ticket{Key: "3", Title: long}, ticket{Key: "4", Title: "four"})
		b.page.WaitFor("a list that asks for it", `(() => {
			document.querySelector("#rows").setAttribute("data-live-motion", "")
			document.querySelector("#marker").insertAdjacentHTML("afterend", '<p id="said" data-live-announce="#rows" data-live-noun="ticket|tickets"></p>')
			window.seen = {}
			new MutationObserver(all => all.forEach(m => m.target.classList.forEach(c => { seen[c] = true })))
				.observe(document.querySelector("#rows"), {subtree: true, attributeFilter: ["class"]})
			return true
		})()`)
		b.show(t, "done", ticket{Key: "5", Title: "five"}, ticket{Key: "4", Title: "four"}, ticket{Key: "1", Title: long}, ticket{Key: "2", Title: "2"})
		b.page.WaitFor("all four classes", `["enter", "change", "move", "leave"].every(c => seen["live-" + c])`)
		b.page.WaitForText("#said", "4 tickets changed")
		b.page.WaitFor("rows at rest", `document.querySelectorAll("#rows tr").length === 4 && !document.querySelector("#rows [class*=live-]")`)
	})
}
