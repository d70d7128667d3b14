package views

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// shapes sees to it that markup is one element to a browser, whatever stands beside it. What a browser takes for the end
// of an element is a matter of many rules (a div ends the p it is in), so a parser decides; and since it takes longer than
// a template, once for each order of tags.
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

// element is b, as the element with that id. Tags that are left open, in HTML that a user wrote for instance, are closed,
// or they would take in what follows. An error says why there is no such element.
func (s *shapes) element(b []byte, id string, within wrapping) ([]byte, error) {
	tag, err := checkTag(b, id)
	if err != nil {
		return nil, err
	}
	if within == wrapDerived {
		within = wrappingOf(tag)
	}
	read := outline{tag: tag, drawing: within == wrapDrawing || tag == "svg" || tag == "math", shape: fnvOffset}
	end := read.end(b)
	switch {
	case end == swapsItself:
		return nil, fmt.Errorf("views: the markup of #%s has an attribute hx-swap-oob: htmx would take it out of what it stands in", id)
	case 0 <= end && end < len(b):
		return nil, fmt.Errorf("views: the markup of #%s is more than one element: %.40q follows its end", id, b[end:])
	case s.knows(read.shape):
		return b, nil
	case within.standsAlone(b, tag):
		s.learn(read.shape)
		return b, nil
	}
	closed, err := within.closed(b)
	if err != nil {
		return nil, fmt.Errorf("views: the markup of #%s is not one element to a browser: %w", id, err)
	}
	if !within.standsAlone(closed, tag) {
		return nil, fmt.Errorf("views: the markup of #%s is one element to no browser when others stand beside it", id)
	}
	return closed, nil
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

// standsAlone tells whether two such elements and one that follows them are that to a browser, and nothing else.
func (w wrapping) standsAlone(b []byte, tag string) bool {
	_, follower := w.neighbours()
	nodes, err := w.parse(b, b, []byte(follower))
	return err == nil && len(nodes) == 3 &&
		sameName([]byte(nodes[0].Data), tag) && sameName([]byte(nodes[1].Data), tag) &&
		nodes[2].Type == html.ElementNode && len(nodes[2].Attr) == 0 && nodes[2].FirstChild == nil
}

// closed is b with all end tags, as a browser understands it where nothing follows.
func (w wrapping) closed(b []byte) ([]byte, error) {
	nodes, err := w.parse(b)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes[min(1, len(nodes)):] {
		return nil, fmt.Errorf("%.40q stands beside it", n.Data)
	}
	if len(nodes) == 0 || nodes[0].Type != html.ElementNode {
		return nil, errors.New("no element is left of it")
	}
	var out bytes.Buffer
	err = html.Render(&out, nodes[0])
	return out.Bytes(), err
}

func (w wrapping) parse(pieces ...[]byte) ([]*html.Node, error) {
	parent, _ := w.neighbours()
	return html.ParseFragment(bytes.NewReader(bytes.Join(pieces, nil)), parent)
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
