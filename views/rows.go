package views

import (
	"context"
	"fmt"
)

// Rows describes a fragment that is the rows of a list or page: of a table, a list, a drawing. The element that holds
// them is the author's own markup; nothing else stands in it:
//
//	<tbody id="tickets">{{.Live.Fragment "tickets"}}</tbody>
//
// A patch touches the rows that changed and no others: it replaces, inserts, removes and moves rows, or sets the whole
// content when that is shorter.
type Rows struct {
	// ID is the id of the element that holds the rows.
	ID string

	// Prefix and the key of a row make the id of its element: RowID(Prefix, key). It begins with a letter.
	// Default: the ID and a hyphen.
	Prefix string

	// Row renders one row of the list as one element, whose first tag carries the row's id. Tags left open in it are closed;
	// what a browser would not take for one element all the same is an error of Render. It is rendered once for
	// all viewers who share the row, and where the type of the rows allows to tell (strings, integers, booleans, times
	// and structs of them), not again before the row has changed. So it must not depend on anything but the row. A
	// refetch that time demands (RefetchInterval) or the application (Refetch) renders all rows.
	Row Markup

	// RowGone renders a row that vanished while somebody looks at it, as one element with the row's id; the value is
	// the key, a string. Without it vanished rows leave the page.
	RowGone Markup

	// Empty, Loading, Gone and Cleared fill the element when the list has no rows, is not there yet, does not exist
	// any more, and when the viewer may not see it any more. Their value is nil, they need no id, and without one the
	// element is empty.
	Empty, Loading, Gone, Cleared Markup

	// Assign names the assign whose rows are shown. Needed only when the fragment depends on several.
	Assign string

	// Within is "svg" for rows of a drawing whose tag does not tell, such as an <a> inside an <svg>.
	Within string

	// Swap is how a changed row becomes its successor: replaced when it is empty, morphed when it is outerMorph, which
	// only htmx 4 knows. (Idiomorph's extension for 1.9 and 2 breaks the insertions beside a row that it is on.)
	Swap string
}

func (s Rows) build() Fragment {
	mustID("Rows", s.ID)
	if s.Prefix == "" {
		s.Prefix = s.ID + "-"
	}
	mustID("Rows: the prefix of row ids", s.Prefix)
	if s.Row == nil {
		panic(fmt.Sprintf("views: Rows %q have no Row markup", s.ID))
	}
	return &rows{Rows: s, within: mustWithin("Rows", s.ID, s.Within), swap: mustSwap("Rows", s.ID, s.Swap, morphBuiltIn)}
}

type rows struct {
	Rows

	within wrapping
	swap   string
	shapes shapes
}

func (f *rows) ID() string { return f.Rows.ID }

func (f *rows) Render(ctx context.Context, assigns map[string]any) ([]byte, error) {
	return f.Renew(ctx, assigns, nil)
}

// Renew is Render that takes the rows that are the same from what was rendered before.
func (f *rows) Renew(ctx context.Context, assigns map[string]any, before []byte) ([]byte, error) {
	state, err := stateOf(assigns)
	if err != nil {
		return nil, err
	}
	if state != stateReady {
		return f.instead(ctx, map[string]Markup{stateLoading: f.Loading, stateGone: f.Gone, stateCleared: f.Cleared}[state])
	}
	list, err := pick[listAssign](assigns, f.Assign)
	if err != nil {
		return nil, err
	}
	wrap, pieces, err := f.pieces(ctx, list, renewable(list, before))
	if err != nil {
		return nil, err
	}
	if len(pieces) == 0 {
		return f.instead(ctx, f.Empty)
	}
	return encode(kindRows, wrap, pieces), nil
}

// instead renders what stands in the element instead of rows.
func (f *rows) instead(ctx context.Context, markup Markup) ([]byte, error) {
	var html []byte
	if markup != nil {
		var err error
		if html, err = markUp(ctx, markup, nil); err != nil {
			return nil, err
		}
	}
	return encode(kindPiece, f.within.or(html), []piece{{digest: digestOf(html), html: html}}), nil
}

