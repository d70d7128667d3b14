package views

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"html"
	"strings"
)

// htmlSpace is what HTML takes for white space.
const htmlSpace = " \t\n\f\r"

// noName are characters that browsers take for part of a tag's name, and that no name of an element has.
const noName = "<\"'`="

// piece is a piece of markup: a tag, a comment or text.
type piece struct {
	mark    byte   // what it is; 0 for comments and white space
	name    []byte // of a tag, as it is written; nil otherwise
	nameEnd int    // where the name ends
	id      []byte // the value of a tag's first id attribute, not unescaped
	hasID   bool
	swaps   bool // the tag has an attribute hx-swap-oob
	hint    byte // of a tag that browsers parse by its attributes, too: which of those it has
}

// The marks of pieces.
const (
	markText  = '"'
	markStart = '<' // <name>
	markSlash = '>' // <name/>
	markEnd   = '/' // </name>
	markBogus = '!' // <!name> or </ >: what ends it, and whether it is text, depends on where it stands
	markSpace = '&' // text that is white space, written as character references
)

// scan reads the piece of markup that begins at i, and returns where the next one begins: -1 when b ends before it does.
func scan(b []byte, i int) (p piece, next int) {
	switch {
	case b[i] != '<':
		if next = indexFrom(b, i, "<", 0); next >= 0 && len(bytes.TrimLeft(b[i:next], htmlSpace)) > 0 {
			p.mark = textMark(b[i:next])
		}
		return p, next
	case bytes.HasPrefix(b[i:], []byte("<!--")):
		return p, commentEnd(b, i+len("<!--"))
	}
	start := i + 1
	if p.mark = markStart; start < len(b) && (b[start] == '!' || b[start] == '?') {
		return piece{mark: markBogus}, indexFrom(b, i, ">", 1)
	}
	if start < len(b) && b[start] == '/' {
		p.mark = markEnd
		start++
	}
	switch {
	case start < len(b) && isLetter(b[start]):
	case p.mark == markEnd:
		return piece{mark: markBogus}, indexFrom(b, i, ">", 1)
	default:
		return piece{mark: markText}, i + 1 // a < that begins no tag
	}
	p.nameEnd = len(b)
	if n := bytes.IndexAny(b[start:], htmlSpace+"/>"); n >= 0 {
		p.nameEnd = start + n
	}
	p.name = b[start:p.nameEnd]
	return p, p.scanAttributes(b)
}

// textMark is the mark of text that is not blank as it is written.
func textMark(text []byte) byte {
	if text = bytes.TrimLeft(text, htmlSpace); text[0] == '&' && strings.Trim(html.UnescapeString(string(text)), htmlSpace) == "" {
		return markSpace
	}
	return markText
}

// commentEnd is where the comment ends whose content begins at i: -1 when it does not.
func commentEnd(b []byte, i int) int {
	for _, end := range []string{">", "->"} {
		if bytes.HasPrefix(b[i:], []byte(end)) {
			return i + len(end)
		}
	}
	end := indexFrom(b, i, "-->", len("-->"))
	if odd := indexFrom(b, i, "--!>", len("--!>")); odd >= 0 && (end < 0 || odd < end) {
		return odd
	}
	return end
}

// scanAttributes reads the attributes of the tag, and returns where it ends: -1 when b ends before.
func (p *piece) scanAttributes(b []byte) (next int) {
	for i := p.nameEnd; ; i = next {
		var name, value []byte
		name, value, next = scanAttribute(b, i)
		switch {
		case next < 0:
			return next
		case name == nil:
			if p.mark == markStart && i < next-1 && b[next-2] == '/' {
				p.mark = markSlash
			}
			return next
		case !p.hasID && bytes.EqualFold(name, []byte("id")):
			p.id, p.hasID = value, true
		case bytes.EqualFold(name, []byte("hx-swap-oob")), bytes.EqualFold(name, []byte("data-hx-swap-oob")):
			p.swaps = true
		default:
			p.hint |= hintOf(p.name, name, value)
		}
	}
}

