package htmldom

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Lookup is how the generations of htmx differ.
type Lookup bool

// The two kinds of lookup.
const (
	InTurn Lookup = false // htmx 1 and 2: each target when its turn comes
	Before Lookup = true  // htmx 4: all targets before anything changes
)

// Swap is one out-of-band element.
type Swap struct {
	Style string
	IDs   []string // what it aims at: ids, or body

	element *html.Node
	targets []*html.Node
}

// Apply applies a message and returns the swaps in it. A selector that finds nothing, a swap style that
// some client lacks, and text that is not out of band are errors.
func (p Page) Apply(message string, when Lookup) ([]*Swap, error) {
	swaps, rest, err := p.ApplyAnswer(message, when)
	if err != nil {
		return swaps, err
	}
	if text := textIn(rest); strings.TrimSpace(text) != "" {
		return swaps, fmt.Errorf("htmldom: text %q in a message is not out of band", text)
	}
	return swaps, nil
}

// ApplyAnswer applies what is out of band in an answer, as Apply does, and returns the rest of it.
func (p Page) ApplyAnswer(answer string, when Lookup) (swaps []*Swap, rest Page, err error) {
	swaps, rest, err = take(answer)
	if err != nil {
		return nil, Page{}, err
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
			return swaps, rest, err
		}
	}
	return swaps, rest, nil
}

// ApplySelected swaps in what hx-select-oob names of an answer: ids, each with the style of its swap or none.
func (p Page) ApplySelected(rest Page, names string) error {
	for name := range strings.SplitSeq(names, ",") {
		id, style, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(name), "#"), ":")
		if style == "" || style == "true" {
			style = "outerHTML"
		}
		for _, n := range rest.ByID(id) {
			n.Parent.RemoveChild(n)
			s := &Swap{Style: style, IDs: []string{id}, element: n}
			s.find(p)
			if err := s.perform(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Selected is a page that holds what hx-select names of this one.
func (p Page) Selected(selector string) (Page, error) {
	found, err := p.Select(selector)
	if err != nil {
		return Page{}, err
	}
	all, err := Parse("")
	if err != nil {
		return Page{}, err
	}
	for _, n := range found {
		n.Parent.RemoveChild(n)
		all.body.AppendChild(n)
	}
	return all, nil
}

// Rest is the text of a message that is not out of band, white space included.
func Rest(message string) (string, error) {
	_, rest, err := take(message)
	if err != nil {
		return "", err
	}
	return textIn(rest), nil
}

// take takes the swaps out of a message, and what is left of it then.
func take(message string) (swaps []*Swap, rest Page, err error) {
	m, err := Parse(message)
	if err != nil {
		return nil, Page{}, err
	}
	for n := range m.body.Descendants() {
		if s := swapOf(n); s != nil {
			swaps = append(swaps, s)
		}
	}
	for _, s := range swaps {
		s.element.Parent.RemoveChild(s.element)
	}
	return swaps, m, nil
}

func textIn(p Page) string {
	var text strings.Builder
	for n := range p.body.Descendants() {
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
		}
	}
	return text.String()
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
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "hx-swap-oob" })
	return s
}

// ElementID is the id of the element that is swapped in, empty where it only carries what is inserted.
func (s *Swap) ElementID() string { return Attr(s.element, "id") }

func (s *Swap) find(p Page) {
	for _, id := range s.IDs {
		if id == "body" {
			s.targets = append(s.targets, p.body)
			continue
		}
		s.targets = append(s.targets, p.ByID(id)...)
	}
}

func (s *Swap) perform() error {
	if len(s.targets) != len(s.IDs) {
		return fmt.Errorf("htmldom: %s of %v found %d elements", s.Style, s.IDs, len(s.targets))
	}
	for _, target := range s.targets {
		if target.Parent == nil && s.Style != "beforeend" { // the body of a fragment has none
			return fmt.Errorf("htmldom: %s of %v: the target is not on the page any more", s.Style, s.IDs)
		}
		if err := s.performOn(target); err != nil {
			return err
		}
	}
	return nil
}

func (s *Swap) performOn(target *html.Node) error {
	if isMorph(s.Style) || s.Style == "outerHTML" {
		target.Parent.InsertBefore(s.element, target)
		target.Parent.RemoveChild(target)
		return nil
	}
	return Place(s.Style, target, s.element)
}

// isMorph reports whether the style keeps what a person is doing in the element; afterwards it is as outerHTML makes it.
func isMorph(style string) bool { return style == "outerMorph" || style == "morph" }

// Place puts what from holds where style says, seen from target.
func Place(style string, target, from *html.Node) error {
	parent := target.Parent
	switch style {
	case "delete":
		parent.RemoveChild(target)
	case "innerHTML":
		for target.FirstChild != nil {
			target.RemoveChild(target.FirstChild)
		}
		moveChildren(from, target, nil)
	case "outerHTML":
		moveChildren(from, parent, target)
		parent.RemoveChild(target)
	case "beforebegin":
		moveChildren(from, parent, target)
	case "afterbegin":
		moveChildren(from, target, target.FirstChild)
	case "beforeend":
		moveChildren(from, target, nil)
	case "afterend":
		moveChildren(from, parent, target.NextSibling)
	default:
		return fmt.Errorf("htmldom: swap style %q is not among those that every client has", style)
	}
	return nil
}

func moveChildren(from, to, before *html.Node) {
	for n := from.FirstChild; n != nil; n = from.FirstChild {
		from.RemoveChild(n)
		to.InsertBefore(n, before)
	}
}
