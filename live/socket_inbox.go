package live

// inbox is what other goroutines leave for the request's own.
type inbox struct {
	topics  map[string]struct{} // for the hook
	refetch []string            // names
	pages   []pageChange
	recheck bool // notifications may have been lost
	close   *CloseReason
}

// openInbox is the inbox, to put something in. It is called with mu held.
func (s *Socket) openInbox() *inbox {
	if s.inbox == nil {
		s.inbox = new(inbox)
	}
	return s.inbox
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

// closing is how the stream has been told to end, nil if it has not.
func (s *Socket) closing() *CloseReason {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inbox == nil {
		return nil
	}
	return s.inbox.close
}

// notify makes an open stream a listener: of its kick, of what its hook wants to hear, of gaps.
func (s *Socket) notify(topic string, _ origin) {
	switch {
	case topic == resync:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.openInbox().recheck = true
		s.wake()
	case isKick(topic):
		s.end(CloseReason{Permanent: true})
	default:
		s.takes(topic)
	}
}

// notifyAll is notify of each topic: a hook hears of topics, and decides itself.
func (s *Socket) notifyAll(n *notification) {
	for _, topic := range n.topics {
		s.notify(topic, n.from)
	}
}

// Reload clears what is live on an open page, ends its stream, and has the browser load the page again: for a Fetch that
// finds out that its viewer may see something else than what the page was opened for. It may be called from any goroutine,
// and means nothing on a page that is only being loaded.
func (s *Socket) Reload() { s.end(CloseReason{Permanent: true, Reload: true}) }

// end ends the stream, from any goroutine.
func (s *Socket) end(why CloseReason) {
	s.mu.Lock()
	if in := s.openInbox(); in.close == nil || why.Permanent {
		in.close = &why
	}
	w := s.writer
	s.mu.Unlock()
	s.wake()
	if w != nil {
		w.ShortenDeadline()
	}
}
