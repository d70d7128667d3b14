package views

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// sequenceCache remembers which sequences of tags are one element to a browser, whatever stands beside it. What a browser
// takes for the end of an element is a matter of many rules (a div ends the p it is in), so a parser decides; and since it
// takes longer than a template, once for each sequence.
type sequenceCache struct {
	seed maphash.Seed // a sum that others could compute would let a user make two sequences look like one

	mu     sync.Mutex
	single map[uint64]struct{} // sums of sequences that are one element; guarded by mu
}

// maxSequences is how many are remembered. Rows of a table have a few; a list in a row makes one for each of its lengths.
const maxSequences = 1 << 10

func newSequenceCache() *sequenceCache { return &sequenceCache{seed: maphash.MakeSeed()} }

// parse has a parser decide whether b, with the first tag and the sum of its sequence, is one element, and closes the tags
// that are left open in it.
func (c *sequenceCache) parse(b []byte, id string, tag []byte, within wrapper, sum uint64) ([]byte, error) {
	structure := within.checkElement(b, tag)
	if structure == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.single == nil || len(c.single) >= maxSequences {
			c.single = map[uint64]struct{}{}
		}
		c.single[sum] = struct{}{}
		return b, nil
	}
	if errors.Is(structure, errTakenApart) {
		return nil, fmt.Errorf("views: the markup of #%s is not what its tags say: %w", id, structure)
	}
	closed, err := within.closed(b)
	if err != nil {
		return nil, fmt.Errorf("views: the markup of #%s is not one element to a browser: %w", id, err)
	}
	if err := within.checkElement(closed, tag); err != nil {
		return nil, fmt.Errorf("views: the markup of #%s is not one element to a browser when others stand beside it: %w", id, err)
	}
	return closed, nil
}

// errNotSingle is of markup that takes in what follows it, or leaves something behind.
var errNotSingle = errors.New("its end is somewhere else")

// checkElement reports why two such elements and one that follows them are not that to a browser, with all that is in
// them, or are something else besides.
func (w wrapper) checkElement(b, tag []byte) error {
	_, follower := w.parseContext()
	nodes, err := w.parse(b, b, []byte(follower))
	if err != nil {
		return err
	}
	if len(nodes) > 0 {
		if err = checkStructure(b, nodes[:1]); err != nil {
			return err
		}
	}
	if len(nodes) == 3 && bytes.EqualFold([]byte(nodes[0].Data), tag) && bytes.EqualFold([]byte(nodes[1].Data), tag) &&
		nodes[2].Type == html.ElementNode && len(nodes[2].Attr) == 0 && nodes[2].FirstChild == nil {
		return nil
	}
	return errNotSingle
}

// closed is b with all end tags, as a browser understands it where nothing follows.
func (w wrapper) closed(b []byte) ([]byte, error) {
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

func (w wrapper) parse(pieces ...[]byte) ([]*html.Node, error) {
	parent, _ := w.parseContext()
	if w == wrapDrawing { // a parser that begins inside of a drawing does not notice HTML that ends it
		pieces = slices.Concat([][]byte{[]byte("<svg><g>")}, pieces, [][]byte{[]byte("</g></svg>")})
	}
	nodes, err := html.ParseFragmentWithOptions(bytes.NewReader(bytes.Join(pieces, nil)), parent, html.ParseOptionEnableScripting(false))
	if err != nil || w != wrapDrawing {
		return nodes, err
	}
	if len(nodes) != 1 || nodes[0].FirstChild == nil || nodes[0].FirstChild != nodes[0].LastChild {
		return nil, fmt.Errorf("%w: something in it ends the drawing that it stands in", errTakenApart)
	}
	group := nodes[0].FirstChild
	nodes = slices.Collect(group.ChildNodes())
	for _, n := range nodes {
		group.RemoveChild(n)
	}
	return nodes, nil
}

// parseContext is where elements of the wrapper stand, and one that may follow them.
func (w wrapper) parseContext() (parent *html.Node, follower string) {
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
		return element(atom.Div), "<g></g>"
	default:
		return element(atom.Div), "<span></span>"
	}
}
