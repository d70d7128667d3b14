package livetest

import (
	"context"
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
	s, err := k.NewSocket(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := p.handler(s); err != nil {
		s.Close()
		return nil, err
	}
	p.mu.Lock()
	p.socket = s
	p.mu.Unlock()
	st := &stream{page: p, socket: s}
	st.turn.Lock()
	defer st.turn.Unlock()
	s.Attach(st)
	s.Start()
	return st, nil
}

// stream is one stream of a page. What is ready it takes in the goroutine of the keeper that has it, as a browser's does.
type stream struct {
	page   *SocketPage
	socket *live.Socket

	turn sync.Mutex // guards the socket, and what is below
	over bool
}

// Deliver takes what is ready, unless the page is paused.
func (st *stream) Deliver() bool {
	if !st.turn.TryLock() {
		return false
	}
	defer st.turn.Unlock()
	if st.over || st.page.isPaused() {
		return false
	}
	u, ok, able := st.socket.Ready(nil)
	if ok {
		st.page.take(u, st.socket.Shows())
	}
	return able
}

// Hurry does nothing: nobody waits for a page that is paused.
func (st *stream) Hurry() {}

// next takes what there is.
func (st *stream) next() (live.Update, bool) {
	st.turn.Lock()
	defer st.turn.Unlock()
	u, ok := st.socket.Next()
	if ok {
		st.page.take(u, st.socket.Shows())
	}
	return u, ok
}

func (st *stream) close() {
	st.turn.Lock()
	st.over = true
	st.turn.Unlock()
	st.socket.Close()
}

// follow is the loop of one stream. It returns the stream that replaces it, if any.
func (p *SocketPage) follow(ctx context.Context, st *stream) *stream {
	defer st.close()
	for {
		select {
		case <-st.socket.Changed():
		case <-ctx.Done():
			return nil
		}
		if !p.reads(ctx) {
			return nil
		}
		u, ok := st.next()
		switch {
		case !ok:
		case u.End != nil:
			return nil
		case u.Moved != nil:
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
	p.ended = &live.Ending{}
	p.tell()
}

// reads waits while the page is paused; false when it is left meanwhile.
func (p *SocketPage) reads(ctx context.Context) bool {
	p.mu.Lock()
	paused := p.paused
	p.mu.Unlock()
	if paused == nil {
		return true
	}
	select {
	case <-paused:
		return true
	case <-ctx.Done():
		return false
	}
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
	if u.Moved != nil {
		p.cfg.Query = u.Moved
	}
	p.state, p.ended = state, u.End
	p.updates = append(p.updates, u)
	p.tell()
}
