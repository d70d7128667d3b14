package live

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// broadcast brings the newest result to the pages that have something new to see. One goroutine does: a refetch that ends
// meanwhile leaves it to that.
func (c *cohort) broadcast(ctx context.Context) {
	for first := true; ; first = false {
		pages := c.outdated(first)
		if len(pages) == 0 {
			if first {
				c.countSame()
			}
			return
		}
		b := &broadcast{runner: c.runner, pages: pages, done: make(chan struct{}, 1)}
		b.run(ctx)
	}
}

// outdated is the open pages that have something new to see and were not looked at since the newest refetch. First says that
// the caller has not taken the broadcast yet: while another goroutine broadcasts, outdated leaves all pages to that.
func (c *cohort) outdated(first bool) (pages []*subscriber) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if first && c.broadcasting {
		return nil
	}
	var last struct { // compared: most pages show what the page before shows, and are to show the same
		now, shown *view
		same       bool
	}
	for _, v := range c.subscribers.places {
		if v == nil || v.seen == c.finished || !v.watching {
			continue
		}
		v.seen = c.finished
		now, shown := c.viewOf(v), v.shown.Load()
		if now != last.now || shown != last.shown {
			last.now, last.shown, last.same = now, shown, now.same(shown)
		}
		if v.always || now == nil || !last.same {
			pages = append(pages, v)
		} else {
			v.shown.Store(now) // or each page would hold the result of the time when it came
		}
	}
	c.broadcasting = len(pages) > 0
	return pages
}

// broadcast delivers to many pages in turn, on one goroutine for each processor.
//
// Each yields after every yieldEvery pages, so that a large cohort does not stand in the way of everything else the
// process does. A write takes long where a browser has just stopped to read. Its goroutine is waited for only while the
// others get on: when no page has been taken for stallAfter, as many goroutines again go on with the rest. Even a
// thousand such pages at once hold it up only shortly.
type broadcast struct {
	runner   runner
	pages    []*subscriber
	taken    atomic.Int64  // pages; may be more than there are
	yielding atomic.Int64  // goroutines: they wait for a processor, and for no browser
	done     chan struct{} // receives when no goroutine is at a page any more; capacity 1

	mu       sync.Mutex    // guards everything below
	running  int           // goroutines
	deferred []*subscriber // could not be delivered to
	over     bool          // deferred has been taken
}

const (
	yieldEvery = 32
	stallAfter = 2 * time.Millisecond
	addedMost  = 64 // goroutines at a time
)

// run delivers to all pages, and then wakes those that could not be delivered to. A goroutine that is still at its page
// then is left behind with it.
func (b *broadcast) run(ctx context.Context) {
	b.add(min(runtime.GOMAXPROCS(0), (len(b.pages)+yieldEvery-1)/yieldEvery))
	watch := time.NewTicker(stallAfter)
	defer watch.Stop()
	for goesOn, was := true, int64(0); goesOn; {
		select {
		case <-b.done:
			goesOn = false
		case <-watch.C:
			taken := b.taken.Load()
			if taken == was && b.yielding.Load() == 0 {
				goesOn = b.goOnWithout()
			}
			was = taken
		}
	}
	b.mu.Lock()
	deferred := b.deferred
	b.over = true
	b.mu.Unlock()
	if len(deferred) > 0 {
		wakeAll(ctx, deferred)
	}
}

// add begins n goroutines.
func (b *broadcast) add(n int) {
	b.mu.Lock()
	b.running += n
	b.mu.Unlock()
	for range n {
		b.runner.goRun(b.work)
	}
}

// goOnWithout begins as many goroutines as have stalled, and reports whether there is anything to do for them.
func (b *broadcast) goOnWithout() bool {
	left := len(b.pages) - int(b.taken.Load())
	b.mu.Lock()
	stalled := b.running
	b.mu.Unlock()
	b.add(max(0, min(stalled, left, addedMost)))
	return left > 0
}

// work delivers to the next page until there is none.
func (b *broadcast) work(context.Context) {
	u := Update{Patches: make([]*Patch, 0, 8), Digests: make([]Digest, 0, 8)}
	for i := b.taken.Add(1); i <= int64(len(b.pages)); i = b.taken.Add(1) {
		if v := b.pages[i-1]; !v.page.deliver(&u) {
			b.deferWake(v)
		}
		if i%yieldEvery == 0 {
			b.yielding.Add(1)
			runtime.Gosched()
			b.yielding.Add(-1)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running--; b.running == 0 {
		select {
		case b.done <- struct{}{}:
		default: // said already, and others were added at that moment
		}
	}
}

// deferWake leaves a page to the end of the broadcast, or wakes it where the broadcast is over because this goroutine was left behind.
func (b *broadcast) deferWake(v *subscriber) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		v.page.wake()
		return
	}
	b.deferred = append(b.deferred, v)
}

// Pages that are woken all begin to run, so there is a pause after each batch, shorter than it takes to send.
const (
	wakeBatch = 512
	wakePause = 5 * time.Millisecond
)

// wakeAll wakes pages that could not be delivered to.
func wakeAll(ctx context.Context, pages []*subscriber) {
	for len(pages) > 0 {
		n := min(wakeBatch, len(pages))
		for _, v := range pages[:n] {
			v.page.wake()
		}
		if pages = pages[n:]; len(pages) > 0 && !sleep(ctx, wakePause) {
			return
		}
	}
}
