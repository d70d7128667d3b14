package views

import "bytes"

// outline is what is known of an element while its markup is read.
type outline struct {
	tag     string
	drawing bool // other than HTML, it closes elements by />
	depth   int  // of elements with that tag
	shape   shape
}

// end is where the element ends with which b begins: neverCloses, or swapsItself if a tag in it says so. The shape is
// what the parser goes by: which tags there are, and where there is text.
func (o *outline) end(b []byte) int {
	for i := 0; i >= 0 && i < len(b); {
		t, next := nextMarkup(b, i)
		switch {
		case next < 0 || t.comment:
		case t.oob:
			return swapsItself
		case t.name == nil:
			if skipSpace(b, i) < next {
				o.shape.add('"')
			}
		case o.closes(t):
			return next
		case !t.end && !t.closed && isRawText(t.name):
			next = rawTextEnd(b, next, t.name)
		}
		i = next
	}
	return neverCloses
}

// closes reads a tag and tells whether it is the end of the element.
func (o *outline) closes(t markup) bool {
	o.shape.tag(t)
	if !sameName(t.name, o.tag) {
		return false
	}
	switch {
	case t.end:
		o.depth--
	case !isVoid(o.tag) && (!t.closed || !o.drawing):
		o.depth++
	}
	return o.depth <= 0
}

const (
	neverCloses = -1 - iota
	swapsItself
)

// markup is a tag; text and comments have no name.
type markup struct {
	name        []byte
	end, closed bool // </name> and <name/>
	comment     bool
	oob         bool // it says how to swap it
}

// nextMarkup is what stands at i, and where the next piece begins: -1 when b ends before.
func nextMarkup(b []byte, i int) (m markup, next int) {
	if b[i] != '<' {
		return m, nextTag(b, i)
	}
	if bytes.HasPrefix(b[i:], []byte("<!--")) {
		return markup{comment: true}, after(b, i+len("<!--"), "-->")
	}
	m.end = i+1 < len(b) && b[i+1] == '/'
	name, size, ok := namedTag(b[i:], m.end)
	if !ok {
		return markup{}, i + 1 // a < that begins no tag
	}
	m.name = name
	for i += size; ; {
		a, next := nextAttribute(b, i)
		if next < 0 || a.name == nil {
			m.closed = a.closed
			return m, next
		}
		m.oob = m.oob || sameName(a.name, "hx-swap-oob") || sameName(a.name, "data-hx-swap-oob")
		i = next
	}
}

// namedTag is the name of the tag with which b begins and where it ends.
func namedTag(b []byte, end bool) (name []byte, size int, ok bool) {
	i := 1
	if end {
		i = 2
	}
	start := i
	if start >= len(b) || !isLetter(b[start]) {
		return nil, 0, false
	}
	for i < len(b) && !isTagEnd(b[i]) {
		i++
	}
	return b[start:i], i, true
}

func nextTag(b []byte, i int) int {
	if n := bytes.IndexByte(b[i:], '<'); n >= 0 {
		return i + n
	}
	return -1
}

// after is where text from i on has been passed, or -1.
func after(b []byte, i int, text string) int {
	if i > len(b) {
		return -1
	}
	if n := bytes.Index(b[i:], []byte(text)); n >= 0 {
		return i + n + len(text)
	}
	return -1
}

// rawTextEnd is where the end tag of a raw text element begins, or -1.
func rawTextEnd(b []byte, i int, name []byte) int {
	for i = nextTag(b, i); i >= 0; i = nextTag(b, i+1) {
		if rest := b[i:]; len(rest) > len(name)+2 && rest[1] == '/' && bytes.EqualFold(rest[2:2+len(name)], name) {
			return i
		}
	}
	return -1
}

func sameName(name []byte, tag string) bool {
	return len(name) == len(tag) && bytes.EqualFold(name, []byte(tag))
}

// isRawText tells whether what the element holds is text, whatever it looks like.
func isRawText(name []byte) bool {
	for _, raw := range [...]string{"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"} {
		if sameName(name, raw) {
			return true
		}
	}
	return false
}

// isVoid tells whether the element has no content and no end tag.
func isVoid(tag string) bool {
	switch tag {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr":
		return true
	default:
		return false
	}
}
