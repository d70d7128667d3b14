package live

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// Update is what a page has to be sent.
type Update struct {
	Patches []*Patch   // in the order of the page's fragments
	Moved   url.Values // not nil: ChangePage has led to these query parameters; the page needs a stream of them
	End     *Ending    // not nil: the stream ends after this update
	Kept    bool       // the page keeps other rows from here on than it said it did, or than the Update before led to
}

// Ending says how a stream ends.
type Ending struct {
	ForGood bool          // the page must not come back: its live parts have been cleared, or its session has ended
	Reload  bool          // the browser should load the page again: what else it shows is not known, and may have to go
	Retry   time.Duration // how long the browser should wait before it comes back; 0: its own time
}

// Start begins the page's life on its stream: from here on notifications and intervals refetch. The
// handler has returned, so what its deferred calls close is closed.
func (s *Socket) Start() {
	s.changeAsLoaded()
	s.started = true
	for _, a := range s.assigns {
		a.cohort.watch(&a.viewer)
	}
	late := false
	for _, sl := range s.slots {
		r := s.target(sl)
		if r == nil {
			late = true
		} else if s.shows(r) {
			sl.show(r)
		}
	}
	s.cfg.Shown.Kept = nil // it has served
	if !late {
		s.cfg.Shown.Digests = nil
	}
	s.wake()
}

// shows tells whether the browser has said that it shows r.
func (s *Socket) shows(r *Rendering) bool { return slices.Contains(s.cfg.Shown.Digests, r.digest) }

// Changed receives when Next may have something. It has capacity 1, and whoever reads it may send on it too.
func (s *Socket) Changed() chan struct{} { return s.changed }

// Next is the difference between what the browser shows and what is known now; false where there is
// none. It is for the stream's goroutine, whenever the connection can take more: nothing queues up.
func (s *Socket) Next() (Update, bool) {
	todo := s.takeInbox()
	if todo.end != nil {
		return Update{End: todo.end}, true
	}
	if todo.recheck {
		if end := s.validate(); end != nil {
			return Update{End: end}, true
		}
	}
	s.runHook(todo.topics)
	for _, name := range todo.refetch {
		if a := s.assign(name); a != nil {
			a.cohort.mark(true)
		}
	}
	s.changePages(todo.pages)
	return s.difference()
}

// Attach names what sends the page, besides the goroutine that reads Changed. It comes before Start, in the midst of which
// Deliver may be called for the first time.
func (s *Socket) Attach(d Deliverer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliverer = d
}

// Ready is Next for a [Deliverer]: it does not wait, runs nothing of the application's but [Fragment.Patch], and has
// patches only, which it appends to those given. It is not able where something else has to come first, or has to be
// rendered for this page alone; that is left to Next.
func (s *Socket) Ready(patches []*Patch) (u Update, ok, able bool) {
	if !s.able() {
		return Update{}, false, false
	}
	if s.look(); s.clearing {
		return Update{}, false, false
	}
	u, ok = s.bringAll(patches)
	return u, ok, true
}

