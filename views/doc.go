// Package views turns what a page keeps into HTML: whole when the page is loaded, and afterwards exactly what differs,
// as out-of-band swaps that htmx 1.9, 2 and 4 apply to the same DOM.
//
// A fragment is one element of the page, known by its id. [New] makes one of a [Block] (an element rendered as one
// piece, the page's title for instance), [Rows] (the keyed rows of a table, list or drawing), a [Pager] (links to other
// pages) or a [Pill] ("12 new").
// Markup comes from html/template blocks ([Named]) or from templ components ([Typed]), and is the same code on first
// render and on every push.
//
// What fragments promise:
//
//   - Equal data gives equal bytes, and equal bytes look equal: nothing changed, nothing sent.
//   - Applying Patch(old, new) to an element that shows old gives the same DOM as rendering new, in every client
//     generation. Rows that did not change are not touched: focus, scroll and open details in them survive.
//   - One message never creates an element and then patches it, and never addresses an id twice.
//   - Ids are checked when a fragment is made and row ids are made of row keys one to one ([RowID]), so no data ever
//     becomes part of a selector unescaped.
//   - A wiring mistake (an unknown template, a bad id) panics when the fragment is made, at start-up. A mistake that
//     only data can show is an error of Render, and nothing half is sent. In a row it stops no other row: a placeholder
//     stands in its place (Rows.RowFailed), where somebody hears of it ([fragment.WithFailures]), as package live does.
//
// A table of tickets with rows that follow the data:
//
//	tmpl := template.Must(template.New("page").Parse(`
//	<body>
//	  <table><tbody id="tickets">{{.Live.Fragment "tickets"}}</tbody></table>
//	  {{.Live.Connect}}
//	</body>
//	{{define "ticket"}}<tr id="ticket-{{.ID}}"><td>{{.Title}}</td></tr>{{end}}
//	{{define "ticket-gone"}}<tr id="ticket-{{.}}" class="gone"><td>deleted</td></tr>{{end}}`))
//
//	rows := views.New(views.Rows{
//		ID:      "tickets",
//		Prefix:  "ticket-",
//		Row:     views.Named(tmpl, "ticket"),
//		RowGone: views.Named(tmpl, "ticket-gone"),
//	})
//
// The package knows no Echo and opens no streams.
package views
