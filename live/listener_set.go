package live

import "maps"

// listener is told of notifications of its topics, and of resync. notify is quick and never calls user code.
type listener interface{ notify(topic string) }

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

// notify allocates nothing: a notification beside 100,000 topics costs what it costs beside ten.
func (s *listenerSet) notify(topic string) {
	if s.one != nil {
		s.one.notify(topic)
	}
	for l := range s.more {
		l.notify(topic)
	}
}

func (s *listenerSet) addTo(all map[listener]struct{}) {
	if s.one != nil {
		all[s.one] = struct{}{}
	}
	maps.Copy(all, s.more)
}
