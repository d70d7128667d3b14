package views

import "fmt"

// wrapping is the surroundings that HTML needs to be parsed as what it is: a tr outside a table is no tr.
type wrapping byte

const (
	wrapDerived wrapping = iota // not known yet: by the tag
	wrapNone
	wrapRow     // tr
	wrapCell    // td, th
	wrapSection // tbody and the other children of a table
	wrapColumn  // col
	wrapDrawing // parts of an svg
	wraps
)

// surround says how each wrapping travels. Elements to be swapped stand between open and close. Elements to be
// inserted stand in a carrier, an element that itself stays behind: it stands between open and close too, unless bare.
//
// The parser adds the tbody and tr that are left out, in every browser: a table and its end is all a row costs.
var surround = [wraps]struct {
	open, close, carrier string
	bare                 bool
}{
	wrapNone:    {carrier: "div"},
	wrapRow:     {open: "<table>", close: "</table>", carrier: "tbody"},
	wrapCell:    {open: "<table>", close: "</table>", carrier: "tr"},
	wrapSection: {open: "<table>", close: "</table>", carrier: "table", bare: true},
	wrapColumn:  {open: "<table>", close: "</table>", carrier: "colgroup"},
	wrapDrawing: {open: "<svg>", close: "</svg>", carrier: "g"},
}

// wrapOf is the wrapping of elements by their tag. Tags that HTML has too (a, title, style) are taken for HTML.
var wrapOf = map[string]wrapping{
	"tr": wrapRow, "td": wrapCell, "th": wrapCell, "col": wrapColumn,
	"tbody": wrapSection, "thead": wrapSection, "tfoot": wrapSection, "caption": wrapSection, "colgroup": wrapSection,
	"g": wrapDrawing, "path": wrapDrawing, "rect": wrapDrawing, "circle": wrapDrawing, "ellipse": wrapDrawing,
	"line": wrapDrawing, "polyline": wrapDrawing, "polygon": wrapDrawing, "text": wrapDrawing, "tspan": wrapDrawing,
	"use": wrapDrawing, "image": wrapDrawing, "defs": wrapDrawing, "symbol": wrapDrawing, "marker": wrapDrawing,
	"lineargradient": wrapDrawing, "radialgradient": wrapDrawing, "stop": wrapDrawing, "clippath": wrapDrawing,
	"mask": wrapDrawing, "pattern": wrapDrawing, "foreignobject": wrapDrawing, "animate": wrapDrawing,
}

// or is w, or the wrapping that html needs by its first tag when w says nothing.
func (w wrapping) or(html []byte) wrapping {
	if w != wrapDerived {
		return w
	}
	name, _, ok := tagName(html)
	if !ok || wrapOf[name] == wrapDerived {
		return wrapNone
	}
	return wrapOf[name]
}

// mustWithin is the wrapping that a description asks for.
func mustWithin(kind, id, within string) wrapping {
	switch within {
	case "":
		return wrapDerived
	case "svg":
		return wrapDrawing
	default:
		panic(fmt.Sprintf(`views: %s %q: Within is "svg" or empty, not %q`, kind, id, within))
	}
}

// message puts out-of-band HTML together in the order in which browsers apply it. Elements of one wrapping share it.
type message struct {
	within wrapping
	b      []byte
	inside bool // within the open tags of the wrapping
}

func (m *message) bytes() []byte {
	m.leave()
	return m.b
}

func (m *message) enter() {
	if !m.inside {
		m.b = append(m.b, surround[m.within].open...)
		m.inside = true
	}
}

func (m *message) leave() {
	if m.inside {
		m.b = append(m.b, surround[m.within].close...)
		m.inside = false
	}
}

// replace swaps html for the element on the page that has its id.
func (m *message) replace(html []byte) {
	_, end, ok := tagName(html)
	if !ok {
		return // never: Render has checked it
	}
	m.enter()
	m.b = append(m.b, html[:end]...)
	m.b = append(m.b, oobTrue...)
	m.b = append(m.b, html[end:]...)
}

// insert puts the HTML that write appends at the place that style names beside or inside the element with that id;
// innerHTML replaces what the element holds.
func (m *message) insert(style, id string, write func(b []byte) []byte) {
	s := surround[m.within]
	if s.bare {
		m.leave()
	} else {
		m.enter()
	}
	m.b = fmt.Appendf(m.b, `<%s hx-swap-oob="%s:#%s">`, s.carrier, style, id)
	m.b = write(m.b)
	m.b = fmt.Appendf(m.b, `</%s>`, s.carrier)
}

// remove takes the elements with these ids off the page. They need not be named by tag, so no wrapping is needed.
func (m *message) remove(ids []string) {
	m.leave()
	m.b = append(m.b, `<div hx-swap-oob="delete:`...)
	for i, id := range ids {
		if i > 0 {
			m.b = append(m.b, ',')
		}
		m.b = append(append(m.b, '#'), id...)
	}
	m.b = append(m.b, `"></div>`...)
}
