package live

import (
	"context"
	"slices"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// makePinnedViews adds what viewers see who pin rows.
func (r *renderer) makePinnedViews(ctx context.Context) error {
	if err := r.fetchPinned(ctx); err != nil {
		return err
	}
	if err := r.refill(ctx); err != nil {
		return err
	}
	for _, p := range r.sets {
		if p == nil || r.snap.views[p] != nil {
			continue
		}
		if err := r.addPinnedView(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// fetchPinned fetches the rows that viewers pin and a fresh load does not show, at once for all viewers.
func (r *renderer) fetchPinned(ctx context.Context) error {
	if !r.plan.byKeys {
		return nil
	}
	seen := map[any]bool{}
	var keys []any
	for _, p := range r.sets {
		if p == nil {
			continue
		}
		for _, key := range p.keys {
			if r.rows[key] == nil && !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return r.fetchKeys(ctx, keys)
}

// refill shows viewers who see none of their rows any more what a load shows, if that is anything: an empty list gains
// rows. Where they are held, their viewer asks for others.
func (r *renderer) refill(ctx context.Context) error {
	if r.plan.results != ResultsKeep || r.goneRows.and(r.plan.fragments...).seen() {
		return nil
	}
	emptied := slices.DeleteFunc(slices.Clone(r.sets), r.hasAnyOf)
	if len(emptied) == 0 {
		return nil
	}
	if r.snap.views[nil] == nil {
		if r.fresh == nil {
			if err := r.fetch(ctx); err != nil {
				return err
			}
		}
		if err := r.addFreshView(ctx); err != nil {
			return err
		}
	}
	fresh := r.snap.views[nil]
	if fresh.pinned == nil {
		return nil // a load shows none either
	}
	for _, p := range emptied {
		r.snap.views[p] = fresh
	}
	return nil
}

// addPinnedView adds what viewers see who pin the rows of p.
func (r *renderer) addPinnedView(ctx context.Context, p *pinned) error {
	shown := r.listRows(p.keys)
	present := make([]any, 0, len(shown))
	for _, row := range shown {
		if !row.Gone {
			present = append(present, row.Value)
		}
	}
	result := r.plan.rows.compose(p.empty, present)
	v := &view{result: result, assign: fragment.Assign{Status: fragment.Ready, Value: result}, pinned: p}
	if r.plan.results == ResultsHold {
		v.assign.Pending = pending(p.keys, r.fresh)
	}
	r.snap.views[p] = v
	return r.complete(ctx, v, shown)
}
