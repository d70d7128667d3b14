package views

import (
	"context"
	"fmt"
	"strings"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// rows is the fragment of Rows. What it renders is an encoded table.
type rows struct {
	Rows

	within    wrapper
	sequences *sequenceCache
	sample    func() []byte // what Row writes when there is nothing to show
}

func (f *rows) ID() string { return f.Rows.ID }

func (f *rows) RowPrefix() string { return f.Prefix }

func (f *rows) ShowsGone() bool { return f.RowGone != nil }

func (f *rows) Render(ctx context.Context, assigns fragment.Assigns) ([]byte, error) {
	a, err := assignOf(assigns, f.Assign)
	if err != nil {
		return nil, err
	}
	encoded := make([][]byte, len(a.Rows))
	for i, r := range a.Rows {
		if encoded[i], err = f.RenderRow(ctx, r); err != nil {
			return nil, err
		}
	}
	return f.RenderRows(ctx, assigns, encoded)
}

// RenderRow renders a row to its encoded form, and to nothing when it is gone and leaves the page.
func (f *rows) RenderRow(ctx context.Context, r fragment.Row) (encoded []byte, err error) {
	defer f.rescue(ctx, r, &encoded, &err)
	markup, value := f.Row, r.Value
	if r.Gone {
		if f.RowGone == nil {
			return nil, nil
		}
		markup, value = f.RowGone, r.Key
	}
	html, err := rendered(ctx, markup(value), htmlSpace)
	if err != nil {
		return nil, err
	}
	id := RowID(f.Prefix, r.Key)
	html, within, err := f.sequences.element(html, id, f.within)
	switch {
	case err != nil:
		return nil, err
	case within == wrapTitle:
		return nil, fmt.Errorf("views: #%s is a <title>, which is no row: make it a Block", id)
	}
	return encodeRow(within, id[len(f.Prefix):], html), nil
}

// rescue is deferred by RenderRow. When that has failed or panicked, it returns what failed makes of the row instead.
func (f *rows) rescue(ctx context.Context, r fragment.Row, encoded *[]byte, err *error) {
	if v := recover(); v != nil {
		*err = panicked(v)
	}
	if *err != nil {
		*encoded, *err = f.failed(ctx, r, *err)
	}
}

// RenderRows renders the table of encoded rows, or what stands instead of it.
func (f *rows) RenderRows(ctx context.Context, assigns fragment.Assigns, encoded [][]byte) ([]byte, error) {
	a, err := assignOf(assigns, f.Assign)
	switch {
	case err != nil:
		return nil, err
	case a.Status != fragment.Ready:
		return f.placeholder(ctx, a.Status, map[fragment.Status]Markup{fragment.Loading: f.Loading, fragment.Gone: f.Gone, fragment.Cleared: f.Cleared}[a.Status])
	case !a.IsList:
		return nil, fmt.Errorf("views: #%s shows rows and was given a %T, which is not a list or page that is kept", f.ID(), a.Value)
	}
	seen := make(map[string]bool, len(encoded))
	var within wrapper
	even := true
	for _, b := range encoded {
		if len(b) == 0 {
			continue
		}
		r, ok := decodeRow(b)
		switch {
		case !ok:
			return nil, fmt.Errorf("views: #%s was given a row that it has not rendered", f.ID())
		case seen[r.key]:
			return nil, fmt.Errorf("views: two rows of #%s have the key %q", f.ID(), r.key)
		case r.failed, len(seen) > 0 && r.within != within:
			even = false
		}
		seen[r.key], within = true, r.within
	}
	switch {
	case len(seen) == 0:
		return f.placeholder(ctx, fragment.Ready, f.Empty)
	case !even:
		return f.renderUneven(ctx, encoded)
	}
	return encodeTable(kindRows, encoded), nil
}

// clearedKey is the key of the placeholder that stands where the viewer may see nothing any more.
const clearedKey = "cleared"

// placeholder renders what stands in the element instead of rows.
func (f *rows) placeholder(ctx context.Context, status fragment.Status, markup Markup) ([]byte, error) {
	key := ""
	if status == fragment.Cleared {
		key = clearedKey
	}
	var html []byte
	if markup != nil {
		var err error
		if html, err = rendered(ctx, markup(nil), htmlSpace); err != nil {
			return nil, err
		}
	}
	html, within, err := f.fit(html)
	if err != nil {
		return nil, err
	}
	return encodeTable(kindPlaceholder, [][]byte{encodeRow(within, key, html)}), nil
}

func (f *rows) Inline(rendered []byte) []byte {
	t := decodeTable(rendered)
	if t == nil {
		return nil
	}
	html := make([]byte, 0, t.size)
	for _, r := range t.rows {
		html = append(html, r.html...)
	}
	return html
}

// Compact is the table of the heads of the rows, without their HTML.
func (f *rows) Compact(rendered []byte) []byte {
	t := decodeTable(rendered)
	if t == nil || t.compact {
		return rendered
	}
	heads := make([][]byte, len(t.rows))
	for i, r := range t.rows {
		heads[i] = r.head
	}
	return encodeTable(rendered[0]+kindRowsOnly-kindRows, heads)
}

func (f *rows) Patch(old, rendered []byte) []byte {
	now := decodeTable(rendered)
	if now == nil || now.compact {
		return nil // not of Render: there is nothing to show
	}
	was := decodeTable(old)
	if was == nil || was.placeholder || now.placeholder {
		if was != nil && was.looksLike(now) {
			return nil
		}
		return f.whole(now)
	}
	removed, inserted, replaced := diff(was, now)
	if len(removed) == len(was.rows) {
		return f.whole(now) // no row of the old ones stays where it is
	}
	return f.apply(now, removed, inserted, replaced)
}

// whole sets what the element holds.
func (f *rows) whole(now *table) []byte {
	m := now.rows[0].within.message()
	mark := markWhole
	if now.placeholder && now.rows[0].key == clearedKey {
		mark = markCleared
	}
	m.insert("innerHTML", f.ID(), mark, now.rows)
	m.move(false)
	return m.b
}

// apply writes down what diff has found.
func (f *rows) apply(now *table, removed []row, inserted []run, replaced []row) []byte {
	m := now.rows[0].within.message()
	if len(removed) > 0 {
		m.remove(f.Prefix, removed)
	}
	for _, run := range inserted {
		style, id := "afterend", f.Prefix+run.after
		if run.first {
			style, id = "afterbegin", f.ID()
		}
		m.insert(style, id, "", run.rows)
	}
	for _, r := range replaced {
		m.replace(r.html)
	}
	m.move(false)
	return m.b
}

// RowID is the id of the row with that key: the prefix and the key. Letters, digits, - and _ stand for themselves, any
// other byte is written _x and two hexadecimal digits, and so is an underscore that is followed by an x: different
// keys have different ids, and numbers and UUIDs stay as they are. Templates with keys of another kind call it, with
// template.FuncMap{"rowID": views.RowID}.
func RowID(prefix, key string) string {
	const plain = "0123456789-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if strings.Trim(key, plain) == "" { // no other byte stops the trimming
		return prefix + key
	}
	id := []byte(prefix)
	for i := range len(key) {
		c := key[i]
		opensEscape := strings.HasPrefix(key[i:], "_x")
		if strings.IndexByte(plain+"_", c) >= 0 && !opensEscape {
			id = append(id, c)
		} else {
			id = fmt.Appendf(id, "_x%02x", c)
		}
	}
	return string(id)
}
