package live

import (
	"fmt"
	"hash/maphash"
	"maps"
	"strings"
	"sync"
)

// MaxTopic is the most bytes that a topic has: in a frame it may take six times as many.
const MaxTopic = 1000

// checkTopic refuses what no topic of an application can be.
func checkTopic(topic string) error {
	switch {
	case topic == "":
		return fmt.Errorf("live: a topic is empty")
	case len(topic) > MaxTopic:
		return fmt.Errorf("live: topic %.40q… has %d bytes: a topic has %d at most", topic, len(topic), MaxTopic)
	case strings.HasPrefix(topic, reserved):
		return fmt.Errorf("live: topic %q: topics that begin with %q are the library's own", topic, reserved)
	}
	return nil
}

// hub is a keeper's index from topic to the listeners that follow it. The broker's one Listen hears every topic, so to
// follow one is to put a listener into a map.
type hub struct {
	mu     sync.RWMutex
	topics map[string]*listenerSet // guarded by mu
	closed bool                    // nothing is followed any more; guarded by mu

	seed  maphash.Seed
	known map[uint64]struct{} // hashes of topics that somebody has followed; nil where nothing is logged at debug level; guarded by mu
}

// knownMost bounds what the hub remembers of topics that were followed. Beyond it every topic counts as known.
const knownMost = 1 << 16

// newHub makes a hub. It remembers topics that were followed if it is to be asked for unfollowed ones.
func newHub(remembers bool) *hub {
	h := &hub{topics: map[string]*listenerSet{}, seed: maphash.MakeSeed()}
	if remembers {
		h.known = map[uint64]struct{}{}
	}
	return h
}

// follow makes l hear of the topics from here on. It returns ErrClosed once the keeper is closed.
func (h *hub) follow(l listener, topics ...string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return ErrClosed
	}
	for _, topic := range topics {
		set := h.topics[topic]
		if set == nil {
			set = new(listenerSet)
			h.topics[topic] = set
		}
		set.add(l)
		if h.known != nil && len(h.known) < knownMost {
			h.known[maphash.String(h.seed, topic)] = struct{}{}
		}
	}
	return nil
}

// leave ends what follow began.
func (h *hub) leave(l listener, topics ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range topics {
		if set := h.topics[topic]; set != nil {
			if set.remove(l); set.empty() {
				delete(h.topics, topic)
			}
		}
	}
}

// close makes follow fail: a load that has just begun must not follow anything any more.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

// notify costs the same however many other topics are followed, and allocates nothing.
func (h *hub) notify(topic string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	set := h.topics[topic]
	if set == nil {
		return
	}
	if set.one != nil {
		set.one.notify(topic)
	}
	for l := range set.more {
		l.notify(topic)
	}
}

// resync tells every listener, once, that notifications may have been lost.
func (h *hub) resync() {
	h.mu.RLock()
	all := map[listener]struct{}{}
	for _, set := range h.topics {
		set.addTo(all)
	}
	h.mu.RUnlock()
	for l := range all {
		l.notify(resync)
	}
}

// unfollowed reports whether nobody has ever followed the topic, as far as the hub remembers.
func (h *hub) unfollowed(topic string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.known == nil || len(h.known) >= knownMost {
		return false
	}
	_, ok := h.known[maphash.String(h.seed, topic)]
	return !ok
}

// follows reports whether anybody follows the topic.
func (h *hub) follows(topic string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	_, ok := h.topics[topic]
	return ok
}

func (h *hub) size() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.topics)
}

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

func (s *listenerSet) addTo(all map[listener]struct{}) {
	if s.one != nil {
		all[s.one] = struct{}{}
	}
	maps.Copy(all, s.more)
}