// What hintOf says of an attribute.
const (
	hintEndsDrawing byte = 1 << iota // of a font: such a font is no part of a drawing
	hintHidden                       // of an input: it may stand in a table. Only the first type counts
	hintShown                        // of an input: another type
	hintTemplate                     // of a template: something takes it apart
	hintHoldsHTML                    // of an annotation-xml: its encoding is HTML
	hintHoldsOther                   // of an annotation-xml: another encoding
)

// hintOf is what an attribute of a tag says to a parser, 0 for nearly all.
func hintOf(tag, name, value []byte) byte {
	switch len(tag) {
	case len("font"), len("input"), len("template"), len("annotation-xml"):
	default:
		return 0
	}
	is := func(element, attribute string) bool {
		return bytes.EqualFold(tag, []byte(element)) && bytes.EqualFold(name, []byte(attribute))
	}
	text := func() string { return strings.ToLower(html.UnescapeString(string(value))) }
	switch {
	case is("font", "color"), is("font", "face"), is("font", "size"):
		return hintEndsDrawing
	case is("template", "hx"), is("template", "shadowrootmode"):
		return hintTemplate
	case is("input", "type") && text() == "hidden":
		return hintHidden
	case is("input", "type"):
		return hintShown
	case is("annotation-xml", "encoding") && (text() == "text/html" || text() == "application/xhtml+xml"):
		return hintHoldsHTML
	case is("annotation-xml", "encoding"):
		return hintHoldsOther
	}
	return 0
}

// scanAttribute reads on in a tag as the HTML standard does, from i behind the tag's name or an attribute. At the end of
// the tag there is no name, and next is behind the tag. It is -1 when b ends inside the tag.
func scanAttribute(b []byte, i int) (name, value []byte, next int) {
	for i < len(b) && (b[i] == '/' || strings.IndexByte(htmlSpace, b[i]) >= 0) {
		i++
	}
	switch {
	case i >= len(b):
		return nil, nil, -1
	case b[i] == '>':
		return nil, nil, i + 1
	}
	size := 1 + bytes.IndexAny(b[i+1:], htmlSpace+"=/>") // a name may begin with =
	if size == 0 {
		return nil, nil, -1
	}
	name, rest := b[i:i+size], bytes.TrimLeft(b[i+size:], htmlSpace)
	switch {
	case len(rest) == 0:
		return name, nil, -1
	case rest[0] != '=':
		return name, nil, i + size
	}
	rest = bytes.TrimLeft(rest[1:], htmlSpace)
	if len(rest) == 0 {
		return name, nil, -1
	}
	if quote := rest[0]; quote == '"' || quote == '\'' {
		if size = bytes.IndexByte(rest[1:], quote); size < 0 {
			return name, nil, -1
		}
		return name, rest[1 : 1+size], len(b) - len(rest) + size + 2
	}
	if size = bytes.IndexAny(rest, htmlSpace+">"); size < 0 {
		size = len(rest)
	}
	return name, rest[:size], len(b) - len(rest) + size
}

// indexFrom is where text begins in b from i on, plus skip; -1 when it does not.
func indexFrom(b []byte, i int, text string, skip int) int {
	if i > len(b) {
		return -1
	}
	if n := bytes.Index(b[i:], []byte(text)); n >= 0 {
		return i + n + skip
	}
	return -1
}

// checkTag reports why the tag p with which b begins is not that of the element with the id.
func checkTag(b []byte, p piece, end int, id string, within wrapper) error {
	kind := kindOf(p.name)
	switch value := html.UnescapeString(string(p.id)); {
	case p.name == nil || p.mark == markEnd || p.nameEnd == len(b) || bytes.ContainsAny(p.name, noName):
		return fmt.Errorf("views: the markup of #%s begins with %.20q and not with the tag of its element", id, b)
	case kind.inHead && (kind.wrap != wrapTitle || within != wrapDerived):
		return fmt.Errorf("views: the markup of #%s begins with <%s>, which browsers do not leave where it is", id, bytes.ToLower(p.name))
	case end < 0 || !p.hasID:
		return fmt.Errorf("views: the first tag <%s> of the markup of #%s lacks id=%q", bytes.ToLower(p.name), id, id)
	case value != id:
		return fmt.Errorf("views: the first tag <%s> of the markup of #%s has id=%q instead", bytes.ToLower(p.name), id, value)
	}
	return nil
}

