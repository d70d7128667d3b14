package live

import (
	"sync/atomic"
	"time"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// subscriber is one page's part in a cohort.
type subscriber struct {
	page  page
	fresh bool // SocketConfig.Fresh

	// Guarded by cohort.mu.
	place    int     // in cohort.subscribers, from 1; 0: none
	always   bool    // hears of every refetch, not only of what its fragments show
	watching bool    // its stream is open
	seen     uint64  // cohort.finished, when the page was looked at last
	fromSeq  uint64  // the mark that a result must cover, or it is too old to be shown
	pinned   *pinned // nil: whatever a load shows

	// shown is what the page was given last, or what came later and looks the same. It is written with cohort.mu held and
	// read by the page.
	shown atomic.Pointer[view]
}

// page is what a cohort asks of a page with an open stream.
type page interface {
	// deliver sends what is new to the page, on the goroutine of the caller. It reports whether that was possible: not if
	// the stream is sending or slow, or if something has to come first that only the request's goroutine may do. u is
	// memory for one delivery after the other.
	deliver(u *Update) bool
	// wake makes the request's goroutine look for what is new. It never blocks.
	wake()
	// address is the path and query that the page was opened with.
	address() string
}

// viewOf is what v sees of the newest snapshot; nil if that is too old, or lacks its pinned rows. It holds mu.
func (c *cohort) viewOf(v *subscriber) *view {
	if c.snap == nil || c.schedule.haveSeq < v.fromSeq {
		return nil
	}
	return c.snap.viewOf(v.pinned)
}

// refresh hands v what it is to see now, which fixes the rows it pins; nil where nothing is known yet.
func (c *cohort) refresh(v *subscriber) (now *view, status fragment.Status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now = c.viewOf(v)
	if now == nil {
		if s := &c.schedule; c.snap != nil && s.wantSeq == s.haveSeq { // its rows came after the fetch: one more will have them
			s.wantSeq++
			c.reschedule()
		}
		return nil, ""
	}
	v.shown.Store(now)
	if now.pinned != nil {
		v.pinned = now.pinned
	}
	return now, c.snap.status
}

// wakeAlways makes v hear of every refetch: its page does something of its own with the result.
func (c *cohort) wakeAlways(v *subscriber) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v.always = true
}

// composes notes what a fragment that a page composes makes of rows that vanish.
func (c *cohort) composes(f fragment.Fragment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = c.gone.and(f)
}

// subscribe makes v a subscriber that waits for what it will see, once its stream is open.
func (c *cohort) subscribe(v *subscriber) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subscribers.add(v)
	c.freshen(v)
	v.fromSeq = c.schedule.wantSeq // what is older was true before the page came, and rows of it would be pinned
}

// pinnedBy is the rows that v pins.
func (c *cohort) pinnedBy(v *subscriber) *pinned {
	c.mu.Lock()
	defer c.mu.Unlock()
	return v.pinned
}

// watch is called when the stream of v opens: from here on notifications and intervals refetch.
func (c *cohort) watch(v *subscriber) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v.watching || c.schedule.ended {
		return
	}
	v.watching = true
	c.schedule.watching++
	if c.schedule.watching == 1 && c.plan.interval > 0 {
		c.setInterval()
	}
	if c.schedule.haveSeq < v.fromSeq && !c.schedule.running && !c.schedule.failsNow(time.Now()) {
		c.start(loading) // a page that comes waits for no window
		return
	}
	c.reschedule()
}

// unsubscribe is the end of v's part.
func (c *cohort) unsubscribe(v *subscriber) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subscribers.remove(v)
	if !v.watching {
		return
	}
	v.watching = false
	if c.schedule.watching--; c.schedule.watching == 0 {
		c.due.stop()
		c.interval.stop()
	}
}

// restore is the rows that a page says it keeps; nil if it keeps none, or says nonsense and is shown afresh. Most pages
// of a cohort keep what others keep, and all that keep the same rows get one and the same.
func (c *cohort) restore(from PinnedRows) *pinned {
	if p := c.knownPinned(from.id()); p != nil {
		return p
	}
	keys, empty, err := c.plan.rows.decode(from)
	if err != nil {
		return nil
	}
	restored, err := newPinned(c.plan.rows, keys, from.Frame, empty)
	if err != nil || restored == nil || c.private {
		return restored
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.intern(restored)
}

func (c *cohort) knownPinned(id string) *pinned {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.pinned[id]; p != nil {
		return p
	}
	if c.snap != nil {
		if fresh := c.snap.views[nil]; fresh != nil && fresh.pinned != nil && fresh.pinned.id == id {
			return fresh.pinned
		}
	}
	return nil
}

// pinnedSets is the distinct rows that subscribers pin; nil stands for those that pin none. It holds mu.
func (c *cohort) pinnedSets() []*pinned {
	if !c.plan.keeps {
		return nil
	}
	var sets []*pinned
	clear(c.pinned)
	seen := map[*pinned]bool{}
	for _, v := range c.subscribers.places {
		if v == nil || len(sets) > 0 && v.pinned == sets[len(sets)-1] || seen[v.pinned] { // most pin what the one before pins
			continue
		}
		seen[v.pinned] = true
		sets = append(sets, v.pinned)
		if v.pinned != nil && !c.private {
			c.intern(v.pinned)
		}
	}
	return sets
}

// intern is the one of all equal pinned rows that stands for them; p, where there is none. It holds mu.
func (c *cohort) intern(p *pinned) *pinned {
	if known := c.pinned[p.id]; known != nil {
		return known
	}
	if c.pinned == nil {
		c.pinned = map[string]*pinned{}
	}
	c.pinned[p.id] = p
	return p
}
