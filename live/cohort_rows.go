package live

import (
	"context"
	"slices"
)

// changedRows is the rows of a list that is kept which changes were told of, where no more than those rows can look
// different: plan.rowsOf says so. Such a change of a row that no page shows costs nothing, and rows that are shown are fetched
// by their keys. What a load shows is another matter: it fetches.
type changedRows struct {
	keys           map[string]uint64 // texts of the rows' keys, with the newest mark of each
	checkHides     bool              // loadsMustFetch was set when the check began that is under way
	loadsMustFetch bool              // what a load shows has changed since the newest whole fetch began
}

// changedRowsMost is the most rows that are fetched by their keys. When more change everything is fetched.
const changedRowsMost = 64

// concernsOnlyRows reports whether the changes can concern nothing but the rows of their keys. It holds mu.
func (c *cohort) concernsOnlyRows(changes []*change) bool {
	if c.plan.rowsOf == "" || !c.plan.keeps || c.plan.wantsFresh() || c.plan.whyNotByRow() != "" {
		return false
	}
	if c.snap == nil || !c.snap.hasRows() || c.snap.keysByText() == nil {
		return false
	}
	return !slices.ContainsFunc(changes, func(change *change) bool { return change.key == "" || change.table != c.plan.rowsOf })
}

// markRows marks the rows that have changed, if a page shows them, and reports whether it has marked anything. While a refetch
// is under way it is not known which rows will be shown. It holds mu.
func (c *cohort) markRows(changes []*change) (marked bool) {
	c.rows.loadsMustFetch = true
	shown := c.snap.keysByText()
	var keys []string
	for _, change := range changes {
		if _, is := shown[change.key]; is || c.schedule.running {
			keys = append(keys, change.key)
		}
	}
	if len(keys) == 0 {
		c.stats.skipped++
		return false
	}
	if len(c.rows.keys)+len(keys) > changedRowsMost {
		return c.schedule.mark(false)
	}
	if !c.schedule.markRows() {
		return false
	}
	if c.rows.keys == nil {
		c.rows.keys = map[string]uint64{}
	}
	for _, key := range keys {
		c.rows.keys[key] = c.schedule.wantSeq
	}
	return true
}

// beginRows returns the texts of the keys that the refetch which begins has to fetch, or nil where it has to fetch everything.
// It holds mu.
func (c *cohort) beginRows(sets []*pinned) (changed map[string]struct{}) {
	if c.schedule.onlyRows() && c.snap != nil && c.snap.shows(sets) {
		changed = make(map[string]struct{}, len(c.rows.keys))
		for key := range c.rows.keys {
			changed[key] = struct{}{}
		}
		c.stats.partial++
		return changed
	}
	c.rows.loadsMustFetch = false
	return nil
}

// wholeAfterAll is called when a refetch that was to fetch rows fetches everything, and what follows from it must as well.
func (c *cohort) wholeAfterAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows.loadsMustFetch, c.schedule.rowMarks = false, 0
	c.stats.partial--
}

// endRows forgets the rows that the refetch which has succeeded has covered. It holds mu.
func (c *cohort) endRows() {
	for key, mark := range c.rows.keys {
		if mark <= c.schedule.haveSeq {
			delete(c.rows.keys, key)
		}
	}
}

// warnRowsOf logs, once for each name, that RowsOf is of no effect.
func (c *cohort) warnRowsOf(ctx context.Context) {
	if c.plan.rowsOf == "" || c.plan.results != ResultsKeep || c.plan.whyNotByRow() == "" || !c.core.rowsOf.first(c.name) {
		return
	}
	c.core.cfg.Logger.WarnContext(ctx, "live: RowsOf is of no effect, each change of the table fetches the whole list", "assign", c.name, "because", c.plan.whyNotByRow())
}
