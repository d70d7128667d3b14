package live

import (
	"slices"
	"strings"
)

// AlarmsSet is the number of alarms of the keeper's queries and pages that are set now.
func AlarmsSet(k *Keeper) (n int) {
	cohorts := map[*cohort]struct{}{}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, q := range k.shared {
		cohorts[q.cohort] = struct{}{}
		n += set(&q.linger)
	}
	for _, sockets := range k.sessions {
		for _, s := range sockets {
			s.mu.Lock()
			for _, a := range s.assigns {
				cohorts[a.cohort] = struct{}{}
			}
			s.mu.Unlock()
		}
	}
	for c := range cohorts {
		c.mu.Lock()
		n += set(&c.due) + set(&c.interval)
		c.mu.Unlock()
	}
	return n
}

func set(a *alarm) int {
	if a.timer == nil {
		return 0
	}
	return 1
}

// IsClosed reports whether the page has ended.
func IsClosed(s *Socket) bool { return s.isClosed() }

// Followed is the topics that something on this node follows now, sorted, but for the keeper's own.
func Followed(k *Keeper) (topics []string) {
	k.hub.mu.RLock()
	defer k.hub.mu.RUnlock()
	for topic := range k.hub.topics {
		if !strings.HasPrefix(topic, reserved) {
			topics = append(topics, topic)
		}
	}
	slices.Sort(topics)
	return topics
}
