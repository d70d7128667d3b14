package views

import (
	"fmt"
	"html"
	"strings"

	nethtml "golang.org/x/net/html"
)

// fit makes b, which stands in the element instead of rows, something that may stand where rows do. A browser moves a <p> out of
// a <tbody>, before the table, and there it stays when rows arrive: so it is wrapped in a row. What may stand there is left as it is.
func (f *rows) fit(b []byte) ([]byte, wrapper, error) {
	sample := f.sample()
	tag := strings.ToLower(firstTag(sample))
	within := f.within.or(sample)
	switch {
	case len(b) == 0 || tag == "" && within != wrapDrawing:
		return b, f.within.or(b), nil
	case tag == "option" || tag == "optgroup":
		return fitOption(b), wrapNone, nil
	case within == wrapNone || within == wrapTitle:
		return b, f.within.or(b), nil
	case within.holds(b):
		return b, within, nil
	}
	wrapped := within.around(b, model{columns: within.columns(sample)})
	if !within.holds(wrapped) {
		return nil, 0, fmt.Errorf("views: what #%s shows instead of rows, %.40q, cannot stand where its rows do, which begin with <%s>", f.ID(), b, tag)
	}
	return wrapped, within, nil
}

// holds reports whether b is nothing but elements that may stand where those of the wrapper do.
func (w wrapper) holds(b []byte) bool {
	nodes, err := w.parse(b)
	if err != nil || len(nodes) == 0 { // nothing is left of it where it stands
		return false
	}
	for _, n := range nodes {
		switch n.Type {
		case nethtml.CommentNode:
		case nethtml.TextNode:
			if strings.Trim(n.Data, htmlSpace) != "" {
				return false
			}
		case nethtml.ElementNode:
			if w == wrapDrawing && n.Namespace == "" || w != wrapDrawing && kindOf([]byte(n.Data)).wrap != w {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// around puts b into an element of the wrapper.
func (w wrapper) around(b []byte, m model) []byte {
	switch content := string(b); w {
	case wrapRow:
		return []byte("<tr>" + m.cell(content) + "</tr>")
	case wrapCell:
		return []byte("<td>" + content + "</td>")
	case wrapSection:
		return []byte("<tbody><tr>" + m.cell(content) + "</tr></tbody>")
	case wrapDrawing:
		return []byte(`<foreignObject width="100%" height="100%">` + content + "</foreignObject>")
	default: // a column shows nothing
		return b
	}
}

// fitOption is b where options stand: an option that says its text, unless it begins with one.
func fitOption(b []byte) []byte {
	switch strings.ToLower(firstTag(b)) {
	case "option", "optgroup", "hr":
		return b
	}
	nodes, err := wrapNone.parse(b)
	if err != nil {
		return nil
	}
	var text strings.Builder
	for _, root := range nodes {
		if root.Type == nethtml.TextNode {
			text.WriteString(root.Data)
		}
		for n := range root.Descendants() {
			if n.Type == nethtml.TextNode {
				text.WriteString(n.Data)
			}
		}
	}
	words := strings.Join(strings.Fields(text.String()), " ")
	return fmt.Appendf(nil, "<option disabled>%s</option>", html.EscapeString(words))
}
