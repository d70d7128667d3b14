package live

import "sync"

// loggedOnce remembers of which queries the log has said something: it says so once of each, however many pages keep it.
type loggedOnce struct {
	mu   sync.Mutex
	said map[string]struct{} // names of assigns and shared queries, guarded by mu
}

// loggedOnceMost bounds what is remembered. Beyond it nothing is said.
const loggedOnceMost = 1000

// first notes the name, and reports whether it is new.
func (l *loggedOnce) first(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.said[name]; known || len(l.said) >= loggedOnceMost {
		return false
	}
	if l.said == nil {
		l.said = map[string]struct{}{}
	}
	l.said[name] = struct{}{}
	return true
}
