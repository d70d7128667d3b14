package live

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// cachedRow is a row with what the query's fragments have rendered of it in this refetch: nil until one has. It lives as
// long as the refetch, in [renderer.rows], and all views are put together from it: a row that several viewers pin is
// rendered once. What the next refetch uses again stands in [view.rowBytes].
type cachedRow struct {
	fragment.Row

	bytes  [][]byte
	fetch  int  // the newest fetch of the refetch that found it
	failed bool // a fragment shows a placeholder instead: it is rendered anew by the next refetch
}

// addRows adds the rows of a fetch. Those that an earlier one has found stay what they are; two of one fetch must not have
// one key, at load or later.
func (r *renderer) addRows(keys, rows []any) error {
	r.fetches++
	for i, key := range keys {
		switch row := r.rows[key]; {
		case row == nil:
			r.rows[key] = &cachedRow{Row: fragment.Row{Key: keyText(key), Value: rows[i]}, fetch: r.fetches}
		case row.fetch == r.fetches:
			return fmt.Errorf("two rows of one result have the key %v: Key must differ from row to row", key)
		default:
			row.fetch = r.fetches
		}
	}
	return nil
}

// listRows is the rows of the keys in their order. A key that was not fetched is a row that is gone.
func (r *renderer) listRows(keys []any) []*cachedRow {
	rows := make([]*cachedRow, len(keys))
	for i, key := range keys {
		if rows[i] = r.rows[key]; rows[i] == nil {
			rows[i] = &cachedRow{Row: fragment.Row{Key: keyText(key), Gone: true}}
		}
	}
	return rows
}

// hasAnyOf reports whether a viewer who pins these rows still sees one of them. One who pins none sees what there is.
func (r *renderer) hasAnyOf(p *pinned) bool {
	return p == nil || slices.ContainsFunc(p.keys, func(key any) bool { return r.rows[key] != nil })
}

// renderRows renders the fragment row by row.
func (j *renderJob) renderRows(ctx context.Context) ([]byte, error) {
	j.bytes = make([][]byte, len(j.rows))
	for i, row := range j.rows {
		var err error
		if j.bytes[i], err = j.renderRow(ctx, row); err != nil {
			return nil, err
		}
	}
	j.parts = slices.Clone(j.bytes)
	b, err := j.byRow.RenderRows(ctx, j.assigns, j.parts)
	for i, row := range j.rows {
		if row.failed {
			j.bytes[i], j.parts[i] = nil, nil
		}
	}
	return b, err
}

// renderRow renders a row, unless it is what it was or has been rendered in this refetch.
func (j *renderJob) renderRow(ctx context.Context, row *cachedRow) ([]byte, error) {
	was, lastBytes := j.find(row.Key)
	j.cached++
	if lastBytes != nil && !j.anew && was == row.Row {
		return lastBytes, nil
	}
	if row.bytes == nil {
		row.bytes = make([][]byte, j.fragments)
	}
	if row.bytes[j.index] == nil {
		j.cached, j.rendered = j.cached-1, j.rendered+1
		failures := j.failures.count
		b, err := j.byRow.RenderRow(ctx, row.Row)
		if err != nil {
			return nil, err
		}
		row.bytes[j.index] = b
		if row.failed = failures != j.failures.count; !row.failed && j.failures.core.failedRows.some.Load() {
			j.failures.core.failedRows.forget(j.id, &row.Key)
		}
	}
	if bytes.Equal(lastBytes, row.bytes[j.index]) {
		return lastBytes, nil // or a page with rows that look the same would hold them twice
	}
	return row.bytes[j.index], nil
}

// find is the row of the key as it was before, and what was rendered of it: nil when it is new, and where the type of the
// rows does not say whether they are what they were.
func (j *renderJob) find(key string) (was fragment.Row, rendered []byte) {
	if j.lastView == nil || j.lastView.rowBytes[j.index] == nil {
		return was, nil
	}
	rows := j.lastView.assign.Rows
	for range rows { // most rows stand where they stood, or one further
		if j.at == len(rows) {
			j.at = 0
		}
		j.at++
		if rows[j.at-1].Key == key {
			return rows[j.at-1], j.lastView.rowBytes[j.index][j.at-1]
		}
	}
	return was, nil
}

// goneRows is what fragments make of rows that are gone.
type goneRows struct{ shown, hidden bool }

func (g goneRows) and(fragments ...fragment.Fragment) goneRows {
	for _, f := range fragments {
		if f, ok := f.(fragment.GoneShower); ok {
			g.shown, g.hidden = g.shown || f.ShowsGone(), g.hidden || !f.ShowsGone()
		}
	}
	return g
}

// seen reports whether something may stand on the page for rows that are gone: unless a fragment leaves them out, and none
// shows them.
func (g goneRows) seen() bool { return g.shown || !g.hidden }

// pending is how many rows a fresh load would add or drop; a row that pushes another one off the page counts once.
func pending(shown, fresh []any) int {
	return max(missing(fresh, shown), missing(shown, fresh))
}

// missing counts the keys of a that b lacks.
func missing(a, b []any) int {
	in := make(map[any]struct{}, len(b))
	for _, key := range b {
		in[key] = struct{}{}
	}
	return len(slices.DeleteFunc(slices.Clone(a), func(key any) bool { _, ok := in[key]; return ok }))
}
