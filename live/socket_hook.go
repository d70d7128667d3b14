package live

import (
	"context"
	"maps"
	"slices"
)

// hook is a page's OnNotification.
type hook struct {
	call   func(ctx context.Context, topic string, assigns []string) []string
	topics []string          // that the page asked to hear besides those of its assigns
	seqs   map[string]uint64 // of what shared queries follow, by assign, as far as it is in heard
	heard  []string          // topics that the page itself follows, sorted
}

// OnNotification lets call see each notification first and decide which assigns it touches: call gets the topic and the
// names of the private assigns that follow it, and returns the names to refetch. It hears the topics of all assigns and
// those named here (as many as an assign may have; a topic that cannot be is logged). It runs in the stream's goroutine; notifications that come while it runs, or while the browser does
// not read, are one call for each topic. Shared queries follow their topics whatever it says. A call that panics refetches
// what follows the topic. Nil ends the hook.
func (s *Socket) OnNotification(call func(ctx context.Context, topic string, assigns []string) []string, topics ...string) {
	s.unhook()
	if call == nil {
		return
	}
	if err := s.core.checkTopics(topics); err != nil {
		s.core.logFailure(s.request, "notification hook", err)
		topics = nil
	}
	s.mu.Lock()
	s.hook = &hook{call: call, topics: topics, seqs: map[string]uint64{}}
	s.mu.Unlock()
	s.followForHook()
}

// unhook ends the hook.
func (s *Socket) unhook() {
	s.mu.Lock()
	h := s.hook
	s.hook = nil
	s.mu.Unlock()
	if h != nil {
		s.core.hub.leave(s, h.heard...)
	}
}

// followForHook follows what the hook is to hear and no private query hears for it: its own topics, and those of shared
// queries, which change with their results.
func (s *Socket) followForHook() {
	h := s.hook
	if h == nil || !s.cfg.Connected {
		return
	}
	want, news := slices.Clone(h.topics), h.heard == nil
	for _, a := range s.assigns {
		if a.plan.share == nil {
			continue
		}
		topics, seq := a.cohort.followedNow()
		news = news || h.seqs[a.name] != seq
		h.seqs[a.name] = seq
		want = append(want, topics...)
	}
	if !news {
		return
	}
	slices.Sort(want)
	want = slices.Compact(want)
	gone := slices.DeleteFunc(h.heard, func(t string) bool { _, ok := slices.BinarySearch(want, t); return ok })
	h.heard = want
	if err := s.core.hub.follow(s, want...); err == nil {
		s.core.hub.leave(s, gone...)
	}
}

// takes keeps a notification for the hook, once for each topic until the hook has run; false if there is no hook.
func (s *Socket) takes(topic string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook == nil {
		return false
	}
	in := s.openInbox()
	if in.topics == nil {
		in.topics = map[string]struct{}{}
	}
	in.topics[topic] = struct{}{}
	s.wake()
	return true
}

// hooked reports whether a hook decides what notifications touch.
func (s *Socket) hooked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hook != nil
}

func (s *Socket) runHook(topics map[string]struct{}) {
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		for _, name := range s.callHook(topic, s.followers(topic)) {
			if a := s.assign(name); a != nil {
				a.cohort.mark(false)
			}
		}
	}
}

// followers is the names of the private assigns that follow the topic, sorted.
func (s *Socket) followers(topic string) (names []string) {
	for _, a := range s.byName() {
		if a.plan.share == nil && a.cohort.followsTopic(topic) {
			names = append(names, a.name)
		}
	}
	return names
}

// callHook refetches everything that follows the topic when the hook fails: too much is right, too little is not.
func (s *Socket) callHook(topic string, assigns []string) (touched []string) {
	if s.hook == nil { // ended meanwhile
		return assigns
	}
	var err error
	defer func() {
		if err != nil {
			touched = assigns
			s.core.logFailure(s.request, "notification hook", err)
		}
	}()
	defer recoverTo(&err)
	return s.hook.call(s.request, topic, slices.Clone(assigns))
}
