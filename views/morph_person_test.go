package views_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

func openList(t *testing.T, client views.Client, row string, titles ...string) *busy {
	t.Helper()
	return rowsPage{around: `<ul id="rows">%s</ul>`, row: `<li id="row-{{.Key}}">` + row + `</li>`}.open(t, client, titled(titles)...)
}

// long is a title of rows that others move around.
const long = "a title that is longer than all that is said about the rows around it, so that they are what moves"

// titled are rows with the keys 1, 2, 3 …
func titled(titles []string) []ticket {
	rows := make([]ticket, len(titles))
	for i, title := range titles {
		rows[i] = ticket{Key: fmt.Sprint(i + 1), Title: title}
	}
	return rows
}

// say shows rows with these titles, in the order of their keys.
func (b *busy) say(t *testing.T, mark string, titles ...string) {
	t.Helper()
	b.show(t, mark, titled(titles)...)
}

// do runs JavaScript of a person, or of the test.
func (b *busy) do(t *testing.T, statements string) {
	t.Helper()
	browsertest.Eval[bool](b.page, `(async () => {`+statements+`})().then(() => true)`)
}

// Selected text stays selected while it says something else, as far as it is long enough, and while its row moves.
func TestASelectionSurvives(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openList(t, client, `<span>{{.Title}}</span>`, long, long, "hello me")
		b.do(t, `const text = document.querySelector("#row-3 span").firstChild; getSelection().setBaseAndExtent(text, 5, text, 0)`)
		b.say(t, "changed", long, long, "hello you")
		b.eval(t, "the selection", `getSelection().toString() === "hello" && getSelection().anchorOffset === 5`)
		b.say(t, "shorter", long, long, "hel")
		b.eval(t, "what is left of the selection", `getSelection().toString() === "hel"`)
		b.show(t, "moved", ticket{Key: "3", Title: "held"}, ticket{Key: "1", Title: long}, ticket{Key: "2", Title: long})
		b.eval(t, "the selection in the row that has moved", `getSelection().toString() === "hel" && getSelection().anchorNode.data === "held"`)
	})
}

// Of a field that goes while its row stays what was typed stays, with the note, until focus leaves, and nothing else.
func TestAFieldThatGoesLeavesWhatWasTyped(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		const row = `<p>{{.Title}}</p>{{if eq .Title "open"}}<form data-secret="x">secret <input name="note"></form>{{end}}`
		page := rowsPage{around: `<ul id="rows" data-live-note="Closed meanwhile.">%s</ul>`, row: `<li id="row-{{.Key}}">` + row + `</li>`}
		b := page.open(t, client, titled([]string{"open", "open"})...)
		b.page.Type("#row-1 input", "half")
		b.do(t, `document.querySelector("#row-1").marked = true`)
		for _, title := range []string{"closed", "closed again"} {
			b.say(t, title, title, "open")
			b.eval(t, "the typed text", `document.activeElement.value === "half"`)
			b.eval(t, "one note", `[...document.querySelectorAll("#row-1 .live-note")].map(e => e.textContent).join() === "Closed meanwhile."`)
			b.eval(t, "nothing else of the form", `!document.querySelector("#row-1").outerHTML.includes("secret") && !document.querySelector("#row-1 [name]")`)
			b.eval(t, "the same row", `document.querySelector("#row-1").marked === true`)
			b.eval(t, "the new data", fmt.Sprintf(`document.querySelector("#row-1 p").textContent === %q`, title))
		}
		b.page.Type(":focus", "way")
		b.eval(t, "the text that was typed on", `document.activeElement.value === "halfway"`)
		b.page.Focus("#row-2 input")
		b.page.WaitFor("a row at rest", `document.querySelector("#row-1").innerHTML === "<p>closed again</p>"`)
	})
}

// openThings is a row with all that may be open, scrolled or playing in it.
const openThings = `<p class="text">{{.Title}}</p><dialog><p>{{.Title}}</p><button>no</button></dialog><div popover="manual">{{.Title}}</div>` +
	`<details><summary>more</summary>{{.Title}}</details><div class="box"><p>{{.Title}}</p><p class="tall"></p></div><video muted title="{{.Title}}"></video>`

// open opens, scrolls and plays all that in the third row.
const open = `
	const row = document.querySelector("#row-3"), box = row.querySelector(".box"), video = row.querySelector("video"), canvas = document.createElement("canvas")
	const sheet = new CSSStyleSheet()
	sheet.replaceSync(".box { height: 40px; overflow: auto } .tall { height: 400px }")
	document.adoptedStyleSheets.push(sheet)
	box.scrollTop = 77
	row.querySelector("details").open = true
	row.querySelector("[popover]").showPopover()
	row.querySelector("dialog").showModal()
	canvas.getContext("2d").fillRect(0, 0, 10, 10)
	video.muted = true
	video.srcObject = canvas.captureStream(25)
	await video.play()
	window.played = ["pause", "emptied"].map(name => video.addEventListener(name, () => window.stopped = name))
	Object.assign(window, { row, box, video })`

