package live

import (
	"context"
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

// produce begins the refetch, fetches the rows that have changed where they are all that can look different, or else everything, and
// renders that. reads is what the fetch has read.
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
