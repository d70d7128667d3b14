package live

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Finding is what a check has found: a result that differs from what is shown, although nobody has published anything. Who
// looks at the page sees the new result by then, and would not without the check.
type Finding struct {
	Query   string // name of the assign, or of the shared query
	Page    string // of one who looks at it: path and query
	Viewers int
	At      time.Time // of the newest such finding
	Times   int       // that checks have found the like of it

	// Keys of rows, of each kind ten at most; none of a result without rows, or where only their order differs.
	Added, Gone, Changed []string

	Follows  []string // topics that should have told
	Reads    []string // topics that the fetch of the check has recorded
	Notified string   // the newest notification in words; "" is none
	Missing  string   // what is missing, as far as that can be guessed, and what to do about it
}

// findings remembers what checks have found, so that the log says it once for each query and kind.
type findings struct {
	mu    sync.Mutex // guards everything below
	found map[findingKind]*Finding
}

type findingKind struct {
	query string
	guess guess
}

// findingsMost bounds what is remembered. Beyond it the kinds that are known count on, and others are not told.
const findingsMost = 1000

// add notes a finding, and reports whether it is the first of its query and kind.
func (f *findings) add(kind findingKind, found Finding) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.found[kind]
	switch {
	case known != nil:
		found.Times = known.Times
	case len(f.found) >= findingsMost:
		return false
	case f.found == nil:
		f.found = map[findingKind]*Finding{}
	}
	found.Times++
	f.found[kind] = &found
	return known == nil
}

// list is all findings, newest first; those of one query, where it is named.
func (f *findings) list(query string) (all []Finding) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for kind, found := range f.found {
		if query == "" || kind.query == query {
			all = append(all, *found)
		}
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Query, b.Query), cmp.Compare(a.Missing, b.Missing))
	})
	return all
}
