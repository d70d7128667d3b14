package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// snapshot is what one refetch found: never changed once it is published.
type snapshot struct {
	status fragment.Status
	result any               // what a fresh load shows, where that was fetched
	views  map[*pinned]*view // by the rows that are pinned; nil: what a fresh load shows, a page that is loaded now

	churned bool // the topics of the result were new, and so were those of the fetch before it

	texts  sync.Once
	byText map[string][]any // for keysByText
}

// view is a snapshot as one viewer, or all who pin the same rows, see it.
type view struct {
	assign  fragment.Assign
	result  any            // typed: V, []T or paging.Page[T]
	extra   map[string]any // plain assigns of the same version
	renders []*Rendering   // one for each fragment of the query
	pinned  *pinned        // what a viewer who is shown this pins from now on

	// rowBytes is, for each fragment, what it rendered of each row, for the next refetch; nil where that is of no use.
	rowBytes [][][]byte

	rendered, cached uint32 // rows that were rendered for it, and that were not rendered again, by all fragments
}

// viewOf is what viewers see who pin these rows; nil where that is not known.
func (s *snapshot) viewOf(p *pinned) *view {
	if s.status != fragment.Ready {
		p = nil
	}
	return s.views[p]
}

// status is that of the assign.
func (v *view) status() fragment.Status { return v.assign.Status }

// same reports whether a viewer of v would see nothing new in other.
func (v *view) same(other *view) bool {
	if v == nil || other == nil {
		return v == other
	}
	if v.assign.Status != other.assign.Status {
		return false // there need be no fragment that shows it
	}
	for i, r := range v.renders {
		if r != other.renders[i] {
			return false
		}
	}
	return true
}

// renderer makes one snapshot: one fetch, and each view rendered once.
type renderer struct {
	plan *plan
	name string // how the fragments' templates call the assign
	most int    // bytes of a fragment
	last *snapshot
	anew bool // nothing that was rendered for last is used again

	goneRows goneRows // what the fragments that pages compose make of rows that are gone
	failures rowFailures

	// While make runs.
	snap    *snapshot
	sets    []*pinned          // of the viewers; nil stands for those who pin no rows
	rows    map[any]*cachedRow // all that have been fetched, by their keys
	fetches int                // that have added to rows
	fresh   []any              // the keys of what a fresh load shows; nil where that was not fetched, or is no rows
}

// make fetches, and renders what viewers with these pinned rows see.
func (r *renderer) make(ctx context.Context, sets []*pinned) (s *snapshot, err error) {
	defer recoverTo(&err)
	r.snap = &snapshot{status: fragment.Ready, result: r.plan.zero, views: map[*pinned]*view{}}
	r.sets, r.rows = sets, map[any]*cachedRow{}
	switch err := r.makeViews(ctx); {
	case errors.Is(err, ErrGone):
		return r.blank(ctx, fragment.Gone)
	case errors.Is(err, ErrForbidden):
		return r.blank(ctx, fragment.Cleared)
	case err != nil:
		return nil, err
	}
	return r.snap, nil
}

// blank is the snapshot of a subject that is gone, not to be seen, or not loaded yet.
func (r *renderer) blank(ctx context.Context, status fragment.Status) (*snapshot, error) {
	v := &view{assign: fragment.Assign{Status: status, IsList: r.plan.rows != nil}, result: r.plan.zero}
	s := &snapshot{status: status, result: r.plan.zero, views: map[*pinned]*view{nil: v}}
	return s, r.render(ctx, v, nil)
}

// makeViews adds each view that somebody sees.
func (r *renderer) makeViews(ctx context.Context) error {
	keeps := r.plan.keeps
	loads := !keeps || len(r.sets) == 0 || slices.Contains(r.sets, nil)
	if loads || r.plan.wantsFresh() {
		if err := r.fetch(ctx); err != nil {
			return err
		}
		if loads || r.plan.share != nil { // a shared query has a load coming at any time
			if err := r.addFreshView(ctx); err != nil {
				return err
			}
		}
	}
	if keeps { // otherwise everybody sees what a load does
		return r.makePinnedViews(ctx)
	}
	return nil
}

// fetch fetches what a fresh load shows.
func (r *renderer) fetch(ctx context.Context) error {
	result, err := r.plan.fetch(ctx, nil)
	if err != nil {
		return err
	}
	r.snap.result = result
	if r.plan.rows != nil {
		keys, rows := r.plan.rows.decompose(result)
		r.fresh = keys
		return r.addRows(keys, rows)
	}
	return nil
}

// addFreshView adds what a load shows.
func (r *renderer) addFreshView(ctx context.Context) error {
	v := &view{result: r.snap.result, assign: fragment.Assign{Status: fragment.Ready, Value: r.snap.result}}
	r.snap.views[nil] = v
	if r.plan.rows == nil {
		return r.complete(ctx, v, nil)
	}
	if r.plan.keeps {
		p, err := r.pinFresh()
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(r.sets, p.equal); i >= 0 {
			p = r.sets[i]
		}
		v.pinned, r.snap.views[p] = p, v
	}
	return r.complete(ctx, v, r.listRows(r.fresh))
}

// pinFresh is the rows that a viewer pins who is shown what a load shows.
func (r *renderer) pinFresh() (*pinned, error) {
	var frame string
	var empty any
	if r.plan.freeze != nil {
		frame, empty = r.plan.freeze(r.snap.result)
	}
	return newPinned(r.plan.rows, r.fresh, frame, empty)
}

// complete lets AfterFetch see the result, then renders it. The rows are nil where the result has none.
func (r *renderer) complete(ctx context.Context, v *view, rows []*cachedRow) error {
	if r.plan.rows != nil {
		v.assign.IsList = true
		v.assign.Rows = make([]fragment.Row, len(rows))
		for i, row := range rows {
			v.assign.Rows[i] = row.Row
		}
	}
	if r.plan.after != nil {
		v.extra = map[string]any{}
		set := func(name string, result any) { v.extra[name] = result }
		if err := r.plan.after(ctx, v.result, set); err != nil {
			return fmt.Errorf("AfterFetch: %w", err)
		}
	}
	return r.render(ctx, v, rows)
}

// render renders the view by all fragments. Rows that are plain and what they were are taken from the snapshot before.
func (r *renderer) render(ctx context.Context, v *view, rows []*cachedRow) error {
	before := cmp.Or(r.last, new(snapshot)).views
	last := cmp.Or(before[v.pinned], before[nil])
	hasRows := v.assign.IsList && v.assign.Status == fragment.Ready
	plain := hasRows && r.plan.plain
	v.renders = make([]*Rendering, len(r.plan.fragments))
	v.rowBytes = make([][][]byte, len(r.plan.fragments))
	assigns := fragment.Assigns{r.name: v.assign}
	for i, f := range r.plan.fragments {
		job := renderJob{fragment: f, id: r.plan.ids[i], assigns: assigns, most: r.most, failures: &r.failures}
		if last != nil {
			job.last = last.renders[i]
		}
		if byRow, ok := f.(fragment.RowRenderer); ok && hasRows {
			job.byRow, job.rows, job.index, job.fragments = byRow, rows, i, len(r.plan.fragments)
			job.anew, job.lastView = r.anew, last
		}
		var err error
		if v.renders[i], err = job.render(ctx); err != nil {
			v.renders[i], err = job.renderAround(ctx, err)
		}
		if err != nil {
			return err
		}
		v.rendered, v.cached = v.rendered+job.rendered, v.cached+job.cached
		if plain && job.byRow != nil {
			v.rowBytes[i] = job.bytes
		}
	}
	return nil
}
