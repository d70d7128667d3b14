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
	busy     bool // a refetch waits for its turn or runs
	ended    bool
	watching int // viewers whose stream is open
	viewers  map[*viewer]struct{}
	began    time.Time // when the newest fetch began
	retryAt  time.Time // no refetch before, after failures
	failures int
	err      error // of the newest refetch
	due      Timer // a refetch at the end of the window, or after a failure
	tick     Timer // the interval
	snap     *snapshot
	sight    sight               // what the newest look at snap found
	settled  chan struct{}       // closed and replaced whenever a refetch ends
	follows  bool                // topics are followed: not so for a page that is only being loaded
	topics   map[string]struct{} // followed now
}

// viewer is one page's part in a cohort.
type viewer struct {
	changed  chan<- struct{}
	always   bool  // guarded by cohort.mu; is woken by every refetch, not only by what its fragments show
	kept     *kept // guarded by cohort.mu; nil: whatever a load shows
	watching bool  // likewise
	shown    *view // likewise: what the page was given last
}

func newCohort(k *Keeper, p *plan, name string, spawn func(func(context.Context))) *cohort {
	c := &cohort{
		keeper: k, plan: p, name: name, spawn: spawn, want: 1,
		viewers: map[*viewer]struct{}{}, settled: make(chan struct{}), topics: map[string]struct{}{},
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
	c.start()
}

func (c *cohort) fallDue() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.due = nil
	c.schedule()
}

// start runs a refetch in a goroutine of its own. It holds mu.
func (c *cohort) start() {
	stop(&c.due)
	c.busy = true
	c.spawn(func(ctx context.Context) {
		if err := c.refetch(ctx); err != nil && ctx.Err() == nil {
			c.keeper.failed(ctx, c.name, err)
		}
	})
}

func stop(t *Timer) {
	if *t != nil {
		(*t).Stop()
		*t = nil
	}
}

// refetch waits for its turn, fetches, renders and publishes what it found. The caller has set busy.
func (c *cohort) refetch(ctx context.Context) error {
	release, err := c.keeper.turn(ctx)
	if err != nil {
		c.finish(0, nil, err)
		return err
	}
	defer release()
	seq, s, err := c.produce(ctx)
	if err == nil && c.plan.topicsOf != nil {
		seq, s, err = c.settleTopics(ctx, seq, s)
	}
	c.finish(seq, s, err)
	return err
}

// produce is one fetch and what it makes, with the newest mark that it covers.
func (c *cohort) produce(ctx context.Context) (uint64, *snapshot, error) {
	c.mu.Lock()
	seq := c.want
	c.began = c.keeper.cfg.Clock.Now()
	m := c.maker(c.plan)
	m.last = c.snap
	viewers := c.keptRows()
	c.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, c.keeper.cfg.FetchTimeout)
	defer cancel()
	c.keeper.stats.Fetches.Add(1)
	s, err := m.make(ctx, viewers)
	return seq, s, err
}

func (c *cohort) maker(p *plan) maker {
	return maker{plan: p, name: c.name, most: c.keeper.cfg.Limits.BytesPerFragment}
}

// keptRows is the distinct rows that viewers keep; nil stands for those who keep none. It holds mu.
func (c *cohort) keptRows() []*kept {
	var out []*kept
	seen := map[string]bool{}
	for v := range c.viewers {
		id := v.keptID()
		if !seen[id] {
			seen[id] = true
			out = append(out, v.kept)
		}
	}
	return out
}

func (v *viewer) keptID() string {
	if v.kept == nil {
		return ""
	}
	return v.kept.id
}

// finish publishes a snapshot, or remembers a failure and when to try again.
func (c *cohort) finish(seq uint64, s *snapshot, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.err = false, err
	close(c.settled)
	c.settled = make(chan struct{})
	if err != nil {
		c.failures++
		c.retryAt = c.keeper.cfg.Clock.Now().Add(c.keeper.backoff(c.failures))
	} else {
		c.failures, c.retryAt = 0, time.Time{}
		c.have, c.snap = seq, s
	}
	c.wakeViewers()
	c.rearm()
	c.schedule()
}

// A large cohort is woken in steps, faster than its streams can be written, so that it does not stand
// in the way of everything else the process does.
const (
	splayBatch = 512
	splayPause = 5 * time.Millisecond
)

// wakeViewers wakes the pages that have something new to see. It holds mu.
func (c *cohort) wakeViewers() {
	var later []*viewer
	woken := 0
	for v := range c.viewers {
		if now := c.seen(v); !v.always && now != nil && now.same(v.shown) {
			continue
		}
		if woken++; woken <= splayBatch {
			v.wake()
		} else {
			later = append(later, v)
		}
	}
	if len(later) > 0 && !c.ended {
		c.spawn(func(ctx context.Context) {
			for batch := range slices.Chunk(later, splayBatch) {
				if !c.keeper.sleep(ctx, splayPause) {
					return
				}
				for _, v := range batch {
					v.wake()
				}
			}
		})
	}
}

// seen is what v sees of the newest snapshot; nil if its kept rows were not part of it. It holds mu.
func (c *cohort) seen(v *viewer) *view {
	if c.snap == nil {
		return nil
	}
	if c.snap.status != StatusReady {
		return c.snap.views[""]
	}
	if c.sight.kept != v.kept || c.sight.snap != c.snap {
		c.sight = sight{c.snap, v.kept, c.snap.views[v.keptID()]}
	}
	return c.sight.view
}

// sight is what whoever keeps these rows sees of a snapshot. Most pages see what the page before saw, and the id to look
// it up by is as long as all keys together.
type sight struct {
	snap *snapshot
	kept *kept
	view *view
}

// show hands v what it is to see now, which fixes the rows it keeps; nil where nothing is known yet.
func (c *cohort) show(v *viewer) (now *view, status string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now = c.seen(v)
	if now == nil {
		if c.snap != nil && c.want == c.have { // its rows came after the fetch: one more will have them
			c.want++
			c.schedule()
		}
		return nil, ""
	}
	v.shown = now
	if now.kept != nil {
		v.kept = now.kept
	}
	return now, c.snap.status
}

// wakeAlways makes v be woken by every refetch: its page does something of its own with the result.
func (c *cohort) wakeAlways(v *viewer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v.always = true
}

// settling tells whether a refetch is under way, so that what depends on several results waits for it.
func (c *cohort) settling() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.busy
}

// asked tells whether a refetch has covered the mark, or tried to and failed.
func (c *cohort) asked(mark uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.have >= mark || !c.busy && c.err != nil
}

// begin makes v a viewer that waits for what it will see.
func (c *cohort) begin(v *viewer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.viewers[v] = struct{}{}
}

// keptBy is the rows that v keeps.
func (c *cohort) keptBy(v *viewer) *kept {
	c.mu.Lock()
	defer c.mu.Unlock()
	return v.kept
}

// watch is called when the stream of v opens: from here on notifications and intervals refetch.
func (c *cohort) watch(v *viewer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v.watching || c.ended {
		return
	}
	v.watching = true
	c.watching++
	if c.watching == 1 {
		c.rearm()
	}
	c.schedule()
}

// leave is the end of v's part.
func (c *cohort) leave(v *viewer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.viewers, v)
	if !v.watching {
		return
	}
	v.watching = false
	if c.watching--; c.watching == 0 {
		stop(&c.due)
		stop(&c.tick)
	}
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
