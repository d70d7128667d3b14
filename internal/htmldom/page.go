// Package htmldom is a page in memory to which out-of-band HTML is applied as htmx does it, for tests
// that need more pages than a browser has room for. What it does is what the four client set-ups were
// seen to do in Chromium; package views checks it against them. Package livetest makes of it a page that tests can click.
package htmldom

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Page is a document. It is not for use by several goroutines at once.
type Page struct{ body *html.Node }

// Parse reads what stands in the body of a page.
func Parse(page string) (Page, error) {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(page), body)
	if err != nil {
		return Page{}, fmt.Errorf("htmldom: %w", err)
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	return Page{body}, nil
}

// ParseDocument reads a whole page, with its head and the attributes of its body. What has none of them gets them, as in
// a browser.
func ParseDocument(page string) (Page, error) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return Page{}, fmt.Errorf("htmldom: %w", err)
	}
	for n := range root.Descendants() {
		if n.DataAtom == atom.Body {
			return Page{n}, nil
		}
	}
	return Page{}, fmt.Errorf("htmldom: a page of frames")
}

// Body is the body of the page.
func (p Page) Body() *html.Node { return p.body }

// root is the document, or the body of a page that was read without one.
func (p Page) root() *html.Node {
	n := p.body
	for n.Parent != nil {
		n = n.Parent
	}
	return n
}

// HTML is everything the page shows.
func (p Page) HTML() string {
	var b bytes.Buffer
	for n := range p.body.ChildNodes() {
		_ = html.Render(&b, n) // a bytes.Buffer takes everything
	}
	return b.String()
}

// Title is the text of the page's title element, empty if there is none.
func (p Page) Title() string {
	if n := p.title(); n != nil {
		return Text(n)
	}
	return ""
}

// TakeTitle is Title, and takes the element out of the page.
func (p Page) TakeTitle() string {
	n := p.title()
	if n == nil {
		return ""
	}
	n.Parent.RemoveChild(n)
	return Text(n)
}

func (p Page) title() *html.Node {
	for n := range p.root().Descendants() {
		if n.DataAtom == atom.Title && n.Namespace == "" {
			return n
		}
	}
	return nil
}

// Outer is the HTML of the element with that id, empty if there is none.
func (p Page) Outer(id string) string {
	found := p.ByID(id)
	if len(found) == 0 {
		return ""
	}
	return Outer(found[0])
}

// Outer is the HTML of an element.
func Outer(n *html.Node) string {
	var b bytes.Buffer
	_ = html.Render(&b, n)
	return b.String()
}

// ByID is every element with that id, of which a sound page has one at most. An element without an id has not the empty one.
func (p Page) ByID(id string) (found []*html.Node) {
	if id == "" {
		return nil
	}
	for n := range p.body.Descendants() {
		if n.Type == html.ElementNode && Attr(n, "id") == id {
			found = append(found, n)
		}
	}
	return found
}

// IDs are all ids on the page, in order.
func (p Page) IDs() (ids []string) {
	for n := range p.body.Descendants() {
		if id := Attr(n, "id"); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// Attr is the value of an attribute, empty if the element lacks it.
func Attr(n *html.Node, name string) string {
	value, _ := LookupAttr(n, name)
	return value
}

// LookupAttr is the value of an attribute. ok reports whether the element has it.
func LookupAttr(n *html.Node, name string) (value string, ok bool) {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if i < 0 {
		return "", false
	}
	return n.Attr[i].Val, true
}

// Text is the text in a node as a reader sees it: white space is one blank, none stands at the ends, and what belongs to
// scripts, styles and templates is left out.
func Text(n *html.Node) string {
	var b strings.Builder
	collectText(&b, n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func collectText(b *strings.Builder, n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		b.WriteString(n.Data)
		return
	case n.DataAtom == atom.Script, n.DataAtom == atom.Style, n.DataAtom == atom.Template:
		return
	case n.Type == html.ElementNode && apart(n):
		b.WriteByte(' ')
		defer b.WriteByte(' ')
	}
	for child := range n.ChildNodes() {
		collectText(b, child)
	}
}

// inline are the tags of which a browser does not set the text apart from what stands before and after it.
const inline = " a abbr b button cite code data del em i ins kbd mark q s samp small span strong sub sup time u var wbr "

func apart(n *html.Node) bool { return n.Namespace == "" && !strings.Contains(inline, " "+n.Data+" ") }
