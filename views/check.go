package views

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// CheckPage looks for wiring mistakes in a whole page that has these fragments and connects by the element with the id
// connectID. It returns a sentence for each, in the order of the fragments and then of the page; none when all is well. It is
// for development: it parses the page. It finds:
//
//   - a fragment with no element on the page, and two fragments of one id;
//   - a list that holds anything beside its rows;
//   - an id that several elements have;
//   - an element outside of a list that has, or could come to have, the id of one of its rows;
//   - an element with the id connectID that does not connect.
//
// What could be a row's id is known by the fragment's RowPrefix and by what follows it in the rows that the list shows: where
// those are numbers or UUIDs only such ids count.
func CheckPage(page []byte, fragments []fragment.Fragment, connectID string) []string {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return []string{fmt.Sprintf("the page cannot be parsed: %v", err)}
	}
	c := pageCheck{byID: map[string][]*html.Node{}, owner: map[string]string{}, connectID: connectID}
	c.collect(root)
	c.owner[connectID] = fmt.Sprintf("the element #%s that connects the page", connectID)
	c.fragments(fragments)
	c.ids()
	for _, f := range fragments {
		if f, ok := f.(rowFragment); ok {
			c.lists = append(c.lists, c.newList(f))
		}
	}
	for i, l := range c.lists {
		c.list(l, c.lists[:i])
	}
	return c.found
}

type rowFragment interface {
	fragment.Fragment
	fragment.RowPrefixer
}

// pageCheck is what is known of a page while it is checked.
type pageCheck struct {
	nodes     []*html.Node            // elements with an id, in order
	byID      map[string][]*html.Node // the same
	owner     map[string]string       // of ids of live elements: what they are
	lists     []*checkedList
	connectID string
	found     []string
}

func (c *pageCheck) report(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

func (c *pageCheck) collect(n *html.Node) {
	if id := idOf(n); id != "" {
		c.nodes = append(c.nodes, n)
		c.byID[id] = append(c.byID[id], n)
	}
	if n.Type == html.ElementNode && n.Data == "template" {
		return // what it holds is not on the page
	}
	for child := range n.ChildNodes() {
		c.collect(child)
	}
}

// Holds reports whether the element of a page with the id outer is, or holds, one with any of the ids. It parses the page.
func Holds(page []byte, outer string, ids ...string) bool {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return false
	}
	for n := range root.Descendants() {
		if idOf(n) != outer {
			continue
		}
		if slices.Contains(ids, outer) {
			return true
		}
		for inner := range n.Descendants() {
			if id := idOf(inner); id != "" && slices.Contains(ids, id) {
				return true
			}
		}
		return false
	}
	return false
}

func idOf(n *html.Node) string {
	for _, a := range n.Attr {
		if a.Key == "id" && n.Type == html.ElementNode {
			return a.Val
		}
	}
	return ""
}

func (c *pageCheck) fragments(fragments []fragment.Fragment) {
	for _, f := range fragments {
		id := f.ID()
		if owner, ok := c.owner[id]; ok {
			c.report("The fragment #%s has the id of %s: give it another.", id, owner)
			continue
		}
		c.owner[id] = fmt.Sprintf("the fragment #%s", id)
		if len(c.byID[id]) == 0 {
			c.report("The fragment #%s is kept, and no element of the page has the id %q: nobody sees it change.", id, id)
		}
	}
}

// ids looks at each id once.
func (c *pageCheck) ids() {
	for _, n := range c.nodes {
		id := idOf(n)
		if same := c.byID[id]; same[0] == n && len(same) > 1 {
			c.report("%d elements have the id %q: a change reaches one of them.", len(same), id)
		}
		if id == c.connectID && !connects(n) {
			c.report("The element <%s id=%q> has the id of the element that connects the page: it would be taken for that.", n.Data, id)
		}
	}
}

func connects(n *html.Node) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool {
		return a.Key == "sse-connect" || a.Key == "hx-sse" || a.Key == "hx-sse:connect"
	})
}

