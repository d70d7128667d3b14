package live

import (
	"sync/atomic"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// viewer is one page's part in a cohort.
type viewer struct {
	socket *Socket

	// Guarded by cohort.mu.
	place    int     // in cohort.viewers, from 1; 0: none
	always   bool    // is told of every refetch, not only of what its fragments show
	watching bool    // its stream is open
	told     uint64  // cohort.finished when it was told last
	from     uint64  // the mark that a result must cover, or it is too old to be shown
	pinned   *pinned // nil: whatever a load shows

	// shown is what the page was given last, or what came later and looks the same. It is written with cohort.mu held and
	// read by the page.
	shown atomic.Pointer[view]
}

// pinnedID identifies the rows that v pins; empty for none.
func (v *viewer) pinnedID() string {
	if v.pinned == nil {
		return ""
	}
	return v.pinned.id
}

// seen is what v sees of the newest snapshot; nil if that is too old, or its pinned rows were not part of it. It holds mu.
func (c *cohort) seen(v *viewer) *view {
	if c.snap == nil || c.have < v.from {
		return nil
	}
	if c.snap.status != fragment.Ready {
		return c.snap.views[nil]
	}
	return c.snap.views[v.pinned]
}

// show hands v what it is to see now, which fixes the rows it keeps; nil where nothing is known yet.
func (c *cohort) show(v *viewer) (now *view, status fragment.Status) {
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
	v.shown.Store(now)
	if now.pinned != nil {
		v.pinned = now.pinned
	}
	return now, c.snap.status
}

// wakeAlways makes v be told of every refetch: its page does something of its own with the result.
func (c *cohort) wakeAlways(v *viewer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v.always = true
}

// composes notes what a fragment that a page composes makes of rows that vanish.
func (c *cohort) composes(f fragment.Fragment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.goneRows = c.goneRows.and(f)
}

// begin makes v a viewer that waits for what it will see, once its stream is open.
func (c *cohort) begin(v *viewer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.viewers.add(v)
	c.freshen()
	v.from = c.want // what is older was true before the page came, and rows of it would be kept
}

// pinnedBy is the rows that v pins.
func (c *cohort) pinnedBy(v *viewer) *pinned {
	c.mu.Lock()
	defer c.mu.Unlock()
	return v.pinned
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
	if c.have < v.from && !c.busy && !c.failsNow() {
		c.start(loading) // who comes waits for no window
		return
	}
	c.schedule()
}

// leave is the end of v's part.
func (c *cohort) leave(v *viewer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.viewers.remove(v)
	if !v.watching {
		return
	}
	v.watching = false
	if c.watching--; c.watching == 0 {
		stop(&c.due)
		stop(&c.tick)
	}
}
