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
			return
		}
		b := &broadcast{runner: c.runner, pages: pages, done: make(chan *worker, workersMost)}
		b.run(ctx)
	}
}

// outdated is the open pages that have something new to see and were not looked at since, as the subscribers they are.
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
// process does. When a page takes longer than stallAfter, because its browser has just stopped to read, its goroutine is
// left behind with it and two others go on: even a thousand such pages at once hold up the rest only shortly.
type broadcast struct {
	runner runner
	pages  []*subscriber
	next   atomic.Int64 // pages that workers have taken
	done   chan *worker // receives the workers that have finished, but for those left behind

	mu       sync.Mutex    // guards everything below
	deferred []*subscriber // could not be delivered to
	over     bool          // deferred has been taken
}

const (
	yieldEvery  = 32
	stallAfter  = 2 * time.Millisecond
	workersMost = 64 // of a broadcast at the same time, those left behind aside
)

// worker is one goroutine of a broadcast.
type worker struct {
	broadcast *broadcast

	at    atomic.Int64 // number of the page it is at, from 1; 0: it yields
	was   int64        // at, when it was looked at last
	state atomic.Int32
}

const (
	workerRuns int32 = iota
	workerIsDone
	workerIsLeft
)

// run delivers to all pages, and then wakes those that could not be delivered to.
func (b *broadcast) run(ctx context.Context) {
	working := map[*worker]struct{}{}
	for range min(runtime.GOMAXPROCS(0), (len(b.pages)+yieldEvery-1)/yieldEvery) {
		b.addWorker(working)
	}
	watch := time.NewTimer(stallAfter)
	defer watch.Stop()
	for len(working) > 0 {
		select {
		case w := <-b.done:
			delete(working, w)
		case <-watch.C:
			b.leaveStalled(working)
			watch.Reset(stallAfter)
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

func (b *broadcast) addWorker(working map[*worker]struct{}) {
	if len(working) == workersMost {
		return
	}
	w := &worker{broadcast: b}
	working[w] = struct{}{}
	b.runner.goRun(w.work)
}

// leaveStalled leaves behind the workers that are still at the same page.
func (b *broadcast) leaveStalled(working map[*worker]struct{}) {
	for w := range working {
		at := w.at.Load()
		if at == w.was && at != 0 && w.state.CompareAndSwap(workerRuns, workerIsLeft) {
			delete(working, w)
			b.addWorker(working)
			b.addWorker(working)
		}
		w.was = at
	}
}

func (w *worker) work(context.Context) {
	b := w.broadcast
	u := Update{Patches: make([]*Patch, 0, 8), Digests: make([]Digest, 0, 8)}
	for w.state.Load() == workerRuns {
		i := b.next.Add(1)
		if i > int64(len(b.pages)) {
			break
		}
		w.at.Store(i)
		if v := b.pages[i-1]; !v.page.deliver(&u) {
			b.deferWake(v)
		}
		if i%yieldEvery == 0 {
			w.at.Store(0)
			runtime.Gosched()
		}
	}
	if w.state.CompareAndSwap(workerRuns, workerIsDone) {
		b.done <- w
	}
}

// deferWake leaves a page to the end of the broadcast, or wakes it where the broadcast is over because this worker was left behind.
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