// checkedList is a fragment of rows on the page.
type checkedList struct {
	rowFragment

	element *html.Node
	rows    []*html.Node
	anyKey  bool // a key may be anything, and not only a number or UUID
}

var plainKey = regexp.MustCompile(`^([0-9]+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$`)

// newList reads the rows of the list.
func (c *pageCheck) newList(f rowFragment) *checkedList {
	l := &checkedList{rowFragment: f}
	if found := c.byID[f.ID()]; len(found) > 0 {
		l.element = found[0]
		for n := range l.element.ChildNodes() {
			if key, ok := strings.CutPrefix(idOf(n), f.RowPrefix()); ok {
				l.rows = append(l.rows, n)
				l.anyKey = l.anyKey || !plainKey.MatchString(key)
			}
		}
	}
	return l
}

// hasRowID reports whether the id is, or could be, that of one of the rows.
func (l *checkedList) hasRowID(id string) bool {
	key, ok := strings.CutPrefix(id, l.RowPrefix())
	return ok && (l.anyKey || plainKey.MatchString(key))
}

// holds reports whether n is one of the rows, or in one.
func (l *checkedList) holds(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if slices.Contains(l.rows, n) {
			return true
		}
	}
	return false
}

// body is the tbody that a parser has put around rows which the page's author put into a table; nil where there is none.
func (l *checkedList) body() *html.Node {
	if l.element == nil || l.element.Data != "table" || len(l.rows) > 0 {
		return nil
	}
	for section := range l.element.ChildNodes() {
		for n := range section.ChildNodes() {
			if n.Data == "tr" && l.hasPrefix(n) {
				return section
			}
		}
	}
	return nil
}

func (l *checkedList) hasPrefix(n *html.Node) bool { return strings.HasPrefix(idOf(n), l.RowPrefix()) }

// besides are the nodes that stand beside rows. Where there are no rows, something may stand instead of them.
func (l *checkedList) besides() (nodes []*html.Node) {
	if f, ok := l.rowFragment.(*rows); l.element == nil || len(l.rows) == 0 && (!ok || f.hasPlaceholder()) {
		return nil
	}
	for n := range l.element.ChildNodes() {
		blank := n.Type == html.CommentNode || n.Type == html.TextNode && strings.TrimSpace(n.Data) == ""
		if !blank && !slices.Contains(l.rows, n) {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

func (c *pageCheck) list(l *checkedList, before []*checkedList) {
	if body := l.body(); body != nil {
		c.report("The element <table id=%q> holds its rows in a <tbody>, which browsers add: the id belongs on a <tbody> of the page.", l.ID())
		return
	}
	for _, n := range l.besides() {
		c.report("The element #%s holds %.40q beside the rows of its fragment: rows would be put in the wrong place, and a change may remove it.", l.ID(), n.Data)
	}
	for _, other := range before {
		if other.RowPrefix() == l.RowPrefix() {
			c.report("The rows of #%s and of #%s have ids with the same prefix %q: rows of one key have one id.", other.ID(), l.ID(), l.RowPrefix())
		}
	}
	for _, n := range c.nodes {
		id := idOf(n)
		if !l.hasRowID(id) || l.holds(n) {
			continue
		}
		owner, live := c.owner[id]
		i := slices.IndexFunc(c.lists, func(o *checkedList) bool { return slices.Contains(o.rows, n) })
		switch {
		case live:
			c.report("A row of #%s could have the id %q, which is that of %s: give the rows another Prefix.", l.ID(), id, owner)
		case i < 0:
			c.report("The element <%s id=%q> has the id of a row of #%s and stands outside of it: a change of that row would reach it.", n.Data, id, l.ID())
		case c.lists[i].RowPrefix() != l.RowPrefix():
			c.report("A row of #%s could have the id %q, which is that of a row of #%s: give the rows of one of them another Prefix.", l.ID(), id, c.lists[i].ID())
		}
	}
}
