package paging

// merged are the ranges as MySQL reads them best: as alternatives of one condition, which it looks up one after the other in the
// index. Of several statements it would run each to its limit. Of a range without an alternative it may look up only the first
// columns, and then read all rows that share them. With split, the ranges where the first column is NULL are a condition of their
// own.
func (o Options) merged(ranges []span, split bool) []span {
	var groups [][]span
	for _, r := range ranges {
		if last := len(groups) - 1; last >= 0 && (!split || groups[last][0].null == r.null) {
			groups[last] = append(groups[last], r)
			continue
		}
		groups = append(groups, []span{r})
	}
	merged := make([]span, len(groups))
	for i, g := range groups {
		merged[i] = o.oneOf(g)
		if split {
			merged[i].known = 1
		}
	}
	return merged
}

// oneOf is one range of several. Where the first column is NULL in all of them, it gets an alternative that no row meets, so that
// there always is one.
func (o Options) oneOf(ranges []span) span {
	alternatives := make([]condition, 0, len(ranges)+1)
	null := true
	for _, r := range ranges {
		alternatives = append(alternatives, r.cond)
		null = null && r.null
	}
	if null {
		alternatives = append(alternatives, raw(o.sort.Keys[0].Column+" < NULL"))
	}
	return span{cond: join(" OR ", alternatives), null: null}
}

// beginsNative reports whether the index has the NULLs of the first column where the sort does.
func (o Options) beginsNative() bool { return len(o.sort.Keys) == 0 || o.sort.Keys[0].isNative() }
