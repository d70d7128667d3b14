package htmldom

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Select is the elements that a selector finds, in order. It knows tags, ids, classes, attributes (present, or equal to a
// value), descendants ("nav a"), children ("ul > li") and lists ("a, button").
func (p Page) Select(selector string) ([]*html.Node, error) {
	var paths [][]step
	for one := range strings.SplitSeq(selector, ",") {
		path, err := parsePath(one)
		if err != nil {
			return nil, fmt.Errorf("htmldom: selector %q: %w", selector, err)
		}
		paths = append(paths, path)
	}
	var found []*html.Node
	for n := range p.body.Descendants() {
		if n.Type == html.ElementNode && slices.ContainsFunc(paths, func(path []step) bool { return leadsTo(path, n) }) {
			found = append(found, n)
		}
	}
	return found, nil
}

// step is what one element on the way has to have.
type step struct {
	tag   string
	attrs []condition
	child bool // the element before is its parent, and not any ancestor
}

// condition is what an attribute has to be.
type condition struct {
	name, value string
	word        bool // one of the words of the attribute
	present     bool // any value
}

func (s step) matches(n *html.Node) bool {
	if n.Type != html.ElementNode || s.tag != "" && s.tag != "*" && s.tag != n.Data {
		return false
	}
	for _, c := range s.attrs {
		value, ok := LookupAttr(n, c.name)
		if !ok || c.word && !slices.Contains(strings.Fields(value), c.value) || !c.word && !c.present && value != c.value {
			return false
		}
	}
	return true
}

// leadsTo reports whether the path ends at n.
func leadsTo(path []step, n *html.Node) bool {
	last := len(path) - 1
	if !path[last].matches(n) {
		return false
	}
	if last == 0 {
		return true
	}
	for up := n.Parent; up != nil; up = up.Parent {
		if leadsTo(path[:last], up) {
			return true
		}
		if path[last].child {
			return false
		}
	}
	return false
}

func parsePath(selector string) ([]step, error) {
	var path []step
	child := false
	for _, word := range words(selector) {
		if word == ">" {
			child = true
			continue
		}
		s, err := parseStep(word)
		if err != nil {
			return nil, err
		}
		s.child, child = child, false
		path = append(path, s)
	}
	if len(path) == 0 || child {
		return nil, fmt.Errorf("it ends early")
	}
	return path, nil
}

// words splits at white space outside of brackets.
func words(selector string) []string {
	inside := false
	return strings.FieldsFunc(selector, func(r rune) bool {
		switch r {
		case '[':
			inside = true
		case ']':
			inside = false
		}
		return !inside && (r == ' ' || r == '\t' || r == '\n')
	})
}

// unknown are the signs of what selectors can say besides.
const unknown = `:>+~()"'=]`

func parseStep(word string) (s step, err error) {
	end := strings.IndexAny(word, "#.[")
	if end < 0 {
		end = len(word)
	}
	s.tag = strings.ToLower(word[:end])
	if strings.ContainsAny(s.tag, unknown) {
		return s, fmt.Errorf("%q is more than this kit knows", word)
	}
	for rest := word[end:]; rest != ""; {
		var c condition
		if c, rest, err = parseCondition(rest); err != nil {
			return s, err
		}
		s.attrs = append(s.attrs, c)
	}
	return s, nil
}

func parseCondition(text string) (c condition, rest string, err error) {
	if text[0] == '[' {
		inside, rest, ok := strings.Cut(text[1:], "]")
		name, value, equal := strings.Cut(inside, "=")
		if !ok || name == "" || strings.ContainsAny(name, `^$*~|"' `) {
			return c, "", fmt.Errorf("%q is more than this kit knows", text)
		}
		return condition{name: name, value: strings.Trim(value, `"'`), present: !equal}, rest, nil
	}
	end := strings.IndexAny(text[1:], "#.[")
	if end < 0 {
		end = len(text) - 1
	}
	value, rest := text[1:1+end], text[1+end:]
	if value == "" || strings.ContainsAny(value, unknown) {
		return c, "", fmt.Errorf("%q is more than this kit knows", text)
	}
	if text[0] == '#' {
		return condition{name: "id", value: value}, rest, nil
	}
	return condition{name: "class", value: value, word: true}, rest, nil
}
