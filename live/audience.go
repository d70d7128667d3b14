package live

import "maps"

// audience is a set of listeners. Most topics have one (that of a session, of a ticket), which needs no map.
type audience struct {
	one  listener              // nil: there is none, or more than one
	more map[listener]struct{} // nil: there is one at the most
}

func (a *audience) add(l listener) {
	switch {
	case a.more != nil:
		a.more[l] = struct{}{}
	case a.one == nil || a.one == l:
		a.one = l
	default:
		a.more = map[listener]struct{}{a.one: {}, l: {}}
		a.one = nil
	}
}

func (a *audience) remove(l listener) {
	delete(a.more, l)
	if a.one == l {
		a.one = nil
	}
}

func (a *audience) empty() bool { return a.one == nil && len(a.more) == 0 }

// notify allocates nothing, lest a notification cost the more, the more there is for the garbage collector to look at.
func (a *audience) notify(topic string, number uint64) {
	if a.one != nil {
		a.one.notify(topic, number)
	}
	for l := range a.more {
		l.notify(topic, number)
	}
}

func (a *audience) addTo(all map[listener]struct{}) {
	if a.one != nil {
		all[a.one] = struct{}{}
	}
	maps.Copy(all, a.more)
}
