package live

import (
	"context"
	"slices"
	"time"
)

// run is a refetch and what follows from it.
func (c *cohort) run(ctx context.Context) {
	c.mu.Lock()
	priority := c.priority
	c.mu.Unlock()
	if err := c.refetch(ctx, priority); err != nil {
		c.core.logFailure(ctx, c.name, err)
	}
	c.broadcast(ctx)
}

// refetch waits for its place, fetches, renders and publishes what it found. The caller has set running and queued of the schedule.
func (c *cohort) refetch(ctx context.Context, priority int) (err error) {
	var found *snapshot // nil after an error, and after a fetch that has ended this goroutine
	defer c.finish(&found, &err)
	if priority == loading {
		err = c.core.acquireForLoad(ctx)
	} else {
		err = c.core.fetches.acquire(ctx, priority)
	}
	if err != nil {
		return err
	}
	defer c.core.fetches.release()
	s, reads, err := c.produce(ctx)
	if reads.clock != "" {
		c.warnClock(ctx, reads.clock)
	}
	if err == nil && reads.settles {
		s, err = c.settleTopics(ctx, s, reads)
	}
	if err == nil {
		found = s
	}
	return err
}

// produce is one fetch, what it makes and what it reads.
func (c *cohort) produce(ctx context.Context) (s *snapshot, reads *recorder, err error) {
	c.mu.Lock()
	c.schedule.begin(time.Now())
	c.stats.fetches++
	c.stats.skippedBefore = c.stats.skipped
	if c.plan.interval > 0 {
		c.setInterval()
	}
	r := c.base
	r.last, r.anew, r.goneRows = c.snap, c.snap == nil || c.schedule.rendersAnew(), c.gone
	sets := c.pinnedSets()
	changed := c.beginRows(sets)
	reads = &recorder{cohort: c, settles: c.recorded || c.plan.topicsOf != nil || c.plan.relies}
	c.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, c.core.cfg.FetchTimeout)
	defer cancel()
	reads.Context = ctx
	defer reads.end(&err)
	if changed != nil {
		reads.someRows = true
		s, err = r.makeChanged(reads, sets, changed) //nolint:contextcheck // reads inherits from ctx
		if s != nil || err != nil {
			return s, reads, err
		}
		reads.someRows = false
		c.wholeAfterAll()
	}
	c.core.stats.fetches.Add(1)
	s, err = r.make(reads, sets) //nolint:contextcheck // reads inherits from ctx
	return s, reads, err
}

// finish publishes the snapshot that a refetch has found, or remembers how it failed and when to try again. It is deferred,
// because a fetch may end its goroutine, so it looks at what refetch has set by then.
func (c *cohort) finish(found **snapshot, failed *error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err = *failed; c.err == nil && *found == nil {
		c.err = errGoexit
	}
	close(c.settled)
	c.settled = make(chan struct{})
	c.stats.tookMicros = uint32(time.Since(c.schedule.began).Microseconds()) //nolint:gosec // an hour fits
	switch {
	case c.err != nil:
		c.schedule.fail(time.Now(), c.core.backoff)
	default:
		c.schedule.succeed()
		c.snap = *found
		c.endRows()
		if c.snap.churned || c.schedule.churn > 0 {
			c.schedule.settle(time.Now(), c.snap.churned, c.core.backoff)
		}
	}
	c.finished++
	c.reschedule()
}

// changedRows is the rows of a list that is kept which changes were told of, where no more than those rows can look
// different: plan.rowsOf says so. Such a change of a row that no page shows costs nothing, and rows that are shown are fetched
// by their keys. What a load shows is another matter: it fetches.
type changedRows struct {
	keys       map[string]uint64 // texts of the rows' keys, with the newest mark of each
	freshIsOld bool              // what a load shows has changed since the newest whole fetch began
}

// changedRowsMost is the most rows that are fetched by their keys. When more change everything is fetched.
const changedRowsMost = 64

// concernsRows reports whether the changes can concern nothing but the rows of their keys. It holds mu.
func (c *cohort) concernsRows(changes []*change) bool {
	if c.plan.rowsOf == "" || !c.plan.keeps || !c.plan.byKeys || c.plan.wantsFresh() || c.plan.after != nil {
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
	c.rows.freshIsOld = true
	shown := c.snap.keysByText()
	var keys []string
	for _, change := range changes {
		if _, is := shown[change.key]; is || c.schedule.running {
			keys = append(keys, change.key)
		}
	}
	if len(keys) == 0 {
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
	c.rows.freshIsOld = false
	return nil
}

// wholeAfterAll is called when a refetch that was to fetch rows fetches everything, and what follows from it must as well.
func (c *cohort) wholeAfterAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows.freshIsOld, c.schedule.rowMarks = false, 0
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
