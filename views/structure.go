package views

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// errTakenApart is the kind of what a browser makes other elements of than the tags say, and which closing tags cannot cure.
var errTakenApart = errors.New("browsers take it apart")

// checkStructure reports where elements, what a parser has made of b, are not what the tags of b say: an end tag that ends
// nothing would end what the markup stands in, and an element that the parser moved or dropped is not where scripts, forms
// and the next change look for it.
func checkStructure(b []byte, roots []*html.Node) error {
	var a structure
	for _, n := range roots {
		a.collect(n)
	}
	for i := 0; i >= 0 && i < len(b); {
		p, next := scan(b, i)
		if err := a.tag(p); err != nil {
			return err
		}
		if next >= 0 && p.mark == markStart && kindOf(p.name).raw && !a.inForeign() {
			next = rawTextEnd(b, next, p.name)
		}
		i = next
	}
	if len(a.elements) > 0 {
		return fmt.Errorf("they add a <%s>", a.elements[0].Data)
	}
	return a.close(0)
}

// structure is a comparison of tags with elements.
type structure struct {
	elements []*html.Node // that are still to come, in the order of the document
	open     []*html.Node
	last     *html.Node // the one that the last tag began
}

func (a *structure) collect(n *html.Node) {
	if n.Type == html.ElementNode {
		a.elements = append(a.elements, n)
	}
	for child := range n.ChildNodes() {
		a.collect(child)
	}
}

// inForeign reports whether the last tag began an element of a drawing or formula, where no element is raw text.
func (a *structure) inForeign() bool { return a.last != nil && a.last.Namespace != "" }

func (a *structure) tag(p piece) error {
	switch p.mark {
	case markEnd:
		return a.end(p.name)
	case markStart, markSlash:
		if bytes.ContainsAny(p.name, noName) {
			return fmt.Errorf("%w: <%s> is no name of a tag", errTakenApart, p.name)
		}
		return a.start(p)
	case markBogus:
		return errors.New("a <! or </ in it begins no comment or tag")
	}
	return nil
}

func (a *structure) start(p piece) error {
	for len(a.elements) > 0 && !isNamed(a.elements[0], p.name) && isImplied(a.elements[0]) {
		if err := a.begin(a.elements[0]); err != nil {
			return err
		}
	}
	if len(a.elements) == 0 || !isNamed(a.elements[0], p.name) {
		return fmt.Errorf("%w: a <%s> may not stand where it does", errTakenApart, lower(p.name))
	}
	n := a.elements[0]
	if err := a.begin(n); err != nil {
		return err
	}
	if reason := unfit(n); reason != "" {
		return fmt.Errorf("%w: %s", errTakenApart, reason)
	}
	if kindOf(p.name).void && n.Namespace == "" || p.mark == markSlash && n.Namespace != "" {
		a.open = a.open[:len(a.open)-1]
	}
	return nil
}

// begin opens the next element, whose start tag ends what may do without an end tag.
func (a *structure) begin(n *html.Node) error {
	for len(a.open) > 0 && a.open[len(a.open)-1] != n.Parent {
		ended := a.open[len(a.open)-1]
		switch {
		case ended.Data == "form" && ended.Namespace == "":
			return fmt.Errorf("%w: a <form> may not stand around a <%s>", errTakenApart, n.Data)
		case !endsItself(ended), ended.Data == "p" && n.Data == "table": // htmx 1.9 and 2 parse in quirks mode, where none does
			return fmt.Errorf("a <%s> ends the <%s> that it stands in", n.Data, ended.Data)
		}
		a.open = a.open[:len(a.open)-1]
	}
	if parent := n.Parent; parent != nil && parent.Data == "option" && parent.Namespace == "" {
		return fmt.Errorf("%w: an <option> holds text, and no <%s>", errTakenApart, n.Data)
	}
	if len(a.open) == 0 && n.Parent != nil {
		return fmt.Errorf("they put the <%s> elsewhere", n.Data)
	}
	a.last, a.elements, a.open = n, a.elements[1:], append(a.open, n)
	return nil
}

func (a *structure) end(name []byte) error {
	for i, open := range slices.Backward(a.open) {
		if isNamed(open, name) {
			return a.close(i)
		}
	}
	if bytes.EqualFold(name, []byte("form")) {
		return fmt.Errorf("%w: a </form> ends nothing that is open", errTakenApart)
	}
	return fmt.Errorf("a </%s> ends nothing that is open", lower(name))
}

// close ends the open elements from the i-th on. One form left open is the end of all others: a parser drops those that begin
// before </form>.
func (a *structure) close(i int) error {
	if len(a.open) > i && slices.ContainsFunc(a.open[i+1:], func(n *html.Node) bool { return n.Data == "form" }) {
		return errors.New("a <form> in it is not closed")
	}
	a.open = a.open[:i]
	return nil
}

func isNamed(n *html.Node, name []byte) bool { return strings.EqualFold(n.Data, string(name)) }

func lower(name []byte) []byte { return bytes.ToLower(name) }

// isImplied reports whether parsers add the element where its tags are left out.
func isImplied(n *html.Node) bool {
	switch n.Data {
	case "tbody", "tr", "colgroup":
		return n.Namespace == ""
	}
	return false
}

// endsItself reports whether the start tag of another element may end the element.
func endsItself(n *html.Node) bool {
	switch n.Data {
	case "li", "dt", "dd", "p", "rt", "rp", "rb", "rtc", "option", "optgroup", "colgroup", "caption", "thead", "tbody", "tfoot", "tr", "td", "th":
		return n.Namespace == ""
	}
	return false
}

// unfit is why an element cannot be part of what travels, empty if it can.
func unfit(n *html.Node) string {
	switch {
	case n.Namespace != "":
		return ""
	case n.Data == "title" && n.Parent != nil: // one that is the element itself travels where htmx does not see it
		return "htmx takes a <title> for that of the page"
	case n.Data == "noscript":
		return "a <noscript> holds text for browsers with JavaScript and elements for others"
	case n.Data == "plaintext":
		return "a <plaintext> never ends"
	case strings.HasPrefix(n.Data, "hx-"):
		return fmt.Sprintf("htmx takes a <%s> for a message of its own", n.Data)
	case n.Data == "template":
		for _, attr := range n.Attr {
			if attr.Key == "hx" || attr.Key == "shadowrootmode" {
				return fmt.Sprintf("a <template %s> is something else in a message than on a page", attr.Key)
			}
		}
	}
	return ""
}
