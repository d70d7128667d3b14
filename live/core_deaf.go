package live

import "sync"

// deafQueries remembers which queries the log says are never refetched: it says so once of each, however many pages keep it.
type deafQueries struct {
	mu   sync.Mutex
	said map[string]struct{} // names of assigns and shared queries, guarded by mu
}

// deafQueriesMost bounds what is remembered. Beyond it nothing is said.
const deafQueriesMost = 1000

// first notes the name, and reports whether it is new.
func (d *deafQueries) first(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.said[name]; known || len(d.said) >= deafQueriesMost {
		return false
	}
	if d.said == nil {
		d.said = map[string]struct{}{}
	}
	d.said[name] = struct{}{}
	return true
}
