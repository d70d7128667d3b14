package live

import (
	"fmt"
	"hash/maphash"
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

func checkTopics(topics []string) error {
	for _, topic := range topics {
		if err := checkTopic(topic); err != nil {
			return err
		}
	}
	return nil
}

// hub is a keeper's index from topic to the listeners that follow it. The broker's one Listen hears every topic, so to
// follow one is to put a listener into a map.
type hub struct {
	mu     sync.RWMutex
	topics map[string]*listenerSet // guarded by mu
	narrow map[string]narrowing    // the narrowed topics among them, by what they narrow; guarded by mu
	places map[string]*narrowed    // the same by themselves; guarded by mu
	closed bool                    // nothing is followed any more; guarded by mu

	seed  maphash.Seed
	known map[uint64]struct{} // hashes of topics that somebody has followed; nil where nothing is logged at debug level; guarded by mu
}

// knownMost bounds what the hub remembers of topics that were followed. Beyond it every topic counts as known.
const knownMost = 1 << 16

// newHub makes a hub. It remembers topics that were followed if it is to be asked for unfollowed ones.
func newHub(remembers bool) *hub {
	h := &hub{topics: map[string]*listenerSet{}, narrow: map[string]narrowing{}, places: map[string]*narrowed{}, seed: maphash.MakeSeed()}
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
			h.place(topic, set)
		}
		set.add(l)
		h.remember(topic)
	}
	return nil
}

// place puts a narrowed topic where the changes of rows find it. It holds mu.
func (h *hub) place(topic string, set *listenerSet) {
	base, is := narrowedBase(topic)
	if !is {
		return
	}
	if h.narrow[base] == nil {
		h.narrow[base] = narrowing{}
	}
	n := parseNarrowed(topic, set)
	h.narrow[base].add(n)
	h.places[topic] = n
	h.remember(base)
}

// displace is the reverse of place. It holds mu.
func (h *hub) displace(topic string) {
	n := h.places[topic]
	if n == nil {
		return
	}
	base, _ := narrowedBase(topic)
	delete(h.places, topic)
	if h.narrow[base].remove(n); len(h.narrow[base]) == 0 {
		delete(h.narrow, base)
	}
}

// remember notes that somebody has followed the topic. It holds mu.
func (h *hub) remember(topic string) {
	if h.known != nil && len(h.known) < knownMost {
		h.known[maphash.String(h.seed, topic)] = struct{}{}
	}
}

// leave ends what follow began.
func (h *hub) leave(l listener, topics ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range topics {
		if set := h.topics[topic]; set != nil {
			if set.remove(l); set.empty() {
				delete(h.topics, topic)
				h.displace(topic)
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

// resync tells every listener, once, that notifications may have been lost.
func (h *hub) resync() {
	h.mu.RLock()
	all := map[listener]struct{}{}
	for _, set := range h.topics {
		set.each(func(l listener) { all[l] = struct{}{} })
	}
	h.mu.RUnlock()
	for l := range all {
		l.notify(resync, byResync)
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

// follows reports whether anybody follows the topic, or what narrows it.
func (h *hub) follows(topic string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	_, ok := h.topics[topic]
	return ok || len(h.narrow[topic]) > 0
}

func (h *hub) size() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.topics)
}