// element is b, which is the element with that id, and what it travels in. Tags that are left open, in HTML that a user wrote
// for instance, are closed, or they would take in what follows. An error says why there is no such element.
func (c *sequenceCache) element(b []byte, id string, within wrapper) ([]byte, wrapper, error) {
	first, next := piece{}, neverCloses
	if bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, []byte("\uFFFD")) // browsers drop it here and replace it there
	}
	if len(b) > 0 {
		first, next = scan(b, 0)
	}
	if err := checkTag(b, first, next, id, within); err != nil {
		return nil, 0, err
	}
	kind := kindOf(first.name)
	if within == wrapDerived {
		within = kind.wrap
	}
	var sequence maphash.Hash
	sequence.SetSeed(c.seed)
	switch end := elementEnd(b, first, next, within == wrapDrawing || kind.foreign, &sequence); {
	case end == swapsItself:
		return nil, 0, fmt.Errorf("views: the markup of #%s has an attribute hx-swap-oob: htmx would take it out of what it stands in", id)
	case 0 <= end && end < len(b):
		return nil, 0, fmt.Errorf("views: the markup of #%s is more than one element: %.40q follows its end", id, b[end:])
	}
	sum := sequence.Sum64()
	c.mu.Lock()
	_, known := c.single[sum]
	c.mu.Unlock()
	if known {
		return b, within, nil
	}
	b, err := c.parse(b, id, first.name, within, sum)
	return b, within, err
}

const (
	neverCloses = -1 - iota
	swapsItself
)

// elementEnd is where the element ends with which b begins: neverCloses, or swapsItself if a tag in it says so. The first
// tag has been scanned. It writes to sequence what a parser goes by: which tags there are, and where there is text. A
// drawing, other than HTML, closes elements by />.
func elementEnd(b []byte, first piece, next int, drawing bool, sequence *maphash.Hash) int {
	depth := 0
	for p := first; next >= 0; {
		if p.swaps {
			return swapsItself
		}
		sequence.WriteByte(p.mark)
		sequence.Write(p.name)
		sequence.WriteByte(' ') // no name holds one
		sequence.WriteByte(p.hint)
		kind := kindOf(p.name)
		if len(p.name) == len(first.name) && bytes.EqualFold(p.name, first.name) {
			if depth += kind.nests(p.mark, drawing); depth <= 0 {
				return next
			}
		}
		if kind.raw && p.mark == markStart {
			next = skipRawText(b, next, p.name, sequence)
		}
		if next < 0 || next == len(b) {
			break
		}
		p, next = scan(b, next)
	}
	return neverCloses
}

// nests is how much deeper a tag of the kind leads.
func (k tagKind) nests(mark byte, drawing bool) int {
	switch {
	case mark == markEnd:
		return -1
	case k.void, mark == markSlash && drawing:
		return 0
	}
	return 1
}

// skipRawText is rawTextEnd, and writes to sequence what stands before it where a tag could be seen in it: a script ends
// elsewhere after <!--<script, and in a drawing nothing is raw text.
func skipRawText(b []byte, start int, name []byte, sequence *maphash.Hash) int {
	end := rawTextEnd(b, start, name)
	if text := b[start:min(uint(end), uint(len(b)))]; bytes.IndexByte(text, '<') >= 0 {
		sequence.Write(text)
	}
	return end
}

// rawTextEnd is where the end tag of a raw text element begins, from i on; -1 when there is none.
func rawTextEnd(b []byte, i int, name []byte) int {
	for i = indexFrom(b, i, "<", 0); i >= 0; i = indexFrom(b, i+1, "<", 0) {
		if rest := b[i:]; len(rest) > len(name)+2 && rest[1] == '/' && bytes.EqualFold(rest[2:2+len(name)], name) &&
			strings.IndexByte(htmlSpace+"/>", rest[2+len(name)]) >= 0 {
			return i
		}
	}
	return -1
}
