package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// snapshot is what one refetch found: never changed once it is published.
type snapshot struct {
	status string
	result any              // what a fresh load shows, where that was fetched
	views  map[string]*view // by the identity of the kept rows; "" is the fresh load
}

// view is a snapshot as one viewer, or all who keep the same rows, see it.
type view struct {
	assign  any            // *value or *list
	result  any            // typed: V, []T or paging.Page[T]
	extra   map[string]any // plain assigns of the same version
	renders []*Rendering   // one for each fragment of the query
	kept    *kept          // what a viewer who is shown this keeps from now on
}

// status is that of the assign.
func (v *view) status() string { return v.assign.(interface{ Status() string }).Status() }

// same tells whether a viewer of v would see nothing new in other.
func (v *view) same(other *view) bool {
	if v == nil || other == nil {
		return v == other
	}
	if v.status() != other.status() {
		return false // there need be no fragment that shows it
	}
	for i, r := range v.renders {
		if r != other.renders[i] {
			return false
		}
	}
	return true
}

// maker makes a snapshot: one fetch, and each view rendered once.
type maker struct {
	plan *plan
	name string // how the fragments' templates call the assign
	most int    // bytes of a fragment
	last *snapshot
	anew bool // nothing that was rendered for last is used again

	vanished vanished // in fragments that are composed
}

func (m *maker) make(ctx context.Context, viewers []*kept) (s *snapshot, err error) {
	defer recoverTo(&err)
	s, err = m.fetched(ctx, viewers)
	switch {
	case errors.Is(err, ErrGone):
		return m.blank(ctx, StatusGone)
	case errors.Is(err, ErrForbidden):
		return m.blank(ctx, StatusCleared)
	}
	return s, err
}

func (m *maker) fetched(ctx context.Context, viewers []*kept) (*snapshot, error) {
	if m.plan.keeps() {
		return m.keeping(ctx, viewers)
	}
	result, err := m.plan.fetch(ctx, nil)
	if err != nil {
		return nil, err
	}
	return m.losing(ctx, result)
}

// blank is the snapshot of a subject that is gone, not to be seen, or not loaded yet.
func (m *maker) blank(ctx context.Context, status string) (*snapshot, error) {
	s := &snapshot{status: status, result: m.plan.zero, views: map[string]*view{}}
	v := &view{assign: &value{status: status}, result: m.plan.zero}
	if m.plan.rows != nil {
		v.assign = &list{value: value{status: status}}
	}
	s.views[""] = v
	return s, m.render(ctx, v, "")
}

// losing is the snapshot that everybody sees as a load would.
func (m *maker) losing(ctx context.Context, result any) (*snapshot, error) {
	v := &view{assign: &value{status: StatusReady, result: result}, result: result}
	if m.plan.rows != nil {
		rows := pool{}
		defer rows.forget()
		all := m.plan.rows.split(result)
		rows.add(all)
		v.assign = rows.list(all.keys, result)
	}
	return &snapshot{status: StatusReady, result: result, views: map[string]*view{"": v}}, m.complete(ctx, v, "")
}

