package live

import (
	"context"
	"maps"
	"slices"
	"time"
)

// check is one fetch of a query that shows the newest data as far as anybody has told it, and what that fetch has found.
// The query shows what was found. That is no finding yet: the notification may be on its way.
type check struct {
	before         *snapshot
	began          time.Time // the fetch of before
	loadsMustFetch bool      // before shows of a load what has changed since
	follows        []string  // topics, when the check began
	notifications  uint64    // likewise
	skipped        uint32    // likewise
	skippedTopic   string    // the newest of which a change was skipped since the fetch of before; "": none

	differs    bool // somebody sees a difference
	rows       rowChanges
	reads      []string // topics that the fetch has recorded
	unfollowed []string // those of them that were not followed
	clock      string   // what it has read that changes and tells nobody
}

// check refetches the query in a goroutine of its runner, and waits for that. It is nil where the query cannot be checked now.
// The caller has acquired a place among the fetches, which check releases.
func (c *cohort) check() *check {
	done := make(chan struct{})
	c.mu.Lock()
	if !c.checkable() {
		c.mu.Unlock()
		c.core.fetches.release()
		return nil
	}
	k := &check{
		before: c.snap, began: c.schedule.began, loadsMustFetch: c.rows.loadsMustFetch, follows: c.followed(),
		notifications: c.schedule.notifications, skipped: c.stats.skipped,
	}
	if c.stats.skipped != c.stats.skippedBefore {
		k.skippedTopic = c.stats.topic
	}
	c.rows.checkHides = k.loadsMustFetch
	c.schedule.running, c.schedule.queued = true, true
	c.runner.goRun(func(ctx context.Context) {
		defer close(done)
		c.runCheck(ctx, k)
		if k.differs {
			c.broadcast(ctx)
		}
	})
	c.mu.Unlock()
	<-done
	return k
}

// checkable reports whether somebody watches the query, only notifications refetch it, and none is pending. It holds mu.
func (c *cohort) checkable() bool {
	s := &c.schedule
	return !s.ended && !s.running && s.watching > 0 && s.wantSeq == s.haveSeq && c.snap != nil && c.err == nil &&
		c.plan.interval == 0 && !c.plan.noRefetch && (c.hook == nil || !c.hook.hooked())
}

// runCheck is the refetch of a check.
func (c *cohort) runCheck(ctx context.Context, k *check) {
	var found *snapshot // nil after an error, and after a fetch that has ended this goroutine
	var err error
	defer c.core.fetches.release()
	defer c.endCheck(k, &found, &err)
	c.core.stats.checks.Add(1)
	s, reads, err := c.produce(ctx)
	k.note(reads)
	if err == nil && reads.settles {
		s, err = c.settleTopics(ctx, s, reads)
	}
	if err != nil {
		c.core.logFailure(ctx, c.name, err)
		return
	}
	found = s
}

// note notes what the fetch of the check has read.
func (k *check) note(reads *recorder) {
	reads.mu.Lock()
	defer reads.mu.Unlock()
	k.clock = reads.clock
	k.reads = slices.Sorted(maps.Keys(reads.topics))
	for _, topic := range k.reads {
		if reads.topics[topic] {
			k.unfollowed = append(k.unfollowed, topic)
		}
	}
}

// endCheck shows what the check has found where it differs. Otherwise, and after a failure, all is as if there had been no
// check. It is deferred, because a fetch may end its goroutine.
func (c *cohort) endCheck(k *check, found **snapshot, failed *error) {
	if *found != nil {
		k.compare(*found, c.watchedSets())
	}
	if k.differs {
		c.finish(found, failed)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows.checkHides = false
	if k.differs {
		return
	}
	close(c.settled)
	c.settled = make(chan struct{})
	c.schedule.abandon(k.began)
	c.rows.loadsMustFetch = c.rows.loadsMustFetch || k.loadsMustFetch
	c.reschedule()
}

// watchedSets is the distinct rows that pages pin which show something on an open stream; nil stands for those that pin none.
func (c *cohort) watchedSets() (sets []*pinned) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := map[*pinned]bool{}
	for _, v := range c.subscribers.places {
		if v != nil && v.watching && v.shown.Load() != nil && !seen[v.pinned] {
			seen[v.pinned] = true
			sets = append(sets, v.pinned)
		}
	}
	return sets
}

// isAnnounced waits for the grace, and reports whether a notification has come since the check began. It has where the
// query has ended meanwhile, for then nobody can know.
func (c *cohort) isAnnounced(ctx context.Context, k *check, grace time.Duration) bool {
	timer := time.NewTimer(grace)
	defer timer.Stop()
	for over := false; ; {
		c.mu.Lock()
		announced := c.schedule.ended || c.schedule.notifications != k.notifications || c.stats.skipped != k.skipped
		settled := c.settled
		c.mu.Unlock()
		if announced || over {
			return announced
		}
		select {
		case <-settled: // perhaps a refetch for a notification
		case <-timer.C:
			over = true
		case <-ctx.Done():
			return true
		}
	}
}

// finding is what the check has found that nobody has announced.
func (c *cohort) finding(k *check) (guess, Finding) {
	kind, missing := symptoms{clock: k.clock, skipped: k.skippedTopic, unfollowed: k.unfollowed, follows: k.follows}.guess()
	c.mu.Lock()
	defer c.mu.Unlock()
	f := Finding{
		Query: c.name, Viewers: c.schedule.watching, At: time.Now(),
		Added: k.rows.added, Gone: k.rows.gone, Changed: k.rows.changed,
		Follows: k.follows, Reads: k.reads, Notified: c.stats.notifiedText(), Missing: missing,
	}
	for _, v := range c.subscribers.places {
		if v != nil && v.watching {
			f.Page = v.page.address()
			break
		}
	}
	return kind, f
}