// pieces renders the rows of a list and tells how all of them travel.
func (f *rows) pieces(ctx context.Context, list listAssign, was *renewal) (wrap wrapping, pieces []piece, err error) {
	pieces = make([]piece, 0, list.Len())
	seen := make(map[string]bool, list.Len())
	for i := range list.Len() {
		key, _, gone := list.Row(i)
		if gone && f.RowGone == nil {
			continue
		}
		id := RowID(f.Prefix, key)
		if seen[id] {
			return 0, nil, fmt.Errorf("views: two rows of #%s have the key %q", f.ID(), key)
		}
		seen[id] = true
		w, p, ok := was.row(i, id[len(f.Prefix):])
		if !ok {
			if w, p, err = f.row(ctx, list, i, id); err != nil {
				return 0, nil, err
			}
		}
		if len(pieces) > 0 && w != wrap {
			return 0, nil, fmt.Errorf("views: the tag of #%s cannot stand beside the rows before it", id)
		}
		wrap, pieces = w, append(pieces, p)
	}
	return wrap, pieces, nil
}

// row renders row i: once for all viewers who share it, unless it vanished.
func (f *rows) row(ctx context.Context, list listAssign, i int, id string) (w wrapping, p piece, err error) {
	var made []byte
	if key, value, gone := list.Row(i); gone {
		made, err = f.renderRow(ctx, f.RowGone, id, key)
	} else {
		made, err = list.Once(i, f, func() ([]byte, error) { return f.renderRow(ctx, f.Row, id, value) })
	}
	if err != nil {
		return 0, p, err
	}
	copy(p.digest[:], made[1:])
	p.key, p.html = id[len(f.Prefix):], made[1+len(p.digest):]
	return wrapping(made[0]), p, nil
}

// renderRow renders a row to what is remembered of it: a byte for its wrapping, its digest and its HTML.
func (f *rows) renderRow(ctx context.Context, markup Markup, id string, value any) ([]byte, error) {
	html, err := markUp(ctx, markup, value)
	if err != nil {
		return nil, err
	}
	if html, err = f.shapes.element(html, id, f.within); err != nil {
		return nil, err
	}
	sum := digestOf(html)
	made := append(make([]byte, 0, 1+len(sum)+len(html)), byte(f.within.or(html)))
	return append(append(made, sum[:]...), html...), nil
}

// ShowsGone tells whether something stands in the place of a row that has vanished.
func (f *rows) ShowsGone() bool { return f.RowGone != nil }

func (f *rows) Inline(rendered []byte) []byte {
	if t := decodeTable(rendered); t != nil {
		return t.html
	}
	return nil
}

func (f *rows) Compact(rendered []byte) []byte { return compactTable(rendered) }

func (f *rows) Patch(old, rendered []byte) []byte {
	now := decodeTable(rendered)
	if now == nil || now.compact() {
		return nil // not of Render: there is nothing to show
	}
	was := decodeTable(old)
	if was == nil || was.piece() || now.piece() {
		if was != nil && sameTable(was, now) {
			return nil
		}
		return f.whole(now)
	}
	c := diff(was, now)
	if len(c.removed) == len(was.rows) {
		return f.whole(now)
	}
	patch := f.apply(c, now)
	if len(patch) <= len(now.html) {
		return patch
	}
	if whole := f.whole(now); len(whole) < len(patch) {
		return whole
	}
	return patch
}

// whole sets what the element holds.
func (f *rows) whole(now *table) []byte {
	m := message{within: now.wrap}
	m.insert("innerHTML", f.ID(), func(b []byte) []byte { return append(b, now.html...) })
	return m.bytes()
}

// apply writes the change down.
func (f *rows) apply(c change, now *table) []byte {
	m := message{within: now.wrap}
	if len(c.removed) > 0 {
		ids := make([]string, len(c.removed))
		for i, r := range c.removed {
			ids[i] = f.Prefix + r.key
		}
		m.remove(ids)
	}
	for _, run := range c.inserted {
		style, id := "afterend", f.Prefix+run.after
		if run.first {
			style, id = "afterbegin", f.ID()
		}
		m.insert(style, id, func(b []byte) []byte {
			for _, r := range run.rows {
				b = append(b, now.htmlOf(r)...)
			}
			return b
		})
	}
	for _, r := range c.replaced {
		m.replace(now.htmlOf(r), f.swap)
	}
	return m.bytes()
}
