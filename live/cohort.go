package live

import (
	"context"
	"sync"
	"time"
)

// cohort runs one query for all who see its results: a shared query for everybody with equal arguments and scope, a
// private query for its one page.
type cohort struct {
	core    *core
	plan    *plan
	name    string
	runner  runner
	base    renderer  // of its snapshots
	private bool      // the query of one page: a load fetches in the goroutine of its request
	hook    topicHook // private: sees notifications first; nil: nothing does

	mu           sync.Mutex // guards everything below
	stats        cohortStats
	schedule     schedule
	priority     int // of the refetch that starts
	subscribers  roster
	gone         goneRows           // what the fragments that pages compose make of rows that are gone
	pinned       map[string]*pinned // by their ids, of shared queries
	snap         *snapshot
	err          error         // of the newest refetch
	finished     uint64        // refetches
	settled      chan struct{} // closed and replaced whenever a refetch ends
	broadcasting bool          // a goroutine brings the result to the pages
	due          alarm         // a refetch at the end of the window, or after a failure
	interval     alarm
	follows      bool              // topics are followed: not so for a page that is only being loaded
	topics       map[string]reason // followed now
	topicsSeq    uint64            // changes with topics
	recorded     bool              // a fetch has recorded what it reads
	clock        string            // what the newest fetch has read of which no change is told; "": nothing
	rows         changedRows
}

// runner runs f in a goroutine that it waits for, under a context that ends with it.
type runner interface {
	goRun(f func(ctx context.Context))
}

// topicHook may take a notification: it decides later whether that is a mark.
type topicHook interface {
	takes(topic string) bool
	// hooked reports whether it takes any. Those need not be of topics that the query follows.
	hooked() bool
}

func newCohort(c *core, p *plan, name string, r runner) *cohort {
	return &cohort{
		core: c, plan: p, name: name, runner: r, private: p.share == nil,
		// The first mark: nothing has been fetched yet.
		schedule: schedule{window: p.window, interval: p.interval, manual: p.noRefetch, wantSeq: 1},

		base:    renderer{plan: p, name: name, most: c.cfg.Limits.BytesPerFragment, failures: rowFailures{core: c}},
		settled: make(chan struct{}), topics: map[string]reason{},
	}
}

// notify makes a cohort a listener: a notification is a dirty mark, whatever its topic.
func (c *cohort) notify(topic string, from origin) {
	taken := c.hook != nil && topic != resync && c.hook.takes(topic)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.notified++
	c.stats.topic, c.stats.notifiedAt, c.stats.from = topic, time.Now().UnixNano(), from
	if !taken && c.schedule.mark(false) {
		c.reschedule()
	}
}

// notifyAll is notify of several topics, or of changes of rows.
func (c *cohort) notifyAll(n *notification) {
	if c.hook != nil && c.hook.hooked() {
		for _, topic := range n.topics {
			c.notify(topic, n.from)
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.notified++
	c.stats.topic, c.stats.notifiedAt, c.stats.from = n.topics[0], time.Now().UnixNano(), n.from
	switch {
	case n.whole || !c.concernsOnlyRows(n.changes):
		if c.schedule.mark(false) {
			c.reschedule()
		}
	case c.markRows(n.changes):
		c.reschedule()
	}
}

// mark says that the result may be out of date. Forced marks count for queries that are not refetched by themselves.
func (c *cohort) mark(forced bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if forced {
		c.stats.note(byRefetch)
	}
	if c.schedule.mark(forced) {
		c.reschedule()
	}
}

// markUrgent is a forced mark that waits neither for the window nor for a backoff. It returns the number of the mark.
func (c *cohort) markUrgent() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schedule.markUrgent()
	c.reschedule()
	return c.schedule.wantSeq
}

// reschedule starts a refetch if one is due, or sets the alarm for it. It holds mu.
func (c *cohort) reschedule() {
	start, wait := c.schedule.next(time.Now())
	switch {
	case start && c.private:
		c.start(private)
	case start:
		c.start(shared)
	case wait > 0 && c.due.timer == nil:
		c.due.set(&c.mu, wait, c.reschedule)
	}
}

// start runs a refetch in a goroutine of its own. It holds mu.
func (c *cohort) start(priority int) {
	if c.due.timer != nil {
		c.due.stop()
	}
	c.schedule.running, c.schedule.queued = true, true
	c.priority = priority
	c.runner.goRun(c.run)
}

// setInterval sets the alarm of the interval: from the beginning of the newest fetch, while a stream is open. It holds mu.
func (c *cohort) setInterval() {
	c.interval.stop()
	if d, ok := c.schedule.nextInterval(time.Now(), c.core.jitter); ok {
		c.interval.set(&c.mu, d, c.onInterval)
	}
}

// onInterval is the end of an interval. A refetch under way is what it asks for. It holds mu.
func (c *cohort) onInterval() {
	if c.schedule.running {
		c.interval.set(&c.mu, c.core.jitter(c.plan.interval), c.onInterval)
		return
	}
	c.stats.note(byInterval)
	c.schedule.markStale()
	c.reschedule()
}

// settling reports whether a refetch is under way, so that what depends on several results waits for it.
func (c *cohort) settling() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.schedule.running
}

// covers reports whether a refetch has covered the mark, or has tried to and failed.
func (c *cohort) covers(mark uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.schedule.covers(mark)
}

// end stops everything but a refetch under way, which finds no stream left to wake.
func (c *cohort) end() {
	c.mu.Lock()
	c.schedule.ended = true
	c.due.stop()
	c.interval.stop()
	topics := c.followed()
	clear(c.topics)
	c.mu.Unlock()
	c.core.hub.leave(c, topics...)
}
