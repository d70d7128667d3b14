package live

import (
	"fmt"
	"slices"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// composition is rendered for its page alone.
type composition struct {
	inputs []string // names of the assigns
	from   []any    // the views that latest was rendered from
	latest *Rendering
	waited int // how often it has waited for its assigns to settle
}

// settleMost is how often a composed fragment waits for another refetch: where changes never pause it must be shown between them.
const settleMost = 3

// Compose shows a fragment that depends on several assigns, plain ones included. It is rendered for
// this page alone, once for each version in which all of them have settled. A name that is not there is [ErrUnknown].
func (s *Socket) Compose(f fragment.Fragment, names ...string) error {
	for _, name := range names {
		if _, plain := s.plain[name]; !plain && s.assign(name) == nil && !s.mayBeSet(name) {
			return fmt.Errorf("%w: %q", ErrUnknown, name)
		}
	}
	for _, a := range s.assigns { // of all: an AfterFetch of any may set what the fragment shows
		a.cohort.wakeAlways(&a.subscriber)
	}
	for _, name := range names {
		if a := s.assign(name); a != nil {
			a.cohort.composes(f)
		}
	}
	sl := s.slotOf(f)
	c := &composition{inputs: names}
	s.noteClash(sl, nil, c)
	sl.fragment, sl.assign, sl.composed = f, nil, c
	s.composes = true
	return nil
}

// mayBeSet reports whether an AfterFetch has set the plain assign, or may still do so.
func (s *Socket) mayBeSet(name string) bool {
	for _, a := range s.assigns {
		v := a.view()
		if v != nil {
			if _, ok := v.extra[name]; ok {
				return true
			}
		}
		if a.plan.after != nil && (v == nil || v.status() != fragment.Ready) {
			return true
		}
	}
	return false
}

func (s *Socket) compose(sl *slot, c *composition) *Rendering {
	assigns, from := fragment.Assigns{}, make([]any, 0, len(c.inputs))
	for _, name := range c.inputs {
		v, identity, ok := s.lookup(name)
		if !ok {
			return c.latest
		}
		assigns[name] = v
		from = append(from, identity)
	}
	if c.latest != nil && slices.Equal(from, c.from) || sl.backingOff() {
		return c.latest
	}
	if c.waited < settleMost && s.settling(c) {
		c.waited++
		return c.latest
	}
	c.waited = 0
	job := renderJob{fragment: sl.fragment, id: sl.fragment.ID(), assigns: assigns, last: c.latest, most: s.core.cfg.Limits.BytesPerFragment, failures: &rowFailures{core: s.core}}
	r, err := job.render(s.request)
	if err != nil {
		r, err = job.renderAround(s.request, err)
	}
	if err != nil {
		s.retryLater(sl, err)
		return c.latest
	}
	if job.failures.count == 0 && s.core.failedRows.some.Load() {
		s.core.failedRows.forget(sl.fragment.ID(), nil)
	}
	s.resetRetry(sl)
	c.latest, c.from = r, from
	return r
}

// lookup is an assign as fragments see it, and what stands for this version of it.
func (s *Socket) lookup(name string) (v fragment.Assign, identity any, ok bool) {
	if a := s.assign(name); a != nil {
		shown := a.view()
		if shown == nil {
			return v, nil, false
		}
		return shown.assign, shown, true
	}
	for _, a := range s.byName() { // so that of two which set it always the same one does
		v := a.view()
		if v == nil {
			continue
		}
		if extra, ok := v.extra[name]; ok {
			return fragment.Assign{Status: fragment.Ready, Value: extra}, v, true
		}
	}
	if p, ok := s.plain[name]; ok {
		return *p, p, true // a pointer: each Assign is a version of its own
	}
	return s.unset()
}

// unset stands for a plain assign that AfterFetch has not set because its query is loading, gone or cleared: then so is
// what belongs to it, or a composed fragment would go on showing it.
func (s *Socket) unset() (v fragment.Assign, identity any, ok bool) {
	for _, a := range s.assigns {
		if v := a.view(); a.plan.after != nil && v != nil && v.status() != fragment.Ready {
			return fragment.Assign{Status: v.status()}, v, true
		}
	}
	return v, nil, false
}

// settling reports whether one of the queries of c is being refetched: its new version comes at once.
func (s *Socket) settling(c *composition) bool {
	if !s.started {
		return false
	}
	for _, name := range c.inputs {
		if a := s.assign(name); a != nil && a.cohort.settling() {
			return true
		}
	}
	return false
}
