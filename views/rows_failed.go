package views

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// failedText is what stands in the place of a row that cannot be rendered.
const failedText = "This entry cannot be shown"

// maxFailedText is how many bytes of an error a placeholder says.
const maxFailedText = 500

// failed is what RenderRow returns of a row that cannot be rendered: the row that RowFailed gives, or a mark that RenderRows
// replaces by a placeholder. It is the error where ctx has no Failures, or has ended.
func (f *rows) failed(ctx context.Context, r fragment.Row, err error) ([]byte, error) {
	failures := fragment.FailuresOf(ctx)
	if failures == nil || ctx.Err() != nil {
		return nil, err
	}
	var own []byte
	if f.RowFailed != nil {
		instead := *f
		instead.Row, instead.RowFailed = f.RowFailed, nil
		var also error
		own, also = instead.RenderRow(fragment.WithFailures(ctx, nil), fragment.Row{Key: r.Key, Value: r.Key})
		err = errors.Join(err, also)
	}
	why := failures.RowFailed(ctx, f.ID(), r.Key, err)
	if own != nil && why == "" {
		d, _ := decodeRow(own)
		return encodeRow(d.within, d.key, marked(bytes.Clone(d.html), markFailed)), nil
	}
	var written []byte
	if !r.Gone {
		written, _ = renderedRow(ctx, f.Row, r.Value)
	}
	return encodeFailed(RowID("", r.Key), firstTag(written), why), nil
}

// model is the row that the placeholders of a list are like.
type model struct {
	tag     string
	within  wrapper
	columns int
}

// renderUneven is RenderRows where rows are missing, or unlike the others: placeholders take their places.
func (f *rows) renderUneven(ctx context.Context, encoded [][]byte) ([]byte, error) {
	m, err := f.modelOf(encoded)
	if err != nil {
		return nil, err
	}
	shown := slices.Clone(encoded)
	var kept []int // rows that stand in the table as they are
	for i, b := range encoded {
		r, ok := decodeRow(b)
		if !ok || !r.failed && r.within == m.within {
			kept = append(kept, i)
		} else if shown[i], err = f.placeholderRow(ctx, r, m); err != nil {
			return nil, err
		}
	}
	b := encodeTable(kindRows, shown)
	for _, i := range kept { // they become parts of the table, as RenderRows says it; what failed stays marked as such
		encoded[i] = shown[i]
	}
	return b, nil
}

// modelOf is the model of a list. It is like most of the rows that can be shown; where there are none, like the sample of the
// markup, or else like what a row had written before it failed.
func (f *rows) modelOf(encoded [][]byte) (m model, err error) {
	sample := f.sample()
	usual := f.within.or(sample)
	var votes [wrappers]int
	if m.tag = firstTag(sample); m.tag != "" {
		votes[usual] = 1
	}
	most, like, written := mostOf(encoded, votes)
	switch {
	case m.tag == "" || most != usual:
		m.tag = cmp.Or(firstTag(like), written)
	case like == nil:
		like = sample
	}
	if m.tag == "" {
		return m, fmt.Errorf("views: no row of #%s can be rendered, and nothing says which element its rows are", f.ID())
	}
	m.within = f.within.or([]byte("<" + m.tag + ">"))
	m.columns = m.within.columns(like)
	return m, nil
}

// mostOf is the wrapper of most rows that can be shown, and the first of those rows; and the tag that the first failed row
// began with. Votes is what each wrapper counts for beforehand.
func mostOf(encoded [][]byte, votes [wrappers]int) (most wrapper, like []byte, written string) {
	var likes [wrappers][]byte
	for _, b := range encoded {
		switch r, ok := decodeRow(b); {
		case !ok:
		case r.failed:
			written = cmp.Or(written, r.tag)
		default:
			if votes[r.within]++; likes[r.within] == nil {
				likes[r.within] = r.html
			}
		}
	}
	for w, n := range votes {
		if n > 0 && n >= votes[most] {
			most = wrapper(w)
		}
	}
	return most, likes[most], written
}

// placeholderRow is the encoded row that stands in the place of one that has failed, or has a tag that cannot stand beside the
// others.
func (f *rows) placeholderRow(ctx context.Context, r row, m model) ([]byte, error) {
	if !r.failed {
		err := fmt.Errorf("views: the tag of #%s cannot stand beside those of the other rows", f.Prefix+r.key)
		failures := fragment.FailuresOf(ctx)
		if failures == nil {
			return nil, err
		}
		r.html = []byte(failures.RowFailed(ctx, f.ID(), r.key, err))
	}
	text := failedText + "."
	if len(r.html) > 0 {
		text = failedText + ": " + strings.ToValidUTF8(string(r.html[:min(len(r.html), maxFailedText)]), "")
	}
	id := f.Prefix + r.key
	b, within, err := f.sequences.element(m.placeholder(id, html.EscapeString(text)), id, f.within)
	if err != nil {
		return nil, err
	}
	return encodeRow(within, r.key, b), nil
}

// placeholder is an element like the model that says the text, escaped.
func (m model) placeholder(id, text string) []byte {
	name := strings.ToLower(m.tag)
	attrs, inner := "", text
	switch kind := kindOf([]byte(name)); {
	case m.within == wrapDrawing && (name == "text" || name == "tspan" || name == "foreignobject"):
	case m.within == wrapDrawing:
		inner = "<title>" + text + "</title>"
	case kind.void:
		return fmt.Appendf(nil, `<%s id="%s"%s title="%s">`, m.tag, id, markFailed, text)
	case name == "option":
		attrs = " disabled"
	case name == "optgroup":
		attrs, inner = ` disabled label="`+text+`"`, ""
	default:
		inner = m.inside(name, text)
	}
	return fmt.Appendf(nil, `<%s id="%s"%s%s>%s</%s>`, m.tag, id, markFailed, attrs, inner, m.tag)
}

// inside is the text in what an element of HTML holds.
func (m model) inside(name, text string) string {
	cell := m.cell(text)
	switch name {
	case "tr":
		return cell
	case "tbody", "thead", "tfoot":
		return "<tr>" + cell + "</tr>"
	case "table":
		return "<tbody><tr>" + cell + "</tr></tbody>"
	case "colgroup":
		return ""
	case "ul", "ol", "menu":
		return "<li>" + text + "</li>"
	case "dl":
		return "<dt>" + text + "</dt>"
	case "select", "datalist":
		return "<option disabled>" + text + "</option>"
	case "details":
		return "<summary>" + text + "</summary>"
	case "svg":
		return "<title>" + text + "</title>"
	}
	return text
}

// cell is a cell as wide as the row.
func (m model) cell(content string) string {
	if m.columns > 1 {
		return fmt.Sprintf(`<td colspan="%d">%s</td>`, m.columns, content)
	}
	return "<td>" + content + "</td>"
}

// encodeFailed is what is remembered of a row that cannot be rendered: the tag that it began with, if it is known, and what
// may be said of the error.
func encodeFailed(key, tag, why string) []byte {
	return encodeRow(failedMark, key, []byte(tag+"\x00"+why))
}

// decodeFailed takes apart what encodeFailed has put together.
func decodeFailed(b []byte) (tag string, why []byte, ok bool) {
	before, why, ok := bytes.Cut(b, []byte{0})
	return string(before), why, ok
}
