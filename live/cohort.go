package live

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// cohort runs one query for all who see its results: a shared query for everybody with equal
// arguments and scope, a private query for its one page.
//
// Scheduling compares sequence numbers: want counts the marks, have is the newest mark that a
// successful fetch began after. They differ while somebody's page may be out of date.
type cohort struct {
	keeper *Keeper
	plan   *plan
	name   string
	spawn  func(func(ctx context.Context)) // runs in a goroutine that somebody waits for
	inline bool                            // private: a load fetches in the goroutine of its request
	ears   listener                        // who is told of notifications: the cohort, or a page's hook
	joined int                             // viewers and loads; guarded by keeper.mu, shared cohorts only
	linger Timer                           // likewise
	ready  chan struct{}                   // shared: closed once the fixed topics are followed
	failed error                           // shared: why they are not; written before ready is closed

	mu       sync.Mutex // guards everything below
	want     uint64
	have     uint64
	tried    uint64 // the newest mark that a refetch, which may have failed, began after
	anew     uint64 // the newest mark after which nothing that was rendered before is used again
	busy     bool   // a refetch waits for its turn or runs
	waits    bool   // it waits
	news     uint64 // marks of notifications, and of who demanded a refetch
	heeded   uint64 // news, when the newest refetch began
	ended    bool
	watching int // viewers whose stream is open
	viewers  roster
	goneRows goneRows  // in fragments that pages compose
	began    time.Time // when the newest fetch began
	renewed  time.Time // when the newest one began of which all rows were rendered
	retryAt  time.Time // no refetch before, after failures, but for loads
	failedAt time.Time // when the newest failure was known
	failures int
	err      error // of the newest refetch
	due      Timer // a refetch at the end of the window, or after a failure
	tick     Timer // the interval
	snap     *snapshot
	finished uint64              // refetches
	telling  bool                // a goroutine tells the viewers
	pinned   map[string]*pinned  // by their ids, of shared queries; those of viewers and of pages that come
	settled  chan struct{}       // closed and replaced whenever a refetch ends
	follows  bool                // topics are followed: not so for a page that is only being loaded
	topics   map[string]struct{} // followed now
}

func newCohort(k *Keeper, p *plan, name string, spawn func(func(context.Context))) *cohort {
	c := &cohort{
		keeper: k, plan: p, name: name, spawn: spawn, want: 1,
		settled: make(chan struct{}), topics: map[string]struct{}{},
	}
	c.ears = c
	return c
}

// notify makes a shared cohort a listener: a notification is a dirty mark, whatever its topic.
func (c *cohort) notify(string, uint64) { c.mark(false) }

// mark says that the result may be out of date, and returns the number of the mark. Forced marks count
// for queries that are not refetched by themselves.
func (c *cohort) mark(forced bool) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && (forced || !c.plan.noRefetch) {
		c.want++
		c.news++
		if forced {
			c.anew = c.want
		}
		c.schedule()
	}
	return c.want
}

// schedule starts a refetch if one is needed, now or at the end of the window. It holds mu.
func (c *cohort) schedule() {
	if c.ended || c.busy || c.watching == 0 || c.want == c.have || c.due != nil {
		return
	}
	now := c.keeper.cfg.Clock.Now()
	wait := c.retryAt.Sub(now)
	if !c.began.IsZero() {
		wait = max(wait, c.began.Add(c.plan.window).Sub(now))
	}
	if wait > 0 {
		c.due = c.keeper.cfg.Clock.AfterFunc(wait, c.fallDue)
		return
	}
	c.start(c.lane())
}

func (c *cohort) fallDue() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.due = nil
	c.schedule()
}

// lane is where refetches that no load waits for wait for their turn.
func (c *cohort) lane() lane {
	if c.inline {
		return private
	}
	return shared
}

// start runs a refetch in a goroutine of its own. It holds mu.
func (c *cohort) start(l lane) {
	stop(&c.due)
	c.busy, c.waits = true, true
	c.spawn(func(ctx context.Context) {
		if err := c.refetch(ctx, l); err != nil && ctx.Err() == nil {
			c.keeper.failed(ctx, c.name, err)
		}
		c.tell(ctx)
	})
}

func stop(t *Timer) {
	if *t != nil {
		(*t).Stop()
		*t = nil
	}
}

