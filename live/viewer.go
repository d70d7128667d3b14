package live

import (
	"context"
	"slices"
	"time"
)

// viewer is one page's part in a cohort.
type viewer struct {
	changed  chan<- struct{}
	always   bool  // guarded by cohort.mu; is woken by every refetch, not only by what its fragments show
	kept     *kept // guarded by cohort.mu; nil: whatever a load shows
	watching bool  // likewise
	shown    *view // likewise: what the page was given last
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
