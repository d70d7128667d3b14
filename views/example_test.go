package views_test

import (
	"context"
	"fmt"
	"html/template"
	"os"

	"github.com/a-h/templ"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// An element that shows a value, and the patch when the value changes.
func ExampleBlock() {
	tmpl := template.Must(template.New("").Parse(`{{define "open"}}<b id="open">{{.}} open</b>{{end}}`))
	open := views.New(views.Block{ID: "open", Markup: views.Named(tmpl, "open")})

	old, _ := open.Render(context.Background(), fragment.Assigns{"count": value{is: 3}.assign()})
	now, _ := open.Render(context.Background(), fragment.Assigns{"count": value{is: 4}.assign()})
	fmt.Printf("%s\n%s\n", open.Inline(old), open.Patch(old, now))
	// Output:
	// <b id="open">3 open</b>
	// <b hx-swap-oob="true" id="open">4 open</b>
}

// The rows of a table; a patch names only those that differ.
func ExampleRows() {
	tmpl := template.Must(template.New("").Parse(`
		{{define "ticket"}}<tr id="ticket-{{.Key}}"><td>{{.Title}}</td></tr>{{end}}
		{{define "gone"}}<tr id="ticket-{{.}}"><td>deleted</td></tr>{{end}}`))
	rows := views.New(views.Rows{
		ID:      "tickets",
		Prefix:  "ticket-",
		Row:     views.Named(tmpl, "ticket"),
		RowGone: views.Named(tmpl, "gone"),
	})

	printer, stairs := ticket{Key: "1", Title: "The printer on the third floor is on fire"}, ticket{Key: "2", Title: "The lift is stuck"}
	old, _ := rows.Render(context.Background(), fragment.Assigns{"tickets": list{rows: []ticket{printer, stairs}}.assign()})
	stairs.Title = "Take the stairs"
	now, _ := rows.Render(context.Background(), fragment.Assigns{"tickets": list{rows: []ticket{printer, stairs}}.assign()})
	fmt.Printf("%s\n", rows.Patch(old, now))
	// Output:
	// <table><tr hx-swap-oob="true" id="ticket-2"><td>Take the stairs</td></tr></table>
}

// Markup may come from templ components as well.
func ExampleTyped() {
	item := func(t ticket) templ.Component { // as templ generates it
		return templ.Raw(`<li id="todo-` + t.Key + `">` + templ.EscapeString(t.Title) + `</li>`)
	}
	rows := views.New(views.Rows{ID: "todos", Prefix: "todo-", Row: views.Typed(item)})

	b, _ := rows.Render(context.Background(), fragment.Assigns{"todos": list{rows: []ticket{{Key: "1", Title: "Tea & toast"}}}.assign()})
	fmt.Printf("%s\n", rows.Inline(b))
	// Output:
	// <li id="todo-1">Tea &amp; toast</li>
}

// Keys that are no ids are escaped, one to one.
func ExampleRowID() {
	fmt.Println(views.RowID("file-", "42"), views.RowID("file-", "a b.txt"))
	// Output:
	// file-42 file-a_x20b_x2etxt
}

// A page with live parts; the middleware does this for a handler.
func ExampleRenderPage() {
	tmpl := template.Must(template.New("page").Parse(`<h1>{{.Data}}</h1><ul id="todos">{{.Live.Fragment "todos"}}</ul>{{.Live.Connect}}`))
	live := outlet{"todos": `<li id="todo-1">Tea</li>`}

	html, placed, err := views.RenderPage(context.Background(), views.Template(tmpl, "page", "To do"), live)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(html)
	fmt.Printf("\n%v, connected: %t\n", placed.Fragments, placed.Connected)
	// Output:
	// <h1>To do</h1><ul id="todos"><li id="todo-1">Tea</li></ul><i>connect</i>
	// [todos], connected: true
}

// How a page of htmx 4 connects to its stream.
func ExampleClient_Connect() {
	fmt.Println(views.HTMX4.Connect("live", "/tickets?live=token"))
	// Output:
	// <div id="live" hx-sse:connect="/tickets?live=token" hx-trigger="load, every 5s" hx-sync="this:drop" hx-swap="none"></div>
}
