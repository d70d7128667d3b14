package views

import (
	"bytes"
	"fmt"
	"html"
	"strings"
)

// htmlSpace is what HTML takes for white space.
const htmlSpace = " \t\n\f\r"

// oobTrue makes htmx swap an element for the one on the page that has its id.
const oobTrue = ` hx-swap-oob="true"`

// tagName is the name, in small letters, of the start tag with which b begins, and where the name ends.
func tagName(b []byte) (name string, end int, ok bool) {
	if len(b) == 0 || b[0] != '<' {
		return "", 0, false
	}
	raw, end, ok := namedTag(b, false)
	return strings.ToLower(string(raw)), end, ok && end < len(b)
}

func isTagEnd(c byte) bool { return c == '>' || c == '/' || isSpace(c) }

func isSpace(c byte) bool { return strings.IndexByte(htmlSpace, c) >= 0 }

// attribute is the value of the first attribute of that name in the start tag with which b begins. ok is false when b
// does not begin with a complete start tag or the tag lacks the attribute.
func attribute(b []byte, name string) (value string, ok bool) {
	_, i, ok := tagName(b)
	if !ok {
		return "", false
	}
	found := false
	for {
		a, next := nextAttribute(b, i)
		if next < 0 {
			return "", false // the tag never ends
		}
		if a.name == nil {
			return value, found
		}
		if !found && len(a.name) == len(name) && strings.EqualFold(string(a.name), name) {
			value, found = html.UnescapeString(string(a.value)), true
		}
		i = next
	}
}

// attr is an attribute as it is written.
type attr struct {
	name, value []byte
	closed      bool // the tag ended instead, with /> and not with >
}

// nextAttribute reads on in a tag as the HTML standard does, from i behind its name or an attribute. At the end of the
// tag the attribute has no name, and next is behind the tag. It is -1 when b ends inside the tag.
func nextAttribute(b []byte, i int) (a attr, next int) {
	slash := false
	for i < len(b) && (b[i] == '/' || isSpace(b[i])) {
		slash = b[i] == '/'
		i++
	}
	if i >= len(b) {
		return a, -1
	}
	if b[i] == '>' {
		return attr{closed: slash}, i + 1
	}
	start := i
	i++ // a name may begin with =
	for i < len(b) && b[i] != '=' && !isTagEnd(b[i]) {
		i++
	}
	a.name = b[start:i]
	equals := skipSpace(b, i)
	if equals >= len(b) {
		return a, -1
	}
	if b[equals] != '=' {
		return a, i
	}
	a.value, next = attributeValue(b, skipSpace(b, equals+1))
	return a, next
}

// attributeValue reads the value that begins at i.
func attributeValue(b []byte, i int) (value []byte, next int) {
	if i >= len(b) {
		return nil, -1
	}
	if q := b[i]; q == '"' || q == '\'' {
		size := bytes.IndexByte(b[i+1:], q)
		if size < 0 {
			return nil, -1
		}
		return b[i+1 : i+1+size], i + size + 2
	}
	start := i
	for i < len(b) && b[i] != '>' && !isSpace(b[i]) {
		i++
	}
	return b[start:i], i
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

// checkTag tells why the tag with which b begins, and its name, is not one of the element with that id.
func checkTag(b []byte, id string) (tag string, err error) {
	tag, _, ok := tagName(b)
	if !ok {
		return "", fmt.Errorf("views: the markup of #%s begins with %.20q and not with the tag of its element", id, b)
	}
	if inHead(tag) {
		return "", fmt.Errorf("views: the markup of #%s begins with <%s>, which browsers do not leave where it is", id, tag)
	}
	got, ok := attribute(b, "id")
	if !ok {
		return "", fmt.Errorf("views: the first tag <%s> of the markup of #%s lacks id=%q", tag, id, id)
	}
	if got != id {
		return "", fmt.Errorf("views: the first tag <%s> of the markup of #%s has id=%q instead", tag, id, got)
	}
	return tag, nil
}

// inHead tells whether a parser moves the element into the head, or htmx takes it out of a message, when it comes first.
func inHead(tag string) bool {
	switch tag {
	case "html", "head", "body", "title", "base", "link", "meta", "style", "script", "noscript", "template",
		"frameset", "frame":
		return true
	default:
		return false
	}
}
