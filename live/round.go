package live

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Deliverer is a page's stream, as far as live knows it.
type Deliverer interface {
	// Deliver sends what [Socket.Ready] returns, at once and in the goroutine of the caller, which is the keeper's. It
	// sees to it that Ready never runs at the same time as [Socket.Start] or [Socket.Next], nor after [Socket.Close]. It
	// returns false where it cannot send at once: the stream is sending, its browser is slow, or Ready is not able.
	// Then the page is woken by Changed.
	Deliver() bool
	// Hurry tells, from any goroutine and perhaps after the stream, that the page is to end: a browser that does not
	// read must not hold that up.
	Hurry()
}

// tell tells the pages that have something new to see. One goroutine tells: whoever comes meanwhile leaves it to that.
func (c *cohort) tell(ctx context.Context) {
	for first := true; ; first = false {
		pages := c.untold(first)
		switch {
		case len(pages) == 0:
			return
		case c.inline: // the page waits for nobody but itself
			if !pages[0].deliver() {
				pages[0].socket.wake()
			}
		default:
			c.keeper.tell(ctx, pages)
		}
	}
}

// untold is the open pages that have something new to see and have not been told.
func (c *cohort) untold(first bool) (pages []*viewer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if first && c.telling {
		return nil
	}
	var last struct { // compared: most pages show what the page before shows, and are to show the same
		now, shown *view
		same       bool
	}
	for v := range c.viewers.all() {
		if v.told == c.finished || !v.watching {
			continue
		}
		v.told = c.finished
		now, shown := c.seen(v), v.shown.Load()
		if now != last.now || shown != last.shown {
			last.now, last.shown, last.same = now, shown, now.same(shown)
		}
		if v.always || now == nil || !last.same {
			pages = append(pages, v)
		} else {
			v.shown.Store(now) // or each page would hold the result of the time when it came
		}
	}
	c.telling = len(pages) > 0
	return pages
}

// round tells many pages in turn, on one goroutine for each processor.
//
// Each gives way after every breather pages, so that a large cohort does not stand in the way of everything else the
// process does. When a page takes longer than patience, because its browser has just stopped to read, its goroutine is
// left behind with it and two others go on, so that even a thousand such pages at once hold up the rest only shortly.
type round struct {
	pages []*viewer
	next  atomic.Int64 // the page whose turn is next
	done  chan *teller // receives who has finished, but for those who were left behind

	mu    sync.Mutex // guards everything below
	later []*viewer  // could not be delivered to
	over  bool       // later has been taken
}

const (
	breather = 32
	patience = 2 * time.Millisecond
	tellers  = 64 // goroutines of a round at the same time, those left behind aside
)

// teller is one goroutine of a round.
type teller struct {
	at    atomic.Int64 // number of the page it is at, from 1; 0: it gives way to others
	was   int64        // at, when it was looked at last
	state atomic.Int32
}

const (
	tellerWorks int32 = iota
	tellerIsDone
	tellerIsLeft
)

// tell runs a round, and then wakes those who could not be delivered to.
func (k *Keeper) tell(ctx context.Context, pages []*viewer) {
	r := &round{pages: pages, done: make(chan *teller, tellers)}
	working := map[*teller]struct{}{}
	for range min(runtime.GOMAXPROCS(0), (len(pages)+breather-1)/breather) {
		r.begin(k, working)
	}
	look, timer := k.after(patience)
	for len(working) > 0 {
		select {
		case t := <-r.done:
			delete(working, t)
		case <-look:
			r.look(k, working)
			look, timer = k.after(patience)
		}
	}
	timer.Stop()
	r.wakeLater(ctx, k)
}

// begin adds a goroutine.
func (r *round) begin(k *Keeper, working map[*teller]struct{}) {
	if len(working) == tellers {
		return
	}
	t := new(teller)
	working[t] = struct{}{}
	k.spawn(func(context.Context) { r.work(t) })
}

// look leaves behind who is still at the same page.
func (r *round) look(k *Keeper, working map[*teller]struct{}) {
	for t := range working {
		at := t.at.Load()
		if at == t.was && at != 0 && t.state.CompareAndSwap(tellerWorks, tellerIsLeft) {
			delete(working, t)
			r.begin(k, working)
			r.begin(k, working)
		}
		t.was = at
	}
}

func (r *round) work(t *teller) {
	for t.state.Load() == tellerWorks {
		i := r.next.Add(1)
		if i > int64(len(r.pages)) {
			break
		}
		t.at.Store(i)
		if v := r.pages[i-1]; !v.deliver() {
			r.postpone(v)
		}
		if i%breather == 0 {
			t.at.Store(0)
			runtime.Gosched()
		}
	}
	if t.state.CompareAndSwap(tellerWorks, tellerIsDone) {
		r.done <- t
	}
}

func (r *round) postpone(v *viewer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over { // by somebody who was left behind
		v.socket.wake()
		return
	}
	r.later = append(r.later, v)
}

// Pages that are woken all begin to run, so there is a pause after each batch, shorter than it takes to send.
const (
	splayBatch = 512
	splayPause = 5 * time.Millisecond
)

func (r *round) wakeLater(ctx context.Context, k *Keeper) {
	r.mu.Lock()
	later := r.later
	r.over = true
	r.mu.Unlock()
	for len(later) > 0 {
		n := min(splayBatch, len(later))
		for _, v := range later[:n] {
			v.socket.wake()
		}
		if later = later[n:]; len(later) > 0 && !k.sleep(ctx, splayPause) {
			return
		}
	}
}

// deliver has the page sent what is new to it, if its stream can.
func (v *viewer) deliver() (sent bool) {
	d := v.socket.deliverer
	return d != nil && d.Deliver()
}
