package views

import (
	"bytes"
	"context"
	"html/template"
	"strconv"
	"sync"
	"text/template/parse"

	"golang.org/x/net/html"
)

// sampleOf gives a sample of what the markup writes, without a value: the tag of its element and the cells of a row are known
// from it before there is a row. Of a template it is the text, with the first branch of every choice. Of any other component it
// is what that writes of a nil value, rendered at the first call.
func sampleOf(markup Markup) func() []byte {
	if b, ok := componentOf(markup).(namedBlock); ok {
		if tmpl, err := b.tmpl.Clone(); err == nil { // not one that is being executed, which changes its text
			var text bytes.Buffer
			writeTemplate(&text, tmpl, b.name, maxNesting)
			sample := bytes.Trim(text.Bytes(), htmlSpace)
			return func() []byte { return sample }
		}
	}
	return sync.OnceValue(func() []byte {
		written, _ := renderedRow(context.Background(), markup, nil) //nolint:forbidigo // no request's: it is for all of them
		return written
	})
}

// componentOf is the component of a nil value; nil if the markup does not give one.
func componentOf(markup Markup) (c Component) {
	defer func() { _ = recover() }()
	return markup(nil)
}

// maxNesting is how deep templates that call each other are read.
const maxNesting = 10

func writeTemplate(w *bytes.Buffer, tmpl *template.Template, name string, depth int) {
	if t := tmpl.Lookup(name); depth > 0 && t != nil && t.Tree != nil {
		writeTexts(w, tmpl, t.Tree.Root, depth)
	}
}

func writeTexts(w *bytes.Buffer, tmpl *template.Template, list *parse.ListNode, depth int) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			w.Write(n.Text)
		case *parse.IfNode:
			writeTexts(w, tmpl, n.List, depth)
		case *parse.RangeNode:
			writeTexts(w, tmpl, n.List, depth)
		case *parse.WithNode:
			writeTexts(w, tmpl, n.List, depth)
		case *parse.TemplateNode:
			writeTemplate(w, tmpl, n.Name, depth-1)
		}
	}
}

// firstTag is the name of the tag that the markup begins with; empty if that is no tag, or none that stays where it is.
func firstTag(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	first, _ := scan(b, 0)
	if first.mark != markStart && first.mark != markSlash || bytes.ContainsAny(first.name, noName) || kindOf(first.name).inHead {
		return ""
	}
	return string(first.name)
}

// columns is how many cells wide the row is, or the first row of the section, with which b begins; 0 if that is not known.
func (w wrapper) columns(b []byte) (n int) {
	if w != wrapRow && w != wrapSection {
		return 0
	}
	nodes, err := w.parse(b)
	if err != nil || len(nodes) == 0 {
		return 0
	}
	row := nodes[0]
	for row != nil && row.Data != "tr" {
		row = row.FirstChild
	}
	if row == nil {
		return 0
	}
	for cell := range row.ChildNodes() {
		if cell.Type == html.ElementNode && kindOf([]byte(cell.Data)).wrap == wrapCell {
			n += span(cell)
		}
	}
	return n
}

// span is how many columns a cell is wide.
func span(cell *html.Node) int {
	for _, a := range cell.Attr {
		if n, err := strconv.Atoi(a.Val); a.Key == "colspan" && err == nil && n > 0 {
			return min(n, maxSpan)
		}
	}
	return 1
}

// maxSpan is how many columns browsers let a cell span.
const maxSpan = 1000
