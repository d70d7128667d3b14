package views

import "fmt"

// oobTrue makes htmx swap an element for the one on the page that has its id.
const oobTrue = ` hx-swap-oob="true"`

// wrapper is what HTML must stand in to be parsed as what it is: a tr outside a table is no tr.
type wrapper byte

const (
	wrapDerived wrapper = iota // not known yet: by the tag
	wrapNone
	wrapRow     // tr
	wrapCell    // td, th
	wrapSection // tbody and the other children of a table
	wrapColumn  // col
	wrapDrawing // parts of an svg
	wrapTitle   // title
	wrappers
)

// tagKind is what the name of a tag says about its element.
type tagKind struct {
	wrap    wrapper // a name that HTML and drawings share (a, title, style) is taken for HTML
	void    bool    // it has no content and no end tag
	raw     bool    // what it holds is text, whatever it looks like
	inHead  bool    // a parser moves it into the head, or htmx takes it out of a message, when it comes first
	foreign bool    // what it holds is closed by />
}

// kindOf is the kind of the tag with that name.
func kindOf(name []byte) tagKind {
	var small [16]byte // longer than all names below
	if len(name) > len(small) {
		return tagKind{wrap: wrapNone}
	}
	for i, c := range name {
		if small[i] = c; 'A' <= c && c <= 'Z' {
			small[i] |= 0x20
		}
	}
	switch string(small[:len(name)]) {
	case "tr":
		return tagKind{wrap: wrapRow}
	case "td", "th":
		return tagKind{wrap: wrapCell}
	case "tbody", "thead", "tfoot", "caption", "colgroup":
		return tagKind{wrap: wrapSection}
	case "col":
		return tagKind{wrap: wrapColumn, void: true}
	case "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "use", "image",
		"defs", "symbol", "marker", "lineargradient", "radialgradient", "stop", "clippath", "mask", "pattern",
		"foreignobject", "animate", "desc":
		return tagKind{wrap: wrapDrawing}
	case "svg", "math":
		return tagKind{wrap: wrapNone, foreign: true}
	case "area", "br", "embed", "hr", "img", "input", "source", "track", "wbr":
		return tagKind{wrap: wrapNone, void: true}
	case "base", "link", "meta":
		return tagKind{wrap: wrapNone, void: true, inHead: true}
	case "title":
		return tagKind{wrap: wrapTitle, raw: true, inHead: true}
	case "style", "script":
		return tagKind{wrap: wrapNone, raw: true, inHead: true}
	case "html", "head", "body", "noscript", "template", "frameset", "frame":
		return tagKind{wrap: wrapNone, inHead: true}
	case "textarea", "xmp", "iframe", "noembed", "noframes":
		return tagKind{wrap: wrapNone, raw: true}
	}
	return tagKind{wrap: wrapNone}
}

// or is w, or the wrapper that html needs by its first tag when w says nothing.
func (w wrapper) or(html []byte) wrapper {
	if w != wrapDerived || len(html) == 0 {
		return max(w, wrapNone)
	}
	first, _ := scan(html, 0)
	if first.mark == markEnd {
		return wrapNone
	}
	return kindOf(first.name).wrap
}

// mustWithin is the wrapper that a description asks for.
func mustWithin(kind, id, within string) wrapper {
	switch within {
	case "":
		return wrapDerived
	case "svg":
		return wrapDrawing
	default:
		panic(fmt.Sprintf(`views: %s %q: Within is "svg" or empty, not %q`, kind, id, within))
	}
}

// The marks of the elements that carry a swap, by which the script knows one of ours: htmx 2 removes hx-swap-oob before it
// says what it is about to do.
const (
	markWhole   = ` data-live="whole"`
	markCleared = ` data-live="cleared"` // whole, and nothing that a person typed may stay
)

// markFailed is the mark of a row that stands in the place of one that cannot be rendered.
const markFailed = ` data-live="failed"`

// message puts out-of-band HTML together in the order in which browsers apply it. Elements of one wrapper share it: those to
// be swapped stand between open and close. Elements to be inserted stand in a carrier, an element that itself stays behind: it
// stands between open and close too, unless bare.
type message struct {
	open, close, carrier string
	bare                 bool

	b      []byte
	inside bool // between open and close
}

// message is an empty message of elements of the wrapper. The parser adds the tbody and tr that are left out, in every
// browser: a table and its end is all a row costs.
func (w wrapper) message() message {
	switch w {
	case wrapRow:
		return message{open: "<table>", close: "</table>", carrier: "tbody"}
	case wrapCell:
		return message{open: "<table>", close: "</table>", carrier: "tr"}
	case wrapSection:
		return message{open: "<table>", close: "</table>", carrier: "table", bare: true}
	case wrapColumn:
		return message{open: "<table>", close: "</table>", carrier: "colgroup"}
	case wrapDrawing:
		return message{open: "<svg>", close: "</svg>", carrier: "g"}
	case wrapTitle: // any other title htmx takes out of the message; this one is an HTML title as well
		return message{open: "<svg><desc>", close: "</desc></svg>", carrier: "div"}
	default:
		return message{carrier: "div"}
	}
}

// move goes between open and close, or out of there.
func (m *message) move(inside bool) {
	switch {
	case inside == m.inside:
		return
	case inside:
		m.b = append(m.b, m.open...)
	default:
		m.b = append(m.b, m.close...)
	}
	m.inside = inside
}

// replace swaps html for the element on the page that has its id.
func (m *message) replace(html []byte) {
	if len(html) == 0 {
		return
	}
	first, _ := scan(html, 0)
	if first.name == nil || first.mark == markEnd {
		return // never: Render has checked it
	}
	m.move(true)
	m.b = append(m.b, html[:first.nameEnd]...)
	m.b = append(m.b, oobTrue...)
	m.b = append(m.b, html[first.nameEnd:]...)
}

// insert puts the rows at the place that style names beside or inside the element with that id; innerHTML replaces what the
// element holds. The mark is an attribute of the carrier.
func (m *message) insert(style, id, mark string, rows []row) {
	m.move(!m.bare)
	m.b = fmt.Appendf(m.b, `<%s hx-swap-oob="%s:#%s"%s>`, m.carrier, style, id, mark)
	for _, r := range rows {
		m.b = append(m.b, r.html...)
	}
	m.b = fmt.Appendf(m.b, `</%s>`, m.carrier)
}

// remove takes the elements with the ids of the rows off the page. They need not be named by tag, so no wrapper is needed.
func (m *message) remove(prefix string, rows []row) {
	m.move(false)
	m.b = append(m.b, `<div hx-swap-oob="delete:`...)
	for i, r := range rows {
		if i > 0 {
			m.b = append(m.b, ',')
		}
		m.b = append(append(append(m.b, '#'), prefix...), r.key...)
	}
	m.b = append(m.b, `" data-live="delete"></div>`...)
}
