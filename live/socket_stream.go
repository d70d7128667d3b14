package live

import (
	"net/url"
	"slices"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// start begins the page's life on its stream: from here on notifications and intervals refetch. The
// handler has returned, so what its deferred calls close is closed.
func (s *Socket) start() {
	s.changeAsLoaded()
	s.mu.Lock()
	s.started = true // read with mu held, or by this goroutine
	s.mu.Unlock()
	s.followForHook()
	for _, a := range s.assigns {
		a.cohort.watch(&a.subscriber)
	}
	late := false
	for _, sl := range s.slots {
		r := s.target(sl)
		if r == nil {
			late = true
		} else if s.browserHas(r) {
			sl.show(r)
		}
	}
	s.cfg.Shown.Pinned = nil // it has served
	if !late {
		s.cfg.Shown.Digests = nil
	}
	s.wake()
}

// browserHas reports whether the browser has said that it shows r.
func (s *Socket) browserHas(r *Rendering) bool {
	return slices.Contains(s.cfg.Shown.Digests, r.digest)
}

// deliver makes a socket a page that a broadcast delivers to. It runs nothing of the application's but fragments' Patch,
// and reports false where something has to come first that only the request's goroutine may do.
func (s *Socket) deliver(u *Update) bool {
	if s.writer == nil || !s.writer.TryAcquire() {
		return false
	}
	defer s.writer.Release()
	if s.gone || s.revoking || s.moved != nil || s.composes {
		return false
	}
	if s.observe(); s.revoking {
		return false
	}
	s.mu.Lock()                                         // after observe: what was found after a kick is not sent
	busy := s.inbox != nil || s.hook != nil || s.closed // with a hook, next has to follow the topics that the results name
	s.mu.Unlock()
	if busy {
		return false
	}
	if s.patchAll(u) {
		s.writer.Send(*u)
	}
	return true
}

// next is the difference between what the browser shows and what is known now; false where there is none.
func (s *Socket) next() (Update, bool) {
	todo := s.takeInbox()
	why := todo.close
	if why == nil && todo.recheck {
		why = s.validate()
	}
	if why != nil {
		return s.lastUpdate(why), true
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

// lastUpdate ends the stream, and clears the page that must not come back.
func (s *Socket) lastUpdate(why *CloseReason) Update {
	u := Update{Close: why}
	if why.Permanent {
		s.clear(&u)
	}
	return u
}

// validate is how the stream ends if its session has ended, or if that cannot be found out now: the
// page comes back, and what guards it looks again.
func (s *Socket) validate() *CloseReason {
	if s.cfg.Valid == nil {
		return nil
	}
	valid, err := s.cfg.Valid(s.request)
	switch {
	case s.request.Err() != nil:
		return nil // the page has left meanwhile, which its stream notices
	case err != nil:
		s.core.logFailure(s.request, "session", err)
		return &CloseReason{RetryAfter: s.core.reconnectDelay()}
	case !valid:
		return &CloseReason{Permanent: true}
	}
	return nil
}

func (s *Socket) difference() (Update, bool) {
	covered := s.revoking && s.allCovered() // before observe: what is found after it would not be shown
	s.observe()
	if why := s.closing(); why != nil { // after observe: what was found after a kick is not sent
		return s.lastUpdate(why), true
	}
	s.followForHook()
	ends := s.gone || covered && s.revoking
	arrived := s.moved != nil && s.arrived()
	var u Update
	ok := s.patchAll(&u)
	if ends {
		u.Close = &CloseReason{Permanent: true, Reload: s.gone}
	}
	if arrived {
		u.Query = s.leave()
	}
	return u, ok || ends || u.Query != nil
}

// patchAll makes u what brings all fragments to what they should show, and reports whether that is anything.
func (s *Socket) patchAll(u *Update) bool {
	*u = Update{Patches: u.Patches[:0], Digests: u.Digests[:0], KeysChanged: s.keysChanged}
	s.keysChanged = false
	s.message++
	for _, sl := range s.slots {
		if p := s.patchTo(sl); p != nil && len(p.HTML) > 0 {
			u.Patches = append(u.Patches, p)
			sl.count(s.message, len(p.HTML))
		}
		if sl.known {
			u.Digests = append(u.Digests, sl.digest)
		}
	}
	return len(u.Patches) > 0 || u.KeysChanged
}

// observe takes what all queries show now.
func (s *Socket) observe() {
	forbidden := false
	for _, a := range s.assigns {
		_, status := a.cohort.refresh(&a.subscriber)
		forbidden = forbidden || status == fragment.Cleared && (!a.lost || s.gone)
		a.lost = a.lost && status != fragment.Ready
		id := "" // of the rows it pins; without the lock: only the stream, which this is, writes them
		if p := a.subscriber.pinned; p != nil {
			id = p.id
		}
		s.keysChanged = s.keysChanged || id != a.sentKeysID
		a.sentKeysID = id // even if equal: this string is shared with other pages
	}
	if forbidden {
		s.revoke()
	} else {
		s.revoking = false // allowed again: the page lives on
	}
}

// revoke begins the end of a page that may not see one of its subjects any more. The others are asked once more, at once,
// before the stream ends, or they would stay on the page for ever.
func (s *Socket) revoke() {
	if s.revoking {
		return
	}
	s.revoking = true
	for _, a := range s.assigns {
		a.cohort.wakeAlways(&a.subscriber)
		a.mustCover = a.cohort.markUrgent()
	}
}

func (s *Socket) allCovered() bool {
	for _, a := range s.assigns {
		if !a.cohort.covers(a.mustCover) {
			return false
		}
	}
	return true
}

// arrived reports whether everything that ChangePage asked for has been loaded.
func (s *Socket) arrived() bool {
	for _, a := range s.assigns {
		if a.view() == nil {
			return false
		}
	}
	return true
}

// leave gives the page over to the stream of its new state; nil if another page change has come meanwhile, which comes
// first: from here on there are no others.
func (s *Socket) leave() url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inbox != nil && len(s.inbox.pages) > 0 {
		return nil
	}
	query := s.moved
	s.moved, s.left = nil, true
	return query
}
