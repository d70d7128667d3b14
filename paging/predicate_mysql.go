package paging

// merged are the ranges as MySQL reads them best: alternatives of one condition, which it looks up one after the other in the
// index. Of several statements it would run each to its limit, and of one range without an alternative it may look up the
// first columns only, and then read all rows that share them. Split keeps NULLs in the first column apart from the rest.
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

// oneOf is a range of several. Where the first column is NULL in all of them, an alternative that no row meets is added.
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

// isNative reports whether the index has the NULLs of the first column where the sort does.
func (o Options) isNative() bool {
	if len(o.sort.Keys) == 0 {
		return true
	}
	first := o.sort.Keys[0]
	return first.Nulls == NotNull || first.Nulls == nativeNulls(first.Desc)
}