func (s *Socket) able() bool {
	if s.buried || s.clearing || s.moved != nil {
		return false
	}
	for _, sl := range s.slots {
		if sl.composed != nil {
			return false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inbox == nil
}

// validate is how the stream ends if its session has ended, or if that cannot be found out now: the
// page comes back, and what guards it looks again.
func (s *Socket) validate() *Ending {
	if s.cfg.Valid == nil {
		return nil
	}
	valid, err := s.cfg.Valid(s.request)
	switch {
	case s.request.Err() != nil:
		return nil // the page has left meanwhile, which its stream notices
	case err != nil:
		s.keeper.failed(s.request, "session", err)
		return &Ending{Retry: s.keeper.comeBackAfter()}
	case !valid:
		return &Ending{ForGood: true}
	}
	return nil
}

func (s *Socket) takeInbox() inbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inbox == nil {
		return inbox{}
	}
	todo := *s.inbox
	s.inbox = nil
	return todo
}

func (s *Socket) difference() (Update, bool) {
	asked := s.clearing && s.allAsked() // before the look: what is asked after it would not be shown
	s.look()
	ends := s.buried || asked
	arrives := s.moved != nil && s.arrived()
	u, ok := s.bringAll(nil)
	if ends {
		u.End = &Ending{ForGood: true, Reload: s.buried}
	}
	if arrives {
		u.Moved, s.moved = s.moved, nil
	}
	return u, ok || ends || arrives
}

// bringAll is what brings all fragments to what they should show. It appends to patches, which holds none.
func (s *Socket) bringAll(patches []*Patch) (u Update, ok bool) {
	u.Kept, s.others = s.others, false
	u.Patches = patches
	for _, sl := range s.slots {
		if p := s.bring(sl); p != nil && len(p.HTML) > 0 {
			u.Patches = append(u.Patches, p)
		}
	}
	return u, len(u.Patches) > 0 || u.Kept
}

// look takes what all queries show now.
func (s *Socket) look() {
	for _, a := range s.assigns {
		_, status := a.cohort.show(&a.viewer)
		if status == fragment.Cleared && (!a.lost || s.buried) {
			s.clear()
		}
		a.lost = a.lost && status != fragment.Ready
		s.others = a.keepsOthers() || s.others
	}
}

// clear begins the end of a page that may not see one of its subjects any more. The others are asked
// once more before the stream ends, or they would stay on the page for ever.
func (s *Socket) clear() {
	if s.clearing {
		return
	}
	s.clearing = true
	for _, a := range s.assigns {
		a.cohort.wakeAlways(&a.viewer)
		a.asked = a.cohort.mark(true)
	}
}

func (s *Socket) allAsked() bool {
	for _, a := range s.assigns {
		if !a.cohort.asked(a.asked) {
			return false
		}
	}
	return true
}

// bring is what brings the slot to what it should show; nil where that is not known, or shown already.
func (s *Socket) bring(sl *slot) *Patch {
	r := s.target(sl)
	switch {
	case r == nil:
		return nil
	case sl.known && sl.digest == r.digest, !sl.known && s.shows(r):
		sl.show(r)
		return nil
	}
	p := s.patch(sl, r)
	if p != nil {
		sl.show(r)
	}
	return p
}

// patch takes the slot to r: the whole fragment where the difference cannot be made. Nil where that fails
// too, which is tried again later.
func (s *Socket) patch(sl *slot, r *Rendering) *Patch {
	if sl.rests(s.keeper.cfg.Clock) {
		return nil
	}
	p, err := r.Patch(sl.shown)
	if err != nil && sl.shown != nil {
		s.keeper.failed(s.request, sl.fragment.ID(), err)
		p, err = r.Patch(nil)
	}
	if err != nil {
		s.showFailed(sl, err)
		return nil
	}
	sl.recovered()
	return p
}

// keepsOthers tells, once, that the rows that a keeps are not those that the browser can repeat.
func (a *assign) keepsOthers() bool {
	id := a.viewer.pinnedID() // without the lock: only the page's goroutine writes it, and that is this one
	differ := id != a.told
	a.told = id // even if equal: this one is shared with other pages, the one it replaces is not
	return differ
}

// arrived tells whether everything that ChangePage turned has been loaded.
func (s *Socket) arrived() bool {
	for _, a := range s.assigns {
		if a.view() == nil {
			return false
		}
	}
	return true
}

// Renderings is what the page shows now, in order: for a load of the page, and for a page change.
func (s *Socket) Renderings() ([]*Rendering, error) {
	out := make([]*Rendering, 0, len(s.slots))
	for _, sl := range s.slots {
		r := s.target(sl)
		if r == nil {
			return nil, &composeError{id: sl.fragment.ID()}
		}
		sl.show(r)
		out = append(out, r)
	}
	return out, nil
}

type composeError struct{ id string }

func (e *composeError) Error() string {
	return "live: fragment " + e.id + " could not be rendered; the log says why"
}

// Shows is the state of the page, for the stream that will follow or come back.
func (s *Socket) Shows() State {
	st := State{Digests: s.AppendDigests(make([]Digest, 0, len(s.slots)))}
	for _, a := range s.assigns {
		if k := a.cohort.pinnedBy(&a.viewer); k != nil {
			if st.Kept == nil {
				st.Kept = map[string]PinnedRows{}
			}
			st.Kept[a.name] = k.export()
		}
	}
	return st
}

// AppendDigests is the part of Shows that every message changes.
func (s *Socket) AppendDigests(to []Digest) []Digest {
	for _, sl := range s.slots {
		if sl.known {
			to = append(to, sl.digest)
		}
	}
	return to
}

// End ends the stream, from any goroutine.
func (s *Socket) End(how Ending) {
	s.mu.Lock()
	if in := s.letter(); in.end == nil || how.ForGood {
		in.end = &how
	}
	d := s.deliverer
	s.mu.Unlock()
	s.wake()
	if d != nil {
		d.Hurry()
	}
}

// Context is the page's: it ends with the request, or with Close.
func (s *Socket) Context() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		s.ctx, s.cancel = context.WithCancel(s.request)
		if s.closed || s.refused != nil {
			s.cancel()
		}
	}
	return s.ctx
}
