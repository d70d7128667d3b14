package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// hasRows reports whether all who are shown the snapshot keep rows, and still see one of them: the others are to be shown
// what comes.
func (s *snapshot) hasRows() bool {
	if s.status != fragment.Ready {
		return false
	}
	for p, v := range s.views {
		if p == nil && v.pinned == nil || p != nil && !v.showsRows(p) {
			return false
		}
	}
	return true
}

// showsRows reports whether the rows of the view are those that p pins, in their order, and one of them is there.
func (v *view) showsRows(p *pinned) bool {
	return v.pinned == p && len(v.assign.Rows) == len(p.keys) && slices.ContainsFunc(v.assign.Rows, func(row fragment.Row) bool { return !row.Gone })
}

// shows reports whether the snapshot has a view for each of the sets.
func (s *snapshot) shows(sets []*pinned) bool {
	return s.hasRows() && s.keysByText() != nil && !slices.ContainsFunc(sets, func(p *pinned) bool { return p == nil || s.views[p] == nil })
}

// keysByText is the keys of all rows that are shown, by their texts as changes have them; nil where a key has none, because
// it is no value of a database's.
func (s *snapshot) keysByText() map[string][]any {
	s.texts.Do(func() {
		s.byText = map[string][]any{}
		for p := range s.views {
			if p != nil && !addByText(s.byText, p.keys) {
				s.byText = nil
				return
			}
		}
	})
	return s.byText
}

// addByText adds keys by their texts, each once. It is false where one has none.
func addByText(all map[string][]any, keys []any) bool {
	for _, key := range keys {
		text, ok := valueText(key)
		if !ok {
			return false
		}
		if !slices.Contains(all[text], key) {
			all[text] = append(all[text], key)
		}
	}
	return true
}

// makeChanged makes the next snapshot by fetching those rows that are shown and have changed. It returns nil where that does
// not do, because a viewer is to see what a load shows.
func (r *renderer) makeChanged(ctx context.Context, sets []*pinned, changed map[string]struct{}) (s *snapshot, err error) {
	defer recoverTo(&err)
	r.snap = &snapshot{status: fragment.Ready, result: r.last.result, views: map[*pinned]*view{}}
	r.sets, r.rows = sets, map[any]*cachedRow{}
	if fresh := r.last.views[nil]; fresh != nil && r.plan.share != nil {
		r.snap.views[nil] = fresh // for a load that waits, if it is new enough for that
	}
	fetched, err := r.fetchChanged(ctx, changed)
	switch {
	case errors.Is(err, ErrGone), errors.Is(err, ErrForbidden), slices.ContainsFunc(sets, func(p *pinned) bool { return err == nil && !r.hasAnyOf(p) }):
		return nil, nil
	case err != nil:
		return nil, err
	}
	for _, p := range sets {
		if !r.pinsAny(p, fetched) {
			r.snap.views[p] = r.last.views[p]
		} else if err := r.addPinnedView(ctx, p); err != nil {
			return nil, err
		}
	}
	r.keepTexts()
	return r.snap, nil
}

// keepTexts takes the keys by text from the snapshot before, where both have views for the same sets of pinned rows: they depend
// on nothing else.
func (r *renderer) keepTexts() {
	sameSets := func(*view, *view) bool { return true } // whatever they look like
	if maps.EqualFunc(r.snap.views, r.last.views, sameSets) {
		r.snap.texts.Do(func() { r.snap.byText = r.last.keysByText() })
	}
}

// fetchChanged fetches the rows that are shown and have changed, and takes the others from the snapshot before.
func (r *renderer) fetchChanged(ctx context.Context, changed map[string]struct{}) (fetched map[any]struct{}, err error) {
	fetched = map[any]struct{}{}
	for text := range changed {
		for _, key := range r.last.keysByText()[text] {
			fetched[key] = struct{}{}
		}
	}
	r.reuseRows(fetched)
	if len(fetched) == 0 {
		return fetched, nil
	}
	r.failures.core.stats.fetches.Add(1)
	return fetched, r.fetchKeys(ctx, slices.Collect(maps.Keys(fetched)))
}

// reuseRows takes the rows that are shown from the snapshot before, but for those that are fetched.
func (r *renderer) reuseRows(fetched map[any]struct{}) {
	for _, p := range r.sets {
		rows := r.last.views[p].assign.Rows
		cached := make([]cachedRow, len(rows))
		for i, key := range p.keys {
			if _, again := fetched[key]; !again && !rows[i].Gone && r.rows[key] == nil {
				cached[i].Row = rows[i]
				r.rows[key] = &cached[i]
			}
		}
	}
}

// pinsAny reports whether p pins one of the rows.
func (r *renderer) pinsAny(p *pinned, fetched map[any]struct{}) bool {
	return slices.ContainsFunc(p.keys, func(key any) bool { _, is := fetched[key]; return is })
}

// fetchKeys fetches the rows of the keys that are still there and to be seen.
func (r *renderer) fetchKeys(ctx context.Context, keys []any) error {
	result, err := r.plan.fetch(ctx, keys)
	if err != nil {
		return fmt.Errorf("fetch by keys: %w", err)
	}
	return r.addRows(r.plan.rows.decompose(result))
}
