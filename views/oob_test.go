package views_test

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// dom is a page in memory to which out-of-band HTML can be applied as htmx does it.
type dom struct{ body *html.Node }

// How the generations differ: htmx 1 and 2 look each target up when its turn comes and take all that match; htmx 4 looks
// all of them up before it changes anything.
type lookup bool

const (
	inTurn lookup = false
	before lookup = true
)

func parse(t testing.TB, page string) dom {
	t.Helper()
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(page), body)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	return dom{body}
}

// HTML is what the page shows.
func (d dom) HTML() string {
	var b bytes.Buffer
	for n := range d.body.ChildNodes() {
		if err := html.Render(&b, n); err != nil {
			panic(err)
		}
	}
	return b.String()
}

func (d dom) byID(id string) (found []*html.Node) {
	for n := range d.body.Descendants() {
		if attr(n, "id") == id && n.Type == html.ElementNode {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// swap is one out-of-band element and what it aims at.
type swap struct {
	style   string
	element *html.Node
	ids     []string
	targets []*html.Node
}

// apply applies a message and returns the swaps in it. It fails the test where a selector finds nothing, and where
// anything in the message is not out of band.
func (d dom) apply(t testing.TB, message []byte, when lookup) []*swap {
	t.Helper()
	m := parse(t, string(message))
	var swaps []*swap
	for n := range m.body.Descendants() {
		if s := swapOf(n); s != nil {
			swaps = append(swaps, s)
		}
	}
	for _, s := range swaps {
		s.element.Parent.RemoveChild(s.element)
		if when == before {
			s.find(d)
		}
	}
	for _, s := range swaps {
		if when == inTurn {
			s.find(d)
		}
		if len(s.targets) != len(s.ids) {
			t.Fatalf("%s of %v found %d elements", s.style, s.ids, len(s.targets))
		}
		for _, target := range s.targets {
			s.perform(t, target)
		}
	}
	for n := range m.body.Descendants() {
		if n.Type == html.TextNode && n.Data != "" {
			t.Fatalf("text %q in a message is not out of band", n.Data)
		}
	}
	return swaps
}

func swapOf(n *html.Node) *swap {
	oob := attr(n, "hx-swap-oob")
	if oob == "" {
		return nil
	}
	s := &swap{style: "outerHTML", element: n, ids: []string{attr(n, "id")}}
	if style, selector, ok := strings.Cut(oob, ":"); ok {
		s.style, s.ids = style, nil
		for one := range strings.SplitSeq(selector, ",") {
			s.ids = append(s.ids, strings.TrimPrefix(one, "#"))
		}
	} else if oob != "true" {
		s.style = oob
	}
	n.Attr = deleteAttr(n.Attr, "hx-swap-oob")
	return s
}

func deleteAttr(attrs []html.Attribute, name string) (kept []html.Attribute) {
	for _, a := range attrs {
		if a.Key != name {
			kept = append(kept, a)
		}
	}
	return kept
}

func (s *swap) find(d dom) {
	for _, id := range s.ids {
		s.targets = append(s.targets, d.byID(id)...)
	}
}

func (s *swap) perform(t testing.TB, target *html.Node) {
	t.Helper()
	parent, next := target.Parent, target.NextSibling
	if parent == nil {
		t.Fatalf("%s of %v: the target is not on the page any more", s.style, s.ids)
	}
	switch s.style {
	case "outerHTML":
		parent.InsertBefore(s.element, target)
		parent.RemoveChild(target)
	case "delete":
		parent.RemoveChild(target)
	case "innerHTML":
		for target.FirstChild != nil {
			target.RemoveChild(target.FirstChild)
		}
		moveChildren(s.element, target, nil)
	case "afterend":
		moveChildren(s.element, parent, next)
	case "afterbegin":
		moveChildren(s.element, target, target.FirstChild)
	default:
		t.Fatalf("swap style %q is not among those that every client has", s.style)
	}
}

func moveChildren(from, to, before *html.Node) {
	for n := from.FirstChild; n != nil; n = from.FirstChild {
		from.RemoveChild(n)
		to.InsertBefore(n, before)
	}
}
