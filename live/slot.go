package live

import (
	"fmt"
	"slices"
	"time"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// slot is one fragment on one page.
type slot struct {
	fragment fragment.Fragment
	assign   *assign      // the query it belongs to
	index    int          // among the query's fragments
	composed *composition // instead of a query: it shows several assigns
	trouble  *trouble     // nil: it could be rendered and patched

	known  bool       // digest is what the browser shows
	digest Digest     // likewise
	shown  *Rendering // likewise, where this process made it
}

// composition is rendered for its page alone.
type composition struct {
	inputs []string // names of the assigns
	from   []any    // the views that latest was rendered from
	latest *Rendering
	waited int // how often it has waited for its assigns to settle
}

// trouble is a fragment that could not be rendered or patched, and is not tried again before a while.
type trouble struct {
	failures int
	until    time.Time
	retry    Timer
}

// rests tells whether it is too early to try again.
func (sl *slot) rests(c Clock) bool { return sl.trouble != nil && c.Now().Before(sl.trouble.until) }

// recovered ends what trouble there was.
func (sl *slot) recovered() {
	if sl.trouble != nil {
		stop(&sl.trouble.retry)
		sl.trouble = nil
	}
}

// settleMost is how often a composed fragment waits for another refetch: where changes never pause it must be shown between them.
const settleMost = 3

// show notes that the browser is shown r.
func (sl *slot) show(r *Rendering) {
	if !sl.known || sl.digest != r.digest || sl.shown == nil {
		sl.known, sl.digest, sl.shown = true, r.digest, r.remembered()
	}
}

// carries tells whether a feeds the slot's fragment as well.
func (sl *slot) carries(a *assign) bool {
	return slices.ContainsFunc(a.plan.fragments, func(f fragment.Fragment) bool { return f.ID() == sl.fragment.ID() })
}

// slotOf is the slot of the fragment's element, a new one if need be.
func (s *Socket) slotOf(f fragment.Fragment) *slot {
	for _, sl := range s.slots {
		if sl.fragment.ID() == f.ID() {
			return sl
		}
	}
	sl := &s.first.slot
	if sl.fragment != nil {
		sl = new(slot)
	}
	sl.fragment = f
	s.slots = append(s.slots, sl)
	return sl
}

// Compose shows a fragment that depends on several assigns, plain ones included. It is rendered for
// this page alone, once for each version in which all of them have settled.
func (s *Socket) Compose(f fragment.Fragment, names ...string) error {
	for _, name := range names {
		if _, plain := s.plain[name]; !plain && s.assign(name) == nil && !s.setsLater(name) {
			return fmt.Errorf("%w: %q", ErrUnknown, name)
		}
	}
	for _, a := range s.assigns { // of all: an AfterFetch of any may set what the fragment shows
		a.cohort.wakeAlways(&a.viewer)
	}
	for _, name := range names {
		if a := s.assign(name); a != nil {
			a.cohort.composes(f)
		}
	}
	sl := s.slotOf(f)
	sl.fragment, sl.assign, sl.composed = f, nil, &composition{inputs: names}
	return nil
}

// setsLater tells whether an AfterFetch may still set the plain assign.
func (s *Socket) setsLater(name string) bool {
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

// target is what the slot should show now; nil while that is not known.
func (s *Socket) target(sl *slot) *Rendering {
	if sl.assign != nil {
		v := sl.assign.view()
		if v == nil {
			return nil
		}
		return v.renders[sl.index]
	}
	return s.compose(sl, sl.composed)
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
	if c.latest != nil && slices.Equal(from, c.from) || sl.rests(s.keeper.cfg.Clock) {
		return c.latest
	}
	if c.waited < settleMost && s.settling(c) {
		c.waited++
		return c.latest
	}
	c.waited = 0
	job := renderJob{fragment: sl.fragment, assigns: assigns, last: c.latest, most: s.keeper.cfg.Limits.BytesPerFragment}
	r, err := job.render(s.request)
	if err != nil {
		s.showFailed(sl, err)
		return c.latest
	}
	sl.recovered()
	c.latest, c.from = r, from
	return r
}

// showFailed leaves what is shown and tries again later, like a failed refetch.
func (s *Socket) showFailed(sl *slot, err error) {
	if sl.trouble == nil {
		sl.trouble = new(trouble)
	}
	t := sl.trouble
	t.failures++
	wait := s.keeper.backoff(t.failures)
	t.until = s.keeper.cfg.Clock.Now().Add(wait)
	stop(&t.retry)
	if s.started {
		t.retry = s.keeper.cfg.Clock.AfterFunc(wait, s.wake)
	}
	s.keeper.failed(s.request, sl.fragment.ID(), err)
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

// unset stands for a plain assign that AfterFetch has not set because its query is loading, gone or
// cleared: then so is what belongs to it, or a composed fragment would go on showing it.
func (s *Socket) unset() (v fragment.Assign, identity any, ok bool) {
	for _, a := range s.assigns {
		if v := a.view(); a.plan.after != nil && v != nil && v.status() != fragment.Ready {
			return fragment.Assign{Status: v.status()}, v, true
		}
	}
	return v, nil, false
}

// settling tells whether one of the queries of c is being refetched: its new version comes at once.
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