// refetch waits for its turn, fetches, renders and publishes what it found. The caller has set busy and waits.
func (c *cohort) refetch(ctx context.Context, l lane) (err error) {
	var (
		seq      uint64
		s        *snapshot
		panicked error
	)
	err = errGoexit
	defer func() {
		if panicked != nil {
			err = panicked
		}
		c.finish(seq, s, err)
	}()
	defer recoverTo(&panicked) // of the broker; a fetch or a rendering that panics is an error of produce
	if refused := c.keeper.turn(ctx, l); refused != nil {
		return refused
	}
	defer c.keeper.turns.release()
	seq, s, err = c.produce(ctx)
	if err == nil && c.plan.topicsOf != nil {
		seq, s, err = c.settleTopics(ctx, seq, s)
	}
	return err
}

// produce is one fetch and what it makes, with the newest mark that it covers.
func (c *cohort) produce(ctx context.Context) (uint64, *snapshot, error) {
	c.mu.Lock()
	seq := c.want
	c.tried, c.heeded, c.waits = seq, c.news, false
	c.began = c.keeper.cfg.Clock.Now()
	r := c.renderer(c.plan)
	r.last, r.anew, r.goneRows = c.snap, c.rendersAnew(), c.goneRows
	sets := c.pinnedSets()
	c.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, c.keeper.cfg.FetchTimeout)
	defer cancel()
	c.keeper.stats.Fetches.Add(1)
	s, err := r.make(ctx, sets)
	return seq, s, err
}

// rendersAnew tells whether the refetch under way takes no row from what was rendered before. An interval is for what
// changes by itself, and notifications put it off: so they may not keep a row for much longer. It holds mu.
func (c *cohort) rendersAnew() bool {
	return c.snap == nil || c.anew > c.have || c.plan.interval > 0 && c.began.Sub(c.renewed) >= c.plan.interval/2
}

func (c *cohort) renderer(p *plan) renderer {
	return renderer{plan: p, name: c.name, most: c.keeper.cfg.Limits.BytesPerFragment}
}

// finish publishes a snapshot, or remembers a failure and when to try again.
func (c *cohort) finish(seq uint64, s *snapshot, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.waits, c.err = false, false, err
	close(c.settled)
	c.settled = make(chan struct{})
	if err != nil {
		c.failedAt = c.keeper.cfg.Clock.Now()
		if !c.failedAt.Before(c.retryAt) { // or loads would keep those waiting who watch
			c.failures++
			c.retryAt = c.failedAt.Add(c.keeper.backoff(c.failures))
		}
	} else {
		if c.rendersAnew() {
			c.renewed = c.began
		}
		c.failures, c.retryAt = 0, time.Time{}
		c.have, c.snap = seq, s
	}
	c.finished++
	c.rearm()
	c.schedule()
}

// settling tells whether a refetch is under way, so that what depends on several results waits for it.
func (c *cohort) settling() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.busy
}

// asked tells whether a refetch has covered the mark, or tried to and failed. One that is being put off, for half a minute
// at most, is still to be asked.
func (c *cohort) asked(mark uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.have >= mark || !c.busy && c.err != nil && c.tried >= mark
}

// rearm sets the interval's timer anew: an interval after the newest fetch, while somebody watches. It holds mu.
func (c *cohort) rearm() {
	stop(&c.tick)
	if c.plan.interval > 0 && !c.plan.noRefetch && c.watching > 0 && !c.ended {
		c.tick = c.keeper.cfg.Clock.AfterFunc(c.keeper.jitter(c.plan.interval), c.elapse)
	}
}

// elapse is the end of an interval. A refetch under way is what it asks for, and rearms it.
func (c *cohort) elapse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.busy && !c.ended {
		c.want++
		c.anew = c.want // what shows the time shows it anew
		c.schedule()
	}
}

// end stops everything but a refetch under way, which finds nobody left to wake.
func (c *cohort) end(ctx context.Context) {
	c.mu.Lock()
	c.ended = true
	stop(&c.due)
	stop(&c.tick)
	topics := slices.Sorted(maps.Keys(c.topics))
	clear(c.topics)
	c.mu.Unlock()
	c.keeper.hub.leave(ctx, c.ears, topics...)
}
