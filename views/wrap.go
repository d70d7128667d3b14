package views

import (
	"fmt"
	"slices"
)

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

// surroundings says how a wrapping travels. Elements to be swapped stand between open and close. Elements to be inserted
// stand in a carrier, an element that itself stays behind: it stands between open and close too, unless bare.
//
// The parser adds the tbody and tr that are left out, in every browser: a table and its end is all a row costs.
type surroundings struct {
	open, close, carrier string
	bare                 bool
}

func (w wrapping) surroundings() surroundings {
	switch w {
	case wrapRow:
		return surroundings{open: "<table>", close: "</table>", carrier: "tbody"}
	case wrapCell:
		return surroundings{open: "<table>", close: "</table>", carrier: "tr"}
	case wrapSection:
		return surroundings{open: "<table>", close: "</table>", carrier: "table", bare: true}
	case wrapColumn:
		return surroundings{open: "<table>", close: "</table>", carrier: "colgroup"}
	case wrapDrawing:
		return surroundings{open: "<svg>", close: "</svg>", carrier: "g"}
	default:
		return surroundings{carrier: "div"}
	}
}

// wrappingOf is the wrapping of elements by their tag. Tags that HTML has too (a, title, style) are taken for HTML.
func wrappingOf(tag string) wrapping {
	switch tag {
	case "tr":
		return wrapRow
	case "td", "th":
		return wrapCell
	case "tbody", "thead", "tfoot", "caption", "colgroup":
		return wrapSection
	case "col":
		return wrapColumn
	case "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "use", "image",
		"defs", "symbol", "marker", "lineargradient", "radialgradient", "stop", "clippath", "mask", "pattern",
		"foreignobject", "animate", "desc":
		return wrapDrawing
	default:
		return wrapNone
	}
}

// or is w, or the wrapping that html needs by its first tag when w says nothing.
func (w wrapping) or(html []byte) wrapping {
	if w != wrapDerived {
		return w
	}
	name, _, _ := tagName(html)
	return wrappingOf(name)
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

// mustSwap is the attribute that swaps an element in the manner that a description asks for, one of styles. A style that
// a client does not know ends its stream.
func mustSwap(kind, id, swap string, styles ...string) string {
	if swap == "" {
		return oobTrue
	}
	if !slices.Contains(styles, swap) {
		panic(fmt.Sprintf("views: %s %q: Swap is one of %q or empty, not %q", kind, id, styles, swap))
	}
	return ` hx-swap-oob="` + swap + `"`
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
		m.b = append(m.b, m.within.surroundings().open...)
		m.inside = true
	}
}

func (m *message) leave() {
	if m.inside {
		m.b = append(m.b, m.within.surroundings().close...)
		m.inside = false
	}
}

// replace swaps html, in that manner, for the element on the page that has its id.
func (m *message) replace(html []byte, swap string) {
	_, end, ok := tagName(html)
	if !ok {
		return // never: Render has checked it
	}
	m.enter()
	m.b = append(m.b, html[:end]...)
	m.b = append(m.b, swap...)
	m.b = append(m.b, html[end:]...)
}

// insert puts the HTML that write appends at the place that style names beside or inside the element with that id;
// innerHTML replaces what the element holds.
func (m *message) insert(style, id string, write func(b []byte) []byte) {
	s := m.within.surroundings()
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
