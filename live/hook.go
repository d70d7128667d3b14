package live

import (
	"context"
	"maps"
	"slices"
)

// OnNotification lets hook see each notification first and decide which assigns it touches: it gets
// the topic and the names of the private assigns that follow it, and returns the names to refetch.
// It runs in the stream's goroutine; notifications that come while it runs, or while the browser does
// not read, are one call for each topic. Shared queries follow their topics whatever it says.
func (s *Socket) OnNotification(hook func(ctx context.Context, topic string, assigns []string) []string) {
	s.hook = hook
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooked = hook != nil
}

// ear listens for a private query: straight to its cohort, or by way of the page's hook.
type ear struct {
	socket *Socket
	assign *assign
}

func (e *ear) notify(topic string, number uint64) {
	if !e.socket.hear(topic, number) {
		e.assign.cohort.mark(false)
	}
}

// heardMost bounds what a page remembers of the notifications it has heard: forgetting one costs a call of the hook.
const heardMost = 256

// hear keeps a notification for the hook, once however many assigns follow its topic; false if there
// is no hook, or nothing for it to decide.
func (s *Socket) hear(topic string, number uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.hooked || topic == Resync {
		return false
	}
	if s.heard[topic] == number {
		return true
	}
	if s.heard == nil || len(s.heard) >= heardMost {
		s.heard = map[string]uint64{}
	}
	s.heard[topic] = number
	in := s.letter()
	if in.topics == nil {
		in.topics = map[string]struct{}{}
	}
	in.topics[topic] = struct{}{}
	s.wake()
	return true
}

func (s *Socket) runHook(topics map[string]struct{}) {
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		for _, name := range s.askHook(topic, s.followers(topic)) {
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

// askHook refetches everything that follows the topic when the hook fails: too much is right, too little is not.
func (s *Socket) askHook(topic string, assigns []string) (touched []string) {
	var err error
	defer func() {
		if err != nil {
			touched = assigns
			s.keeper.failed(s.request, "notification hook", err)
		}
	}()
	defer recoverTo(&err)
	return s.hook(s.request, topic, slices.Clone(assigns))
}
