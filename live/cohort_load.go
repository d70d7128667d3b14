package live

import (
	"context"
	"time"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// load makes v a subscriber and has it shown what it sees: from a fetch that began after load was called, or from one
// since which nothing is known to have changed, where that can be known. An error is that of the fetch.
func (c *cohort) load(ctx context.Context, v *subscriber) error {
	c.warnRowsOf(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subscribers.add(v)
	c.freshen(v)
	for need := c.schedule.wantSeq; ; {
		if c.schedule.ended {
			return ErrClosed
		}
		if c.schedule.haveSeq >= need {
			if now := c.viewOf(v); now != nil {
				return c.loaded(v, now)
			}
			c.schedule.wantSeq++ // the rows that v pins were not part of it
			need = c.schedule.wantSeq
		}
		if err := c.await(ctx); err != nil {
			return err
		}
	}
}

// loaded is the end of a successful load. It holds mu.
func (c *cohort) loaded(v *subscriber, now *view) error {
	v.shown.Store(now)
	if now.pinned != nil {
		v.pinned = now.pinned
	}
	switch c.snap.status {
	case fragment.Gone:
		return ErrGone
	case fragment.Cleared:
		return ErrForbidden
	default:
		return nil
	}
}

// await waits for a refetch to end, and starts one if none is under way. It is called with mu held and returns so.
func (c *cohort) await(ctx context.Context) error {
	if !c.schedule.running && c.private {
		c.schedule.running, c.schedule.queued = true, true
		c.mu.Unlock()
		defer c.mu.Lock() // even if the fetch ends the goroutine
		return c.refetch(ctx, loading)
	}
	if !c.schedule.running {
		if c.schedule.failsNow(time.Now()) {
			return c.err
		}
		c.start(loading)
	}
	timer := time.NewTimer(c.core.cfg.FetchTimeout)
	defer timer.Stop()
	for settled := c.settled; ; {
		c.mu.Unlock()
		select {
		case <-settled:
		case <-ctx.Done():
		case <-timer.C:
		}
		c.mu.Lock()
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case settled != c.settled:
			return c.err
		case c.schedule.queued: // a refetch that began to wait before, and may go on
			return c.core.errFetchLimit()
		}
	}
}

// freshen marks a result that is too old for a page that comes. It holds mu.
func (c *cohort) freshen(v *subscriber) {
	switch {
	case c.schedule.tooOld(time.Now(), len(c.topics)):
		c.schedule.markStale()
	case c.rows.loadsMustFetch || c.rows.checkHides || c.distrusts(v):
		c.schedule.wantSeq++
	}
}

// distrusts reports whether a result that was fetched before v came may be out of date although nothing has marked it: what other
// nodes have published may not be heard, or not yet. A private query is fetched for its page.
func (c *cohort) distrusts(v *subscriber) bool {
	return !c.private && (v.fresh || !c.core.link.trusted())
}

// useInitial uses a result that was given instead of the first fetch. It calls user code, so it holds no lock meanwhile.
func (c *cohort) useInitial(ctx context.Context, v *subscriber) error {
	c.mu.Lock()
	c.subscribers.add(v)
	known := c.snap != nil
	c.mu.Unlock()
	if !known {
		if err := c.use(ctx, c.plan.initial); err != nil {
			return err
		}
	}
	c.mu.Lock()
	if now := c.snap.views[nil]; now != nil && !c.notified() && !c.distrusts(v) {
		defer c.mu.Unlock()
		return c.loaded(v, now)
	}
	c.mu.Unlock()
	return c.load(ctx, v) // since then all subscribers have pinned rows, or the data has changed
}

// notified reports whether notifications say that the snapshot is not what a load would show. It holds mu.
func (c *cohort) notified() bool {
	return c.schedule.notifications > 0 && c.schedule.haveSeq != c.schedule.wantSeq
}

// use makes the first snapshot of a result. Where the query is refetched by itself, a page that follows fetches all the
// same: the result is older than the subscription.
func (c *cohort) use(ctx context.Context, result any) error {
	p := *c.plan
	p.fetch = func(context.Context, []any) (any, error) { return result, nil }
	m := c.base
	m.plan = &p
	s, err := m.make(c.contextOf(ctx), nil)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.snap == nil {
		c.snap = s
		if p.noRefetch {
			c.schedule.haveSeq = c.schedule.wantSeq
		}
	}
	return nil
}

// contextOf is the context of what is made for all subscribers while the request of one of them waits: it ends with the
// request, and knows nothing of it.
func (c *cohort) contextOf(request context.Context) context.Context {
	if c.private {
		return request
	}
	return valueless{request}
}

type valueless struct{ context.Context } //nolint:containedctx // it is one

func (valueless) Value(any) any { return nil }

// showPlaceholder shows what stands in for a result that is loaded once the stream is open.
func (c *cohort) showPlaceholder(ctx context.Context, v *subscriber) (err error) {
	defer recoverTo(&err)
	m := c.base
	s, err := m.blank(c.contextOf(ctx), fragment.Loading)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subscribers.add(v)
	v.shown.Store(s.views[nil])
	return nil
}
