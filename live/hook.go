package live

import (
	"context"
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
	s.inbox.hooked = hook != nil
}

// ear listens for a private query: straight to its cohort, or by way of the page's hook.
type ear struct {
	socket *Socket
	assign *assign
}

func (e *ear) notify(topic string) {
	s := e.socket
	s.mu.Lock()
	hooked := s.inbox.hooked && topic != Resync
	if hooked {
		if s.inbox.topics == nil {
			s.inbox.topics = map[string]map[string]struct{}{}
		}
		if s.inbox.topics[topic] == nil {
			s.inbox.topics[topic] = map[string]struct{}{}
		}
		s.inbox.topics[topic][e.assign.name] = struct{}{}
	}
	s.mu.Unlock()
	if hooked {
		s.wake()
		return
	}
	e.assign.cohort.mark(false)
}

func (s *Socket) runHook(topics map[string]map[string]struct{}) {
	for topic, names := range topics {
		for _, name := range s.askHook(topic, names) {
			if a := s.assigns[name]; a != nil {
				a.cohort.mark(false)
			}
		}
	}
}

// askHook refetches everything the notification names when the hook fails: too much is right, too little is not.
func (s *Socket) askHook(topic string, names map[string]struct{}) (touched []string) {
	assigns := make([]string, 0, len(names))
	for name := range names {
		assigns = append(assigns, name)
	}
	slices.Sort(assigns)
	var err error
	defer func() {
		if err != nil {
			touched = assigns
			s.keeper.failed(s.ctx, "notification hook", err)
		}
	}()
	defer recoverTo(&err)
	return s.hook(s.ctx, topic, slices.Clone(assigns))
}
