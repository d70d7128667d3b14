package views

import (
	"bytes"
	"fmt"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// shapes checks that markup is one element to a browser, whatever stands beside it. What a browser takes for the end of an
// element is a matter of many rules (a div ends the p it is in), so a parser decides; and since it takes longer than a
// template, once for each order of tags.
type shapes struct {
	mu    sync.Mutex
	known map[shape]struct{} // are one element
}

// shape is an order of tags, as its FNV-1a sum.
type shape uint64

const (
	fnvOffset shape = 14695981039346656037
	fnvPrime  shape = 1099511628211
)

func (s *shape) add(c byte) { *s = (*s ^ shape(c)) * fnvPrime }

func (s *shape) tag(t markup) {
	switch {
	case t.end:
		s.add('/')
	case t.closed:
		s.add('>')
	default:
		s.add('<')
	}
	for _, c := range t.name {
		s.add(c)
	}
}

// shapesMost is how many are remembered. Rows of a table have a few; a list in a row makes one for each of its lengths.
const shapesMost = 1 << 10

// check tells why b cannot be swapped as the element with that id.
func (s *shapes) check(b []byte, id string, within wrapping) error {
	tag, err := checkTag(b, id)
	if err != nil {
		return err
	}
	if within == wrapDerived {
		within = wrappingOf(tag)
	}
	read := outline{tag: tag, drawing: within == wrapDrawing || tag == "svg" || tag == "math", shape: fnvOffset}
	end := read.end(b)
	switch {
	case end == swapsItself:
		return fmt.Errorf("views: the markup of #%s has an attribute hx-swap-oob: htmx would take it out of what it stands in", id)
	case 0 <= end && end < len(b):
		return fmt.Errorf("views: the markup of #%s is more than one element: %.40q follows its end", id, b[end:])
	case s.knows(read.shape):
		return nil
	}
	err = within.parses(b, tag)
	switch {
	case err == nil:
		s.learn(read.shape)
	case end == neverCloses:
		err = fmt.Errorf("views: the markup of #%s lacks the end tag </%s>: %w", id, tag, err)
	default:
		err = fmt.Errorf("views: the markup of #%s is not one element to a browser: %w", id, err)
	}
	return err
}

func (s *shapes) knows(made shape) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.known[made]
	return ok
}

func (s *shapes) learn(made shape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= shapesMost {
		s.known = map[shape]struct{}{}
	}
	s.known[made] = struct{}{}
}

// parses tells what a browser makes of two such elements and one that follows them, if not three elements.
func (w wrapping) parses(b []byte, tag string) error {
	parent, follower := w.neighbours()
	nodes, err := html.ParseFragment(bytes.NewReader(bytes.Join([][]byte{b, b, []byte(follower)}, nil)), parent)
	if err != nil {
		return err
	}
	for i, n := range nodes {
		switch {
		case n.Type != html.ElementNode:
			return fmt.Errorf("%.40q stands beside it", n.Data)
		case i < 2 && n.Data != tag && !sameName([]byte(n.Data), tag) || i >= 2 && len(n.Attr) > 0:
			return fmt.Errorf("a <%s> of its own stands beside it", n.Data)
		}
	}
	if len(nodes) != 3 || nodes[2].FirstChild != nil {
		return fmt.Errorf("with what stands beside it, it is %d elements instead of 3", len(nodes))
	}
	return nil
}

// neighbours is where elements of the wrapping stand, and one that may follow them.
func (w wrapping) neighbours() (parent *html.Node, follower string) {
	element := func(tag atom.Atom) *html.Node {
		return &html.Node{Type: html.ElementNode, Data: tag.String(), DataAtom: tag}
	}
	switch w {
	case wrapRow:
		return element(atom.Tbody), "<tr></tr>"
	case wrapCell:
		return element(atom.Tr), "<td></td>"
	case wrapSection:
		return element(atom.Table), "<tbody></tbody>"
	case wrapColumn:
		return element(atom.Colgroup), "<col>"
	case wrapDrawing:
		return &html.Node{Type: html.ElementNode, Data: "g", Namespace: "svg"}, "<g></g>"
	default:
		return element(atom.Div), "<span></span>"
	}
}
