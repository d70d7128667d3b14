package livetest

import (
	"context"
	"slices"
	"sync"

	"github.com/htmxlive/htmxlive/live"
)

// Reconnect opens the stream, on k, which may be the keeper of another node, with what the page shows
// as its state. An open stream ends first. The error is that of the handler.
func (p *SocketPage) Reconnect(k *live.Keeper) error {
	p.Close()
	ctx, cancel := context.WithCancel(context.WithoutCancel(p.t.Context()))
	p.mu.Lock()
	p.keeper, p.ended = k, nil
	p.mu.Unlock()
	st, err := p.connect(ctx)
	if err != nil {
		cancel()
		return err
	}
	done := make(chan struct{})
	p.done, p.stop = done, cancel
	go func() {
		defer close(done)
		for st != nil {
			st = p.follow(ctx, st)
		}
	}()
	return nil
}

// Close leaves the page: its stream ends, and Reconnect comes back to it.
func (p *SocketPage) Close() {
	if p.stop != nil {
		p.stop()
		<-p.done
		p.stop = nil
	}
}

// connect is the request of a stream, up to where the stream has begun.
func (p *SocketPage) connect(ctx context.Context) (*stream, error) {
	p.mu.Lock()
	cfg, k := p.cfg, p.keeper
	cfg.Connected, cfg.Shown = true, p.state
	p.mu.Unlock()
	tr, err := k.Connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := p.handler(tr.Socket()); err != nil {
		tr.Close()
		return nil, err
	}
	p.mu.Lock()
	p.transport = tr
	p.mu.Unlock()
	st := &stream{page: p, transport: tr}
	st.mu.Lock()
	defer st.mu.Unlock()
	tr.Attach(st)
	tr.Start()
	return st, nil
}

// stream is one stream of a page. What is ready it takes in the goroutine of the keeper that has it, as a browser's does.
type stream struct {
	page      *SocketPage
	transport *live.Transport

	mu   sync.Mutex // guards the transport, and what is below
	over bool
}

// TryAcquire takes the stream, unless the page is paused.
func (st *stream) TryAcquire() bool {
	if !st.mu.TryLock() {
		return false
	}
	if st.over || st.page.gate.isClosed() {
		st.mu.Unlock()
		return false
	}
	return true
}

// Send takes what is ready.
func (st *stream) Send(u live.Update) {
	u.Patches = slices.Clone(u.Patches)
	st.page.take(u, st.transport.State())
}

// Release gives the stream back.
func (st *stream) Release() { st.mu.Unlock() }

// ShortenDeadline does nothing: nobody waits for a page that is paused.
func (st *stream) ShortenDeadline() {}

// next takes what there is.
func (st *stream) next() (live.Update, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	u, ok := st.transport.Next()
	if ok {
		st.page.take(u, st.transport.State())
	}
	return u, ok
}

func (st *stream) close() {
	st.mu.Lock()
	st.over = true
	st.mu.Unlock()
	st.transport.Close()
}

// follow is the loop of one stream. It returns the stream that replaces it, if any.
func (p *SocketPage) follow(ctx context.Context, st *stream) *stream {
	defer st.close()
	for {
		select {
		case <-st.transport.Changed():
		case <-ctx.Done():
			return nil
		}
		if !p.gate.pass(ctx) {
			return nil
		}
		u, ok := st.next()
		switch {
		case !ok:
		case u.Close != nil:
			return nil
		case u.Query != nil:
			st.close()
			next, err := p.connect(ctx)
			if err != nil {
				p.refuse(err)
			}
			return next
		}
	}
}

// refuse notes that the stream of a page change was not to be had. A browser would come back after a while; a test
// sees that the stream has ended, and calls Reconnect.
func (p *SocketPage) refuse(err error) {
	p.t.Logf("livetest: the stream of the new page was refused: %v", err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = &live.CloseReason{}
	p.notify()
}

// take does what a browser does with an update.
func (p *SocketPage) take(u live.Update, state live.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, patch := range u.Patches {
		e, ok := parse(patch.HTML)
		if !ok {
			p.forget(patch.HTML) // of a fragment that is not ours
			continue
		}
		if shown, known := p.shown[e.id]; e.was != nil && (!known || shown != *e.was) {
			p.t.Errorf("livetest: patch of %q for %q, but the page shows %q", e.id, *e.was, shown)
		}
		p.shown[e.id] = e.text
	}
	if u.Query != nil {
		p.cfg.Query = u.Query
	}
	p.state, p.ended = state, u.Close
	p.updates = append(p.updates, u)
	p.notify()
}
