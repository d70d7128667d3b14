package views

import "slices"

// run is new and moved rows that stand together, after a row that stays or first of all.
type run struct {
	first bool
	after string // the key of that row
	rows  []row
}

// diff finds how one table becomes another with the fewest rows touched, in the order in which that is applied: rows of the
// old table are removed that are gone or move away, new and moved rows are inserted in runs, and rows of the new table are
// replaced that stay where they are and look different.
//
// In this order every insertion finds its place beside a row that was there before the message and stays, in all
// generations, also in htmx 4, which looks up every target of a message before it changes anything.
func diff(old, now *table) (removed []row, inserted []run, replaced []row) {
	stays, positions := stableRows(old, now)
	for i, r := range old.rows {
		if !stays[i] {
			removed = append(removed, r)
		}
	}
	after, first, open := "", true, false
	for i, r := range now.rows {
		was := positions[i]
		if was < 0 {
			if !open {
				inserted = append(inserted, run{first: first, after: after})
				open = true
			}
			last := &inserted[len(inserted)-1]
			last.rows = append(last.rows, r)
			continue
		}
		after, first, open = r.key, false, false
		if old.rows[was].digest != r.digest {
			replaced = append(replaced, r)
		}
	}
	return removed, inserted, replaced
}

// stableRows finds the longest sequence of rows that both tables have in the same order: all other rows are moved around them,
// and no smaller set of moves will do. stays has, by old position, whether the row stays; was has, by new position, where the
// row was, -1 when it does not stay.
func stableRows(old, now *table) (stays []bool, was []int) {
	stays, was = make([]bool, len(old.rows)), make([]int, len(now.rows))
	if slices.EqualFunc(old.rows, now.rows, func(a, b row) bool { return a.key == b.key }) { // most changes move nothing
		for i := range was {
			stays[i], was[i] = true, i
		}
		return stays, was
	}
	had := make(map[string]int, len(old.rows))
	for i, r := range old.rows {
		had[r.key] = i
	}
	var at []int        // new positions of the rows both have
	var positions []int // and their old ones
	for i, r := range now.rows {
		was[i] = -1
		if p, ok := had[r.key]; ok {
			at, positions = append(at, i), append(positions, p)
		}
	}
	for _, k := range longestIncreasing(positions) {
		was[at[k]] = positions[k]
		stays[positions[k]] = true
	}
	return stays, was
}

// longestIncreasing is the indexes of a longest increasing subsequence of distinct numbers, by patience sorting.
func longestIncreasing(numbers []int) []int {
	var tails []int // tails[k]: index of the smallest end of an increasing sequence of k+1 numbers
	var ends []int  // ends[k]: that number
	before := make([]int, len(numbers))
	for i, n := range numbers {
		k, _ := slices.BinarySearch(ends, n)
		before[i] = -1
		if k > 0 {
			before[i] = tails[k-1]
		}
		if k == len(tails) {
			tails, ends = append(tails, i), append(ends, n)
		} else {
			tails[k], ends[k] = i, n
		}
	}
	if len(tails) == 0 {
		return nil
	}
	sequence := make([]int, len(tails))
	for i, k := tails[len(tails)-1], len(tails)-1; k >= 0; i, k = before[i], k-1 {
		sequence[k] = i
	}
	return sequence
}
