package livetest

import (
	"context"

	"github.com/htmxlive/htmxlive/live"
)

// Reconnect opens the stream, on k, which may be the keeper of another node, with what the page shows
// as its state. An open stream ends first. The error is that of the handler.
func (p *Page) Reconnect(k *live.Keeper) error {
	p.Close()
	ctx, cancel := context.WithCancel(context.WithoutCancel(p.t.Context()))
	p.mu.Lock()
	p.keeper, p.ended = k, nil
	p.mu.Unlock()
	s, err := p.connect(ctx)
	if err != nil {
		cancel()
		return err
	}
	done := make(chan struct{})
	p.done, p.stop = done, cancel
	go func() {
		defer close(done)
		for s != nil {
			s = p.follow(ctx, s)
		}
	}()
	return nil
}

// Close leaves the page: its stream ends, and Reconnect comes back to it.
func (p *Page) Close() {
	if p.stop != nil {
		p.stop()
		<-p.done
		p.stop = nil
	}
}

// connect is the request of a stream, up to where the handler has returned.
func (p *Page) connect(ctx context.Context) (*live.Socket, error) {
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
	s.Start()
	return s, nil
}

// follow is the loop of one stream. It returns the stream that replaces it, if any.
func (p *Page) follow(ctx context.Context, s *live.Socket) *live.Socket {
	defer s.Close()
	for {
		select {
		case <-s.Changed():
		case <-ctx.Done():
			return nil
		}
		if !p.reads(ctx) {
			return nil
		}
		u, ok := s.Next()
		if !ok {
			continue
		}
		p.take(u, s.Shows())
		switch {
		case u.End != nil:
			return nil
		case u.Moved != nil:
			s.Close()
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
func (p *Page) refuse(err error) {
	p.t.Logf("livetest: the stream of the new page was refused: %v", err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = &live.Ending{}
	p.tell()
}

// reads waits while the page is paused; false when it is left meanwhile.
func (p *Page) reads(ctx context.Context) bool {
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
func (p *Page) take(u live.Update, state live.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, patch := range u.Patches {
		e, ok := parse(patch.HTML)
		if !ok {
			continue // of a fragment that is not ours
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
