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
	if len(b) < 2 || b[0] != '<' || !isLetter(b[1]) {
		return "", 0, false
	}
	end = 1
	for end < len(b) && !isTagEnd(b[end]) {
		end++
	}
	return strings.ToLower(string(b[1:end])), end, end < len(b)
}

func isTagEnd(c byte) bool { return c == '>' || c == '/' || strings.IndexByte(htmlSpace, c) >= 0 }

// attribute is the value of the first attribute of that name in the start tag with which b begins. ok is false when b
// does not begin with a complete start tag or the tag lacks the attribute.
func attribute(b []byte, name string) (value string, ok bool) {
	_, i, ok := tagName(b)
	if !ok {
		return "", false
	}
	found := false
	for {
		for i < len(b) && (b[i] == '/' || strings.IndexByte(htmlSpace, b[i]) >= 0) {
			i++
		}
		if i >= len(b) {
			return "", false // the tag never ends
		}
		if b[i] == '>' {
			return value, found
		}
		n, v, next := scanAttribute(b, i)
		if next < 0 {
			return "", false
		}
		if !found && strings.EqualFold(n, name) {
			value, found = html.UnescapeString(v), true
		}
		i = next
	}
}

// scanAttribute reads the attribute that begins at i as the HTML standard does; next is -1 when b ends inside it.
func scanAttribute(b []byte, i int) (name, value string, next int) {
	start := i
	i++ // a name may begin with =
	for i < len(b) && b[i] != '=' && !isTagEnd(b[i]) {
		i++
	}
	name = string(b[start:i])
	j := i
	for j < len(b) && strings.IndexByte(htmlSpace, b[j]) >= 0 {
		j++
	}
	if j >= len(b) {
		return "", "", -1
	}
	if b[j] != '=' {
		return name, "", i
	}
	return scanValue(name, b, j+1)
}

func scanValue(name string, b []byte, i int) (string, string, int) {
	for i < len(b) && strings.IndexByte(htmlSpace, b[i]) >= 0 {
		i++
	}
	if i >= len(b) {
		return "", "", -1
	}
	if q := b[i]; q == '"' || q == '\'' {
		end := bytes.IndexByte(b[i+1:], q)
		if end < 0 {
			return "", "", -1
		}
		return name, string(b[i+1 : i+1+end]), i + end + 2
	}
	start := i
	for i < len(b) && b[i] != '>' && strings.IndexByte(htmlSpace, b[i]) < 0 {
		i++
	}
	return name, string(b[start:i]), i
}

// checkElement tells why b cannot be swapped as the element with that id; the tag is its tag.
func checkElement(b []byte, id string) (tag string, err error) {
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
