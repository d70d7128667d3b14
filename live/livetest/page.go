package livetest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// Handler is what a web handler does with its socket: it keeps queries, by live.Keep and its like.
type Handler func(s *live.Socket) error

// Page is what a browser shows of a page and its stream. Its methods may be called from any goroutine.
type Page struct {
	t       testing.TB
	handler Handler
	cfg     live.SocketConfig // guarded by mu

	done chan struct{} // closed when the stream's goroutine has returned; owned by connect and Close
	stop context.CancelFunc

	mu        sync.Mutex // guards everything below
	keeper    *live.Keeper
	transport *live.Transport
	shown     map[string]string
	state     live.State
	updates   []live.Update
	ended     *live.CloseReason
	paused    chan struct{} // closed by Resume; nil: the browser reads
	news      chan struct{} // closed and replaced whenever something above changes
}

// Open loads a page and connects its stream; the page is left when the test ends. A handler that fails fails the test.
func Open(t testing.TB, k *live.Keeper, cfg live.SocketConfig, handler Handler) *Page {
	t.Helper()
	p := &Page{t: t, handler: handler, cfg: cfg, keeper: k, news: make(chan struct{})}
	var err error
	if p.shown, p.state, err = p.load(k); err != nil {
		t.Fatalf("livetest: load: %v", err)
	}
	t.Cleanup(p.Close)
	if err := p.Reconnect(k); err != nil {
		t.Fatalf("livetest: connect: %v", err)
	}
	return p
}

// load is a whole-page request.
func (p *Page) load(k *live.Keeper) (map[string]string, live.State, error) {
	cfg := p.cfg
	cfg.Connected, cfg.Shown = false, live.State{}
	tr, err := k.Connect(p.t.Context(), cfg)
	if err != nil {
		return nil, live.State{}, err
	}
	defer tr.Close()
	if err := p.handler(tr.Socket()); err != nil {
		return nil, live.State{}, err
	}
	renderings, err := tr.Render()
	if err != nil {
		return nil, live.State{}, err
	}
	shown := map[string]string{}
	for _, r := range renderings {
		e, _ := parse(r.Inline())
		shown[r.ID()] = e.text
	}
	return shown, tr.State(), nil
}

// Fresh is what loading the page's present URL afresh shows, by the ids of fragments.
func (p *Page) Fresh() map[string]string {
	p.t.Helper()
	p.mu.Lock()
	k := p.keeper
	p.mu.Unlock()
	shown, _, err := p.load(k)
	if err != nil {
		p.t.Errorf("livetest: load afresh: %v", err)
	}
	return shown
}

// Text is what the fragment of this id shows.
func (p *Page) Text(id string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown[id]
}

// Shown is what all fragments show, by id.
func (p *Page) Shown() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.shown)
}

// Await waits until the fragment shows want, and fails the test when it does not within ten seconds.
func (p *Page) Await(id, want string) {
	p.t.Helper()
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	for {
		p.mu.Lock()
		got, news := p.shown[id], p.news
		p.mu.Unlock()
		if got == want {
			return
		}
		select {
		case <-news:
		case <-limit.C:
			p.t.Fatalf("livetest: fragment %q shows %q, want %q", id, got, want)
		}
	}
}

// Updates is what the page was sent so far, by all its streams.
func (p *Page) Updates() []live.Update {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.updates)
}

// Ended says how the stream was ended by the server; nil while it is open.
func (p *Page) Ended() *live.CloseReason {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

// Socket is that of the stream.
func (p *Page) Socket() *live.Socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.transport.Socket()
}

// Transport is that of the stream.
func (p *Page) Transport() *live.Transport {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.transport
}

// Pause stops reading, like a browser behind a dead connection.
func (p *Page) Pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused == nil {
		p.paused = make(chan struct{})
	}
}

// Resume reads on.
func (p *Page) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused != nil {
		close(p.paused)
		p.paused = nil
	}
}

func (p *Page) isPaused() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.paused != nil
}

func (p *Page) tell() {
	close(p.news)
	p.news = make(chan struct{})
}
