// Package deskpage is what tests know of a page of the helpdesk that they follow without a browser: how it reads its stream, and
// whether it shows what a fresh load of its address does.
package deskpage

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// Place is where a page stands, and what of it must be the same as after a fresh load.
type Place struct {
	Path      string
	Fragments []string
	Rows      string // the rows that a page may keep, instead of fragments
}

// Places are lists in each mode, for each client generation, and the other kinds of pages.
func Places() []Place {
	list, archive := []string{"ticket-rows", "ticket-pages", "tickets-new"}, []string{"archive-rows", "archive-pages", "archive-count"}
	ticket := []string{"ticket-main", "ticket-facts", "edit-form", "comments"}
	return []Place{
		{"/tickets?results=lose&limit=7", list, ""},
		{"/tickets?results=lose&sort=priority&limit=5&htmx=4", list, ""},
		{"/tickets?results=hold&limit=6&htmx=1", nil, "ticket-rows"},
		{"/tickets?results=keep&status=open&limit=8&htmx=1b", nil, "ticket-rows"},
		{"/archive?limit=5", archive, ""},
		{"/archive?limit=5&offset=10&htmx=4", archive, ""},
		{"/dashboard", []string{"counts", "teams"}, ""},
		{"/tickets/3", ticket, ""},
		{"/tickets/4?htmx=4", ticket, ""},
	}
}

// Compare is how a page at the path differs from a fresh load; "" if it does not.
func (p Place) Compare(path string, shown, fresh htmldom.Page) string {
	for _, id := range p.Fragments {
		if shows, want := shown.Outer(id), fresh.Outer(id); shows != want {
			return fmt.Sprintf("#%s shows\n%s\nand should show\n%s", id, shows, want)
		}
	}
	if p.Rows != "" {
		return compareKept(path, rowsOf(shown, p.Rows), rowsOf(fresh, p.Rows), Text(shown, "tickets-new"))
	}
	return ""
}

// compareKept looks at rows that stay where they are: those that a fresh load shows too must be the same, and the pill must
// count what a fresh load would add or drop.
func compareKept(path string, shown, want map[string]string, pill string) string {
	adds, drops := 0, 0
	for row := range want {
		if _, ok := shown[row]; !ok {
			adds++
		}
	}
	for row, html := range shown {
		if is, ok := want[row]; !ok {
			drops++
		} else if is != html {
			return fmt.Sprintf("row %s shows\n%s\nand should show\n%s", row, html, is)
		}
	}
	if !strings.Contains(path, "results=hold") {
		return ""
	}
	if n := max(adds, drops); n == 0 && pill != "" || n > 0 && !strings.HasPrefix(pill, strconv.Itoa(n)+" ") {
		return fmt.Sprintf("the pill says %q with %d rows to add and %d to drop", pill, adds, drops)
	}
	return ""
}

func rowsOf(p htmldom.Page, id string) map[string]string {
	rows := map[string]string{}
	for _, list := range p.ByID(id) {
		for n := range list.ChildNodes() {
			if key := htmldom.Attr(n, "id"); n.Type == html.ElementNode && key != "" {
				rows[key] = p.Outer(key)
			}
		}
	}
	return rows
}

// Text is that of the elements with an id.
func Text(p htmldom.Page, id string) string {
	var b strings.Builder
	for _, e := range p.ByID(id) {
		for n := range e.Descendants() {
			if n.Type == html.TextNode {
				b.WriteString(n.Data)
			}
		}
	}
	return strings.TrimSpace(b.String())
}

// Reader reads an event stream as htmx does.
type Reader struct {
	ID      string                   // of the message before
	Message func(id, message string) // of an event without a name: those with one, such as heartbeats, swap nothing
	Retry   func(ms string)          // nil: nobody asks
	GoesOn  func() bool              // before each line; nil: as long as there are any
}

// Read reads until the stream ends.
func (r Reader) Read(stream io.Reader) {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 4<<20)
	var data []string
	var event string
	for (r.GoesOn == nil || r.GoesOn()) && lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "event":
			event = value
		case "id":
			r.ID = value
		case "retry":
			if r.Retry != nil {
				r.Retry(value)
			}
		case "data":
			data = append(data, value)
		case "":
			if event == "" {
				r.Message(r.ID, strings.Join(data, "\n"))
			}
			data, event = nil, ""
		}
	}
}