// What is open, scrolled or playing in a row stays so while the row changes, and where it moves.
func TestWhatIsOpenOrPlaysStaysSo(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openList(t, client, openThings, long, long, "three")
		b.do(t, open)
		check := func(when, title string) {
			t.Helper()
			for what, expression := range map[string]string{
				"the same row":      `document.querySelector("#row-3") === row && row.querySelector("video") === video`,
				"the new data":      fmt.Sprintf(`["p", "dialog p", "details", ".box p"].every(s => row.querySelector(s).textContent.endsWith(%q)) && video.title === %[1]q`, title),
				"the modal dialog":  `row.querySelector("dialog").matches(":modal")`,
				"the popover":       `row.querySelector("[popover]").matches(":popover-open")`,
				"the details":       `row.querySelector("details").open`,
				"the inner scroll":  `box.scrollTop === 77`,
				"the video":         `!video.paused && !window.stopped`,
				"focus in a dialog": `row.querySelector("dialog").contains(document.activeElement)`,
			} {
				b.eval(t, what+" "+when, expression)
			}
		}
		for n := range 10 {
			b.say(t, fmt.Sprint("change", n), long, long, fmt.Sprint("three", n))
		}
		check("after changes", "three9")
		b.show(t, "moved", ticket{Key: "3", Title: "moved"}, ticket{Key: "1", Title: long}, ticket{Key: "2", Title: long})
		check("after a move", "moved")
	})
}

// What is dragged can be dropped although its row and the one below it change meanwhile.
func TestADropLandsInARowThatChanges(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openList(t, client, `<b draggable="true">{{.Title}}</b> <i>here: {{.Title}}</i>`, "one", "two")
		b.do(t, `
			document.addEventListener("dragstart", e => { e.dataTransfer.setData("text/plain", e.target.closest("li").id); window.dragged = true })
			document.addEventListener("dragover", e => e.preventDefault())
			document.addEventListener("drop", e => { e.preventDefault(); window.dropped = e.dataTransfer.getData("text/plain") + " on " + e.target.closest("li").id })
			document.addEventListener("dragend", () => window.ended = true)`)
		b.page.MouseDown("#row-1 b")
		b.page.MouseTo("#row-1 i")
		b.page.MouseTo("#row-2 i")
		b.page.WaitFor("the drag", `window.dragged`)
		b.say(t, "changed", "one changed", "two changed")
		b.page.MouseTo("#row-2 b")
		b.page.MouseTo("#row-2 i") // enters it
		b.page.MouseTo("#row-2 i") // is over it, which allows the drop
		b.page.MouseUp()
		b.page.WaitFor("the drop", `window.dropped === "row-1 on row-2" && window.ended`)
	})
}

// A click lands on the button that was pressed, wherever its row has gone meanwhile; a mouse that goes elsewhere clicks nothing.
func TestAClickLandsWhenItsRowMoves(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openBusy(t, client, ticket{Key: "1", Title: "one"}, ticket{Key: "2", Title: "two"}, ticket{Key: "3", Title: "three"})
		b.do(t, `window.clicked = []; document.addEventListener("click", e => e.target.closest("button") && clicked.push(e.target.closest("tr").id))`)
		row := func(key string) ticket { return ticket{Key: key, Title: strings.Repeat(key, 9)} }
		want := []string{}
		for _, order := range []string{"1 2 3", "4 1 2 3", "2 4 1 3", "4 1 3 2", "2 1 3", "3 2 1", "1 3 2"} {
			b.page.MouseDown("#row-2 button b")
			rows := []ticket{}
			for _, key := range strings.Fields(order) {
				rows = append(rows, row(key))
			}
			b.show(t, order, rows...)
			b.page.MouseUp()
			want = append(want, "row-2")
			b.page.WaitFor("the click after "+order, fmt.Sprintf(`clicked.join(" ") === %q`, strings.Join(want, " ")))
		}
		b.page.MouseDown("#row-2 button b")
		b.show(t, "away", row("2"), row("1"), row("3"))
		b.page.MouseTo("#row-3 td")
		b.page.MouseUp()
		b.page.Click("#row-1 button b")
		want = append(want, "row-1")
		b.page.WaitFor("the last click", fmt.Sprintf(`clicked.join(" ") === %q`, strings.Join(want, " ")))
		b.page.WaitFor("requests that have ended", `!document.querySelector(".htmx-request")`)
		if posts := int(b.posts.Load()); posts != len(want) {
			t.Errorf("%d of %d clicks arrived", posts, len(want))
		}
	})
}

