package live

import (
	"context"
	"time"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// join makes v a viewer and has it shown what it sees: from a fetch that began after join was called,
// or from one since which nothing is known to have changed. An error is that of the fetch.
func (c *cohort) join(ctx context.Context, v *viewer) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.viewers.add(v)
	c.freshen()
	for need := c.want; ; {
		if c.ended {
			return ErrClosed
		}
		if c.have >= need {
			now := c.seen(v)
			if now != nil {
				return c.found(v, now)
			}
			c.want++ // the rows v keeps were not part of it
			need = c.want
		}
		if err := c.await(ctx); err != nil {
			return err
		}
	}
}

// found is the end of a successful join: it fixes the rows that v keeps. It holds mu.
func (c *cohort) found(v *viewer, now *view) error {
	v.shown.Store(now)
	if now.pinned != nil {
		v.pinned = now.pinned
	}
	switch c.snap.status {
	case fragment.Gone:
		return ErrGone
	case fragment.Cleared:
		return ErrForbidden
	}
	return nil
}

// loadsRetry is how long the loads of a shared query that has failed fail with it, unless there is news. Who watches waits
// longer and longer.
const loadsRetry = 500 * time.Millisecond

// failsNow tells whether the query failed a moment ago: so would every one of a thousand loads. It holds mu.
func (c *cohort) failsNow() bool {
	return c.err != nil && c.news == c.heeded && c.keeper.cfg.Clock.Now().Sub(c.failedAt) < loadsRetry
}

// await waits for a refetch to end, and starts one if none is under way. It is called with mu held and returns so.
func (c *cohort) await(ctx context.Context) error {
	if !c.busy && c.inline {
		c.busy, c.waits = true, true
		c.mu.Unlock()
		defer c.mu.Lock() // even if the fetch ends the goroutine
		return c.refetch(ctx, loading)
	}
	if !c.busy {
		if c.failsNow() {
			return c.err
		}
		c.start(loading)
	}
	late, timer := c.keeper.after(c.keeper.cfg.FetchTimeout)
	defer timer.Stop()
	for settled := c.settled; ; {
		c.mu.Unlock()
		select {
		case <-settled:
		case <-ctx.Done():
		case <-late:
		}
		c.mu.Lock()
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case settled != c.settled:
			return c.err
		case c.waits: // a refetch that began to wait before, and may go on
			return c.keeper.noTurn()
		}
		late = nil
	}
}

// freshen marks a result that is too old for a page that comes. It holds mu.
func (c *cohort) freshen() {
	if c.stale() {
		c.want++
		c.anew = c.want
	}
}

// stale tells whether the newest result is too old to load a page from although nothing has marked
// it: nothing would, where there are no topics. It holds mu.
func (c *cohort) stale() bool {
	switch {
	case c.want != c.have:
		return false // it is being refetched anyway
	case c.plan.noRefetch:
		return true
	case c.plan.interval > 0: // it may be that nobody has watched
		return c.keeper.cfg.Clock.Now().Sub(c.began) > c.plan.interval
	}
	return len(c.topics) == 0
}

// prime uses a result that was given instead of the first fetch. It calls user code, so it holds no lock meanwhile.
func (c *cohort) prime(ctx context.Context, v *viewer) error {
	c.mu.Lock()
	c.viewers.add(v)
	known := c.snap != nil
	c.mu.Unlock()
	if !known {
		if err := c.use(ctx, c.plan.initial); err != nil {
			return err
		}
	}
	c.mu.Lock()
	if now := c.snap.views[nil]; now != nil {
		defer c.mu.Unlock()
		return c.found(v, now)
	}
	c.mu.Unlock()
	return c.join(ctx, v) // since then all viewers have kept rows, and what a load shows was not fetched
}

// use makes the first snapshot of a result. Where the query is refetched by itself, a page that follows
// fetches all the same: the result is older than the subscription.
func (c *cohort) use(ctx context.Context, result any) error {
	p := *c.plan
	p.fetch = func(context.Context, []any) (any, error) { return result, nil }
	m := c.renderer(&p)
	s, err := m.make(c.contextOf(ctx), nil)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.snap == nil {
		c.snap = s
		if p.noRefetch {
			c.have = c.want
		}
	}
	return nil
}

// contextOf is the context of what is made for all viewers while the request of one of them waits: it
// ends with the request, and knows nothing of it.
func (c *cohort) contextOf(request context.Context) context.Context {
	if c.inline {
		return request
	}
	return bare{request}
}

type bare struct{ context.Context } //nolint:containedctx // it is one

func (bare) Value(any) any { return nil }

// placeholder is what stands in for a result that is loaded once the stream is open.
func (c *cohort) placeholder(ctx context.Context, v *viewer) (err error) {
	defer recoverTo(&err)
	m := c.renderer(c.plan)
	s, err := m.blank(c.contextOf(ctx), fragment.Loading)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.viewers.add(v)
	v.shown.Store(s.views[nil])
	return nil
}
