package views

import "bytes"

// behind is where the element with which b begins ends, or the length of b when that cannot be told: end tags may be
// left out. What stands behind the element would be dropped by a swap and stay on the page for ever, a second tr of a
// row for instance, so it is not let through.
func behind(b []byte, tag string) int {
	depth := 0
	for i := 0; i >= 0 && i < len(b); {
		t, next := nextMarkup(b, i)
		if next >= 0 && sameName(t.name, tag) {
			switch {
			case t.end:
				depth--
			case !t.closed && !isVoid(tag):
				depth++
			}
			if depth <= 0 {
				return next
			}
		} else if next >= 0 && !t.end && !t.closed && isRawText(t.name) {
			next = rawTextEnd(b, next, t.name)
		}
		i = next
	}
	return len(b)
}

// markup is a tag; text and comments have no name.
type markup struct {
	name        []byte
	end, closed bool // </name> and <name/>
}

// nextMarkup is what stands at i, and where the next piece begins: -1 when b ends before.
func nextMarkup(b []byte, i int) (m markup, next int) {
	if b[i] != '<' {
		return m, nextTag(b, i)
	}
	if bytes.HasPrefix(b[i:], []byte("<!--")) {
		return m, after(b, i+len("<!--"), "-->")
	}
	m.end = i+1 < len(b) && b[i+1] == '/'
	name, size, ok := namedTag(b[i:], m.end)
	if !ok {
		return markup{}, i + 1 // a < that begins no tag
	}
	m.name = name
	next, m.closed = skipTag(b, i+size)
	return m, next
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

// skipTag is where the tag ends whose name ends at i, and whether it ends with />. It is -1 when b ends before.
func skipTag(b []byte, i int) (next int, closed bool) {
	for {
		a, next := nextAttribute(b, i)
		if next < 0 || a.name == nil {
			return next, a.closed
		}
		i = next
	}
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