// keeping is the snapshot in which each viewer sees the rows they keep.
func (m *maker) keeping(ctx context.Context, viewers []*kept) (*snapshot, error) {
	s := &snapshot{status: StatusReady, result: m.plan.zero, views: map[string]*view{}}
	rows := pool{}
	defer rows.forget()
	loading := len(viewers) == 0 || slices.Contains(viewers, nil)
	var load *split
	if loading || m.plan.wantsFresh() {
		var err error
		if load, err = m.fetchFresh(ctx, s, rows); err != nil {
			return nil, err
		}
		if loading || m.plan.share != nil { // a shared query has a load coming at any time
			if err := m.freshView(ctx, s, rows, load); err != nil {
				return nil, err
			}
		}
	}
	if err := m.fetchKept(ctx, rows, viewers); err != nil {
		return nil, err
	}
	if err := m.refill(ctx, s, rows, viewers, load); err != nil {
		return nil, err
	}
	for _, k := range viewers {
		if k == nil || s.views[k.id] != nil {
			continue
		}
		if err := m.keptView(ctx, s, rows, k, load); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (m *maker) fetchFresh(ctx context.Context, s *snapshot, rows pool) (*split, error) {
	result, err := m.plan.fetch(ctx, nil)
	if err != nil {
		return nil, err
	}
	s.result = result
	load := m.plan.rows.split(result)
	rows.add(load)
	return &load, nil
}

// refill shows viewers who see none of their rows any more what a load shows, if that is anything: an empty list gains
// rows. (Where they are held, their viewer asks for others.)
func (m *maker) refill(ctx context.Context, s *snapshot, rows pool, viewers []*kept, load *split) (err error) {
	for _, f := range m.plan.fragments {
		m.vanished = m.vanished.and(f)
	}
	if m.plan.results != ResultsKeep || m.vanished.seen() {
		return nil
	}
	emptied := slices.DeleteFunc(slices.Clone(viewers), rows.hasAnyOf)
	if len(emptied) == 0 {
		return nil
	}
	if s.views[""] == nil {
		if load == nil {
			if load, err = m.fetchFresh(ctx, s, rows); err != nil {
				return err
			}
		}
		if err := m.freshView(ctx, s, rows, load); err != nil {
			return err
		}
	}
	if s.views[""].kept == nil {
		return nil // a load shows none either
	}
	for _, k := range emptied {
		s.views[k.id] = s.views[""]
	}
	return nil
}

func (m *maker) freshView(ctx context.Context, s *snapshot, rows pool, load *split) error {
	k, err := newKept(m.plan.rows, *load)
	if err != nil {
		return err
	}
	v := &view{assign: rows.list(load.keys, s.result), result: s.result, kept: k}
	id := ""
	if k != nil {
		id = k.id
	}
	s.views[""], s.views[id] = v, v
	return m.complete(ctx, v, id)
}

// fetchKept adds the rows that viewers keep and a fresh load does not show, in one fetch for all of them.
func (m *maker) fetchKept(ctx context.Context, rows pool, viewers []*kept) error {
	if !m.plan.byKeys {
		return nil
	}
	seen := map[any]bool{}
	var keys []any
	for _, k := range viewers {
		if k == nil {
			continue
		}
		for _, key := range k.keys {
			if _, ok := rows[key]; !ok && !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	result, err := m.plan.fetch(ctx, keys)
	if err != nil {
		return fmt.Errorf("fetch by keys: %w", err)
	}
	rows.add(m.plan.rows.split(result))
	return nil
}

func (m *maker) keptView(ctx context.Context, s *snapshot, rows pool, k *kept, load *split) error {
	shown, present := rows.listOf(k.keys)
	result := m.plan.rows.join(k.empty, present)
	l := &list{value: value{status: StatusReady, result: result}, rows: shown}
	if m.plan.results == ResultsHold {
		l.pending = pending(k.keys, load.keys)
	}
	v := &view{assign: l, result: result, kept: k}
	s.views[k.id] = v
	return m.complete(ctx, v, k.id)
}

// complete lets AfterFetch see the result, then renders it.
func (m *maker) complete(ctx context.Context, v *view, id string) error {
	if m.plan.after != nil {
		v.extra = map[string]any{}
		set := func(name string, result any) { v.extra[name] = result }
		if err := m.plan.after(ctx, v.result, set); err != nil {
			return fmt.Errorf("AfterFetch: %w", err)
		}
	}
	return m.render(ctx, v, id)
}

func (m *maker) render(ctx context.Context, v *view, id string) error {
	var last *view
	if m.last != nil {
		last = m.last.views[id]
	}
	if l := m.comparable(v, last); l != nil {
		defer func() { l.was = nil }() // or every version would hold the one before
	}
	v.renders = make([]*Rendering, len(m.plan.fragments))
	for i, f := range m.plan.fragments {
		var before *Rendering
		if last != nil {
			before = last.renders[i]
		}
		r, err := render(ctx, f, map[string]any{m.name: v.assign}, before, m.most)
		if err != nil {
			return err
		}
		v.renders[i] = r
	}
	return nil
}

// comparable is the list of v, for as long as it is rendered comparable with that of last; nil if it is not.
func (m *maker) comparable(v, last *view) *list {
	if m.anew || last == nil || m.plan.rows == nil || notPlain(m.plan.row) != nil {
		return nil
	}
	l, ok := v.assign.(*list)
	if was, is := last.assign.(*list); ok && is {
		l.was, l.at = was, 0
		return l
	}
	return nil
}
