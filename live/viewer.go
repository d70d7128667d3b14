package live

import "sync/atomic"

// viewer is one page's part in a cohort.
type viewer struct {
	socket *Socket

	// Guarded by cohort.mu.
	place    int    // in cohort.viewers, from 1; 0: none
	always   bool   // is told of every refetch, not only of what its fragments show
	watching bool   // its stream is open
	told     uint64 // cohort.finished when it was told last
	from     uint64 // the mark that a result must cover, or it is too old to be shown
	kept     *kept  // nil: whatever a load shows

	// shown is what the page was given last, or what came later and looks the same. It is written with cohort.mu held and
	// read by the page.
	shown atomic.Pointer[view]
}

// keptRows is the distinct rows that viewers keep; nil stands for those who keep none. It holds mu.
func (c *cohort) keptRows() []*kept {
	if !c.plan.keeps() {
		return nil
	}
	var out []*kept
	seen := map[string]bool{}
	for v := range c.viewers.all() {
		if len(out) > 0 && v.kept == out[len(out)-1] {
			continue // as of the page before: an id is as long as all keys together
		}
		if id := v.keptID(); !seen[id] {
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

// seen is what v sees of the newest snapshot; nil if that is too old, or its kept rows were not part of it. It holds mu.
func (c *cohort) seen(v *viewer) *view {
	if c.snap == nil || c.have < v.from {
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
	v.shown.Store(now)
	if now.kept != nil {
		v.kept = now.kept
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
func (c *cohort) composes(f Fragment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.vanished = c.vanished.and(f)
}

// begin makes v a viewer that waits for what it will see, once its stream is open.
func (c *cohort) begin(v *viewer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.viewers.add(v)
	c.freshen()
	v.from = c.want // what is older was true before the page came, and rows of it would be kept
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
