// Package htmldom is a page in memory to which out-of-band HTML is applied as htmx does it, for tests
// that need more pages than a browser has room for. What it does is what the four client set-ups were
// seen to do in Chromium; package views checks it against them.
package htmldom

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Page is a document. It is not for use by several goroutines at once.
type Page struct{ body *html.Node }

// Lookup is how the generations of htmx differ.
type Lookup bool

// The two kinds of lookup.
const (
	InTurn Lookup = false // htmx 1 and 2: each target when its turn comes
	Before Lookup = true  // htmx 4: all targets before anything changes
)

// Parse reads the HTML of a page.
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

// HTML is everything the page shows.
func (p Page) HTML() string {
	var b bytes.Buffer
	for n := range p.body.ChildNodes() {
		_ = html.Render(&b, n) // a bytes.Buffer takes everything
	}
	return b.String()
}

// Outer is the HTML of the element with that id, empty if there is none.
func (p Page) Outer(id string) string {
	found := p.ByID(id)
	if len(found) == 0 {
		return ""
	}
	var b bytes.Buffer
	_ = html.Render(&b, found[0])
	return b.String()
}

// ByID is every element with that id, of which a sound page has one at most.
func (p Page) ByID(id string) (found []*html.Node) {
	for n := range p.body.Descendants() {
		if n.Type == html.ElementNode && Attr(n, "id") == id {
			found = append(found, n)
		}
	}
	return found
}

// Attr is the value of an attribute, empty if the element lacks it.
func Attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Swap is one out-of-band element.
type Swap struct {
	Style string
	IDs   []string // what it aims at

	element *html.Node
	targets []*html.Node
}

// Apply applies a message and returns the swaps in it. A selector that finds nothing, a swap style that
// some client lacks, and text that is not out of band are errors.
func (p Page) Apply(message string, when Lookup) ([]*Swap, error) {
	swaps, rest, err := take(message)
	if err != nil {
		return nil, err
	}
	if when == Before {
		for _, s := range swaps {
			s.find(p)
		}
	}
	for _, s := range swaps {
		if when == InTurn {
			s.find(p)
		}
		if err := s.perform(); err != nil {
			return swaps, err
		}
	}
	if strings.TrimSpace(rest) != "" {
		return swaps, fmt.Errorf("htmldom: text %q in a message is not out of band", rest)
	}
	return swaps, nil
}

// Rest is the text of a message that is not out of band, white space included.
func Rest(message string) (string, error) {
	_, rest, err := take(message)
	return rest, err
}

// take takes the swaps out of a message, and the text that is left of it then.
func take(message string) (swaps []*Swap, rest string, err error) {
	m, err := Parse(message)
	if err != nil {
		return nil, "", err
	}
	for n := range m.body.Descendants() {
		if s := swapOf(n); s != nil {
			swaps = append(swaps, s)
		}
	}
	for _, s := range swaps {
		s.element.Parent.RemoveChild(s.element)
	}
	var text strings.Builder
	for n := range m.body.Descendants() {
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
		}
	}
	return swaps, text.String(), nil
}

func swapOf(n *html.Node) *Swap {
	oob := Attr(n, "hx-swap-oob")
	if oob == "" {
		return nil
	}
	s := &Swap{Style: "outerHTML", element: n, IDs: []string{Attr(n, "id")}}
	if style, selector, ok := strings.Cut(oob, ":"); ok {
		s.Style, s.IDs = style, nil
		for one := range strings.SplitSeq(selector, ",") {
			s.IDs = append(s.IDs, strings.TrimPrefix(one, "#"))
		}
	} else if oob != "true" {
		s.Style = oob
	}
	var kept []html.Attribute
	for _, a := range n.Attr {
		if a.Key != "hx-swap-oob" {
			kept = append(kept, a)
		}
	}
	n.Attr = kept
	return s
}

func (s *Swap) find(p Page) {
	for _, id := range s.IDs {
		s.targets = append(s.targets, p.ByID(id)...)
	}
}

func (s *Swap) perform() error {
	if len(s.targets) != len(s.IDs) {
		return fmt.Errorf("htmldom: %s of %v found %d elements", s.Style, s.IDs, len(s.targets))
	}
	for _, target := range s.targets {
		if target.Parent == nil {
			return fmt.Errorf("htmldom: %s of %v: the target is not on the page any more", s.Style, s.IDs)
		}
		if err := s.performOn(target, target.Parent, target.NextSibling); err != nil {
			return err
		}
	}
	return nil
}

func (s *Swap) performOn(target, parent, next *html.Node) error {
	switch s.Style {
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
		return fmt.Errorf("htmldom: swap style %q is not among those that every client has", s.Style)
	}
	return nil
}

func moveChildren(from, to, before *html.Node) {
	for n := from.FirstChild; n != nil; n = from.FirstChild {
		from.RemoveChild(n)
		to.InsertBefore(n, before)
	}
}