// Radio buttons, lists of several and checkboxes keep what a person chose, follow the server where they chose nothing, and
// say where the two disagree.
func TestGroupsOfFieldsKeepWhatWasChosen(t *testing.T) {
	t.Parallel()
	const radio = `[...document.querySelectorAll("#row-%s [type=radio]")].filter(e => e.checked).map(e => e.value).join()`
	const some = `[...document.querySelector("#row-%s select").selectedOptions].map(e => e.value).join()`
	const marked = `[...document.querySelectorAll("#row-%s [data-server-value]")].map(e => e.name + ":" + e.value + "=" + e.dataset.serverValue).join(" ")`
	const state = `[` + radio + `, ` + some + `, document.querySelector("#row-%s [name=b]").checked, ` + marked + `].join("|")`
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openList(t, client, chosen("a", "b", "c", "d"), "a", "a")
		is := func(when, key, want string) {
			t.Helper()
			if got := browsertest.Eval[string](b.page, strings.ReplaceAll(state, "%s", key)); got != want {
				t.Errorf("%s row %s is %s, want %s", when, key, got, want)
			}
		}
		is("at first", "1", "a|a|false|")
		b.page.Click(`#row-1 [value="b"]`)
		b.do(t, `const s = document.querySelector("#row-1 select"); s.options[1].selected = true; s.dispatchEvent(new Event("input", { bubbles: true }))`)
		b.page.Click(`#row-1 [name="b"]`)
		b.say(t, "c", "c", "c")
		is("after c", "1", "b|a,b|true|one:c=true some:a=c")
		is("after c", "2", "c|c|false|")
		b.say(t, "b", "b", "b")
		is("after b", "1", "b|a,b|true|some:a=b")
		is("after b", "2", "b|b|true|")
		b.say(t, "d", "d", "d")
		b.page.Click(`#row-1 [value="d"]`)
		b.do(t, `document.querySelector("#row-1 form").reset()`)
		b.page.WaitFor("no marks", `!document.querySelector("[data-server-value]")`)
		is("after a reset", "1", "d|d|false|")
	})
}

// chosen is the template of a row whose title is what the server has chosen of these.
func chosen(values ...string) string {
	var radios, options strings.Builder
	for _, v := range values {
		fmt.Fprintf(&radios, `<input type="radio" name="one" value="%s"{{if eq .Title %[1]q}} checked{{end}}>`, v)
		fmt.Fprintf(&options, `<option{{if eq .Title %q}} selected{{end}}>%[1]s</option>`, v)
	}
	return `<form>` + radios.String() + `<select multiple name="some">` + options.String() + `</select>` +
		`<input type="checkbox" name="b"{{if eq .Title "b"}} checked{{end}}></form>`
}

// While a field has the focus and a button is down, the rest of the row is new in the task in which the message arrived: no
// timer, however short, lies between.
func TestNothingWaitsForAPerson(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openBusy(t, client, ticket{Key: "1", Title: "one"}, ticket{Key: "2", Title: "two"})
		b.do(t, `
			window.inTime = []
			new MutationObserver(() => inTime.push(arriving)).observe(document.querySelector("#row-2"), { subtree: true, childList: true, characterData: true })`)
		b.page.Type("#row-2 input", "half")
		b.page.MouseDown("#row-2 button b")
		b.do(t, `document.querySelector("#row-2 input").focus()`)
		b.show(t, "changed", ticket{Key: "1", Title: "one"}, ticket{Key: "2", Title: "news"})
		b.eval(t, "the new data", `document.querySelector("#row-2 td").textContent === "news" && document.querySelector("#row-2 button").textContent === "news"`)
		b.eval(t, "no timer", `inTime.length > 0 && inTime.every(Boolean)`)
		b.page.MouseUp()
	})
}

// Without the script a row that changes is replaced, with all its attributes: the data is right, and what was typed is gone.
func TestWithoutTheScriptElementsAreReplaced(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		bare := rowsPage{around: `<table><tbody id="rows">%s</tbody></table>`, row: busyRow, bare: true}
		b := bare.open(t, client, ticket{Key: "1", Title: "one"}, ticket{Key: "2", Title: "two"})
		b.page.Type("#row-2 input", "half")
		b.do(t, `document.querySelectorAll("tr").forEach(e => { e.marked = true; e.setAttribute("data-old", "yes") })`)
		b.show(t, "changed", ticket{Key: "1", Title: "one"}, ticket{Key: "2", Title: "new"})
		b.eval(t, "the new row", `document.querySelector("#row-2").outerHTML.includes("new") && document.querySelector("#row-2 input").value === "new"`)
		b.eval(t, "other attributes", `document.querySelector("#row-2").className === "new" && !document.querySelector("#row-2").dataset.old`)
		b.eval(t, "another node", `!document.querySelector("#row-2").marked`)
		b.eval(t, "the row that did not change", `document.querySelector("#row-1").marked && document.querySelector("#row-1").dataset.old === "yes"`)
	})
}

// A page that loads the script before htmx, or without it, is told so once.
func TestTheScriptSaysThatHtmxIsMissing(t *testing.T) {
	t.Parallel()
	s := newSite(t, views.HTMX2, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>test</title><script nonce="n0nce" src="/assets/%s"></script><p>text</p>`, views.ScriptName)
	})
	page := browser.Person(t).Open(s.URL)
	page.AllowConsole("htmxlive.js comes after htmx")
	page.WaitFor("the warning", `document.readyState === "complete"`)
	if said := page.Console(); len(said) != 1 || !strings.Contains(said[0], "htmxlive.js comes after htmx") {
		t.Errorf("the console says %q", said)
	}
}
