package live

import (
	"errors"
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
	retry    *retryState  // nil: it could be rendered and patched

	known  bool       // digest is what the browser shows
	digest Digest     // likewise
	shown  *Rendering // likewise, where this process made it
}

// retryState is of a fragment that could not be rendered or patched, and is not tried again before a while.
type retryState struct {
	failures int
	err      error // the newest
	until    time.Time
	alarm    alarm // guarded by Socket.mu
}

// backingOff reports whether it is too early to try again.
func (sl *slot) backingOff() bool { return sl.retry != nil && time.Now().Before(sl.retry.until) }

// problem is why there is nothing to show.
func (sl *slot) problem() error {
	if sl.retry == nil {
		return errors.New("it shows an assign that is not there yet")
	}
	return sl.retry.err
}

// show notes that the browser is shown r.
func (sl *slot) show(r *Rendering) {
	if !sl.known || sl.digest != r.digest || sl.shown == nil {
		sl.known, sl.digest, sl.shown = true, r.digest, r.remembered()
	}
}

// isFedBy reports whether a feeds the slot's fragment as well.
func (sl *slot) isFedBy(a *assign) bool {
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

// target is what the slot should show now; nil while that is not known.
func (s *Socket) target(sl *slot) *Rendering {
	if sl.assign == nil {
		return s.compose(sl, sl.composed)
	}
	if v := sl.assign.subscriber.shown.Load(); v != nil {
		return v.renders[sl.index]
	}
	return nil
}

// patchTo brings the slot to what it should show; nil where that is not known, or shown already.
func (s *Socket) patchTo(sl *slot) *Patch {
	r := s.target(sl)
	switch {
	case r == nil:
		return nil
	case sl.known && sl.digest == r.digest, !sl.known && s.browserHas(r):
		sl.show(r)
		return nil
	case sl.retry != nil && sl.backingOff():
		return nil
	}
	p, err := r.Patch(sl.shown)
	if err != nil && sl.shown != nil { // the difference cannot be made: the whole fragment
		s.core.logFailure(s.request, sl.fragment.ID(), err)
		p, err = r.Patch(nil)
	}
	if err != nil {
		s.retryLater(sl, err)
		return nil
	}
	if sl.retry != nil {
		s.resetRetry(sl)
	}
	sl.show(r)
	return p
}

// count notes how many bytes a message has of the slot's query.
func (sl *slot) count(message uint32, bytes int) {
	a := sl.assign
	if a == nil {
		return
	}
	if a.sentIn != message {
		a.sentIn = message
		a.sent.Store(0)
	}
	a.sent.Add(int64(bytes))
}

// retryLater leaves what is shown and tries again later, like a failed refetch.
func (s *Socket) retryLater(sl *slot, err error) {
	if sl.retry == nil {
		sl.retry = new(retryState)
	}
	retry := sl.retry
	retry.failures++
	retry.err = err
	wait := s.core.backoff(retry.failures)
	retry.until = time.Now().Add(wait)
	if s.started {
		s.mu.Lock()
		retry.alarm.set(&s.mu, wait, s.wake)
		s.mu.Unlock()
	}
	s.core.logFailure(s.request, sl.fragment.ID(), err)
}

// resetRetry ends what kept the slot from being shown.
func (s *Socket) resetRetry(sl *slot) {
	if sl.retry == nil {
		return
	}
	s.mu.Lock()
	sl.retry.alarm.stop()
	s.mu.Unlock()
	sl.retry = nil
}
