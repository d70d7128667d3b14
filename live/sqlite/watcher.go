package sqlite

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

const (
	lookEvery = 50 * time.Millisecond // for commits of other programs
	idleLooks = 20                    // without anybody who follows, before the watcher ends
)

// watcher looks for commits of other programs, while somebody follows what they may change.
type watcher struct {
	running atomic.Bool        // set with database.mu held
	asked   atomic.Bool        // somebody is about to follow
	end     context.CancelFunc // nil: it never ran; guarded by database.mu
	done    chan struct{}      // guarded by database.mu
}

// watched is called before topics of the database are followed. When it returns, commits of other programs are noticed.
func (d *database) watched() {
	d.watcher.asked.Store(true)
	if d.watcher.running.Load() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.watcher.running.Load() || d.keeper.Draining() {
		return
	}
	for _, f := range d.files {
		f.watch(true)
	}
	ctx, end := context.WithCancel(context.Background()) //nolint:forbidigo // no request is its parent; Close ends it
	d.watcher.end, d.watcher.done = end, make(chan struct{})
	d.watcher.running.Store(true)
	go d.watch(ctx, d.watcher.done)
}

func (d *database) watch(ctx context.Context, done chan<- struct{}) {
	defer close(done)
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for idle := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if idle++; d.look(ctx, true) || d.watcher.asked.Swap(false) {
			idle = 0
		}
		if over := d.keeper.Draining(); (over || idle >= idleLooks) && d.unwatch(over) {
			return
		}
	}
}

// unwatch ends the watcher, unless somebody is about to follow and it is not for good.
func (d *database) unwatch(forGood bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.watcher.running.Swap(false) {
		return true
	}
	if d.watcher.asked.Swap(false) && !forGood {
		d.watcher.running.Store(true)
		return false
	}
	for _, f := range d.files {
		f.watch(false)
	}
	return true
}

// look publishes commits of other programs, and reports whether somebody follows what they may change.
func (d *database) look(ctx context.Context, turn bool) (followed bool) {
	d.mu.Lock()
	files := slices.Collect(maps.Values(d.files))
	d.mu.Unlock()
	for _, f := range files {
		if turn {
			f.ledger.age()
		}
		f.telling.Lock() // who looks next finds published what this look has noticed
		if f.changed() {
			f.generation.Add(1)
			d.publish(live.ByAnotherProgram(ctx), nil, f.topic)
		}
		f.telling.Unlock()
		followed = followed || d.keeper.Follows(f.topic)
	}
	return followed
}

// stopWatching ends the watcher for good, and waits until it has ended.
func (d *database) stopWatching() {
	d.mu.Lock()
	d.closed = true
	end, done := d.watcher.end, d.watcher.done
	d.mu.Unlock()
	if end != nil {
		end()
		<-done
		d.unwatch(true)
	}
}
