package live

// notify tells the listeners of a topic, and of what narrows it, that anything of it may have changed. It costs the same however
// many other topics are followed, and allocates nothing.
func (h *hub) notify(topic string, from origin) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if set := h.topics[topic]; set != nil {
		if set.one != nil {
			set.one.notify(topic, from)
		}
		for l := range set.more {
			l.notify(topic, from)
		}
	}
	if len(h.narrow) > 0 {
		h.narrow[topic].each(func(n *narrowed) {
			n.set.each(func(l listener) { l.notify(n.topic, from) })
		})
	}
}

// notifyAll tells each listener once, of topics of which anything may have changed and of changes of rows.
func (h *hub) notifyAll(topics []string, changes []change, from origin) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := notifications{}
	for _, topic := range topics {
		all.add(h.topics[topic], topic, nil)
		h.narrow[topic].each(func(n *narrowed) { all.add(n.set, n.topic, nil) })
	}
	for i := range changes {
		c := &changes[i]
		all.add(h.topics[c.topic], c.topic, c)
		h.narrow[c.topic].matching(c, func(n *narrowed) { all.add(n.set, n.topic, c) })
	}
	for l, n := range all {
		n.from = from
		l.notifyAll(n)
	}
}

// notification is what one listener is told at once.
type notification struct {
	topics  []string  // that it follows
	changes []*change // all there is to it, unless whole is set
	whole   bool      // anything of a topic may have changed
	from    origin
}

type notifications map[listener]*notification

// add adds a change, or that anything may have changed, for all listeners of a set, which may be nil.
func (all notifications) add(set *listenerSet, topic string, c *change) {
	if set == nil {
		return
	}
	set.each(func(l listener) {
		n := all[l]
		if n == nil {
			n = new(notification)
			all[l] = n
		}
		if len(n.topics) == 0 || n.topics[len(n.topics)-1] != topic {
			n.topics = append(n.topics, topic)
		}
		switch {
		case c == nil:
			n.whole = true
		case len(n.changes) == 0 || n.changes[len(n.changes)-1] != c:
			n.changes = append(n.changes, c)
		}
	})
}

// listener is told of notifications of its topics, and of resync. Its methods are quick and never call user code.
type listener interface {
	notify(topic string, from origin)
	notifyAll(n *notification)
}

// listenerSet holds the listeners of one topic. Most topics have one (that of a session, of a ticket), which needs no
// map: that saves a page about 200 bytes.
type listenerSet struct {
	one  listener              // nil: there is none, or more than one
	more map[listener]struct{} // nil: there is one at the most
}

func (s *listenerSet) add(l listener) {
	switch {
	case s.more != nil:
		s.more[l] = struct{}{}
	case s.one == nil || s.one == l:
		s.one = l
	default:
		s.more = map[listener]struct{}{s.one: {}, l: {}}
		s.one = nil
	}
}

func (s *listenerSet) remove(l listener) {
	delete(s.more, l)
	if s.one == l {
		s.one = nil
	}
}

func (s *listenerSet) empty() bool { return s.one == nil && len(s.more) == 0 }

func (s *listenerSet) each(f func(l listener)) {
	if s.one != nil {
		f(s.one)
	}
	for l := range s.more {
		f(l)
	}
}
