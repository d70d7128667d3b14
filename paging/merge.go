package paging

import "slices"

// Merged is how the rows a page shows compare with what a fetch restricted to their keys (see Options.Restrict) gave.
type Merged[K comparable, T any] struct {
	// Rows has one entry for every key that was kept, in the order they are shown in. A key kept twice counts once.
	Rows []MergedRow[K, T]
	// Gone are the keys that the fetch did not give: deleted, or no longer for this viewer. Their old contents must not
	// be shown any more.
	Gone []K
	// Moved are the fewest keys that would have to move for the rows to stand in the order of the fetch.
	Moved []K
	// New are fetched rows that were not kept, in the order of the fetch.
	New []T
}

// MergedRow is one kept row.
type MergedRow[K comparable, T any] struct {
	Key  K
	Item T // the zero value when Gone
	Gone bool
}

// Merge lines up fetched rows with the keys that are kept.
func Merge[K comparable, T any](kept []K, fetched []T, key func(T) K) Merged[K, T] {
	at := make(map[K]int, len(fetched))
	for i, item := range fetched {
		if _, twice := at[key(item)]; !twice {
			at[key(item)] = i
		}
	}
	m := Merged[K, T]{Rows: make([]MergedRow[K, T], 0, len(kept))}
	seen := make(map[K]bool, len(kept))
	var order []int // positions in fetched, as shown
	var present []K // and their keys
	for _, k := range kept {
		if seen[k] {
			continue
		}
		seen[k] = true
		i, ok := at[k]
		if !ok {
			m.Rows = append(m.Rows, MergedRow[K, T]{Key: k, Gone: true})
			m.Gone = append(m.Gone, k)
			continue
		}
		m.Rows = append(m.Rows, MergedRow[K, T]{Key: k, Item: fetched[i]})
		order, present = append(order, i), append(present, k)
	}
	m.Moved = moved(order, present)
	for i, item := range fetched {
		if k := key(item); !seen[k] && at[k] == i {
			m.New = append(m.New, item)
		}
	}
	return m
}

// Items are the rows that are not gone, in the order they are shown in.
func (m Merged[K, T]) Items() []T {
	items := make([]T, 0, len(m.Rows)-len(m.Gone))
	for _, r := range m.Rows {
		if !r.Gone {
			items = append(items, r.Item)
		}
	}
	return items
}

// Changed are the keys whose row is not equal to what was shown before; was gives the old row of a key, if it is known.
// A row whose old contents are unknown counts as changed, a gone one does not.
func (m Merged[K, T]) Changed(was func(K) (T, bool), equal func(a, b T) bool) []K {
	var changed []K
	for _, r := range m.Rows {
		if r.Gone {
			continue
		}
		if old, ok := was(r.Key); !ok || !equal(old, r.Item) {
			changed = append(changed, r.Key)
		}
	}
	return changed
}

// moved is everything outside a longest increasing run of positions (patience sorting).
func moved[K comparable](order []int, keys []K) []K {
	var tails []int // tails[n]: index in order at which an increasing run of n+1 positions ends lowest
	before := make([]int, len(order))
	for i, pos := range order {
		n, _ := slices.BinarySearchFunc(tails, pos, func(tail, pos int) int { return order[tail] - pos })
		before[i] = -1
		if n > 0 {
			before[i] = tails[n-1]
		}
		if n == len(tails) {
			tails = append(tails, i)
		} else {
			tails[n] = i
		}
	}
	stays := make([]bool, len(order))
	if len(tails) > 0 {
		for i := tails[len(tails)-1]; i >= 0; i = before[i] {
			stays[i] = true
		}
	}
	var out []K
	for i, k := range keys {
		if !stays[i] {
			out = append(out, k)
		}
	}
	return out
}
