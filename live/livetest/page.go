package livetest

import (
	"bytes"
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

// SocketPage is what a browser shows of a page and its stream. Its methods may be called from any goroutine.
type SocketPage struct {
	t       testing.TB
	handler Handler
	cfg     live.SocketConfig // guarded by mu

	done chan struct{} // closed when the stream's goroutine has returned; owned by connect and Close
	stop context.CancelFunc
	gate gate // closed while the browser does not read

	mu        sync.Mutex // guards everything below
	keeper    *live.Keeper
	transport *live.Transport
	shown     map[string]string
	state     live.State
	updates   []live.Update
	ended     *live.CloseReason
	news      chan struct{} // closed and replaced whenever something above changes
}

// OpenSocket loads a page and connects its stream; the page is left when the test ends. A handler that fails fails the test.
func OpenSocket(t testing.TB, k *live.Keeper, cfg live.SocketConfig, handler Handler) *SocketPage {
	t.Helper()
	p := &SocketPage{t: t, handler: handler, cfg: cfg, keeper: k, news: make(chan struct{})}
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
func (p *SocketPage) load(k *live.Keeper) (map[string]string, live.State, error) {
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
		if e, ok := parse(r.Inline()); ok { // else it is of another kind, which only Open reads
			shown[r.ID()] = e.text
		}
	}
	return shown, tr.State(), nil
}

// Fresh is what loading the page's present URL afresh shows, by the ids of fragments of this package's kinds.
func (p *SocketPage) Fresh() map[string]string {
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

// FreshText is what the fragment of this id shows when the page's present URL is loaded afresh. A fragment that is not
// there ends the test.
func (p *SocketPage) FreshText(id string) string {
	p.t.Helper()
	return p.mustShow(p.Fresh(), id)
}

// Text is what the fragment of this id shows. A fragment that is not there, or that is neither a [Text] nor a
// [Fragment], ends the test.
func (p *SocketPage) Text(id string) string {
	p.t.Helper()
	return p.mustShow(p.Shown(), id)
}

// forget takes what a patch of another kind of fragment changes for unknown: it was taken for ours when it was loaded.
// It holds mu.
func (p *SocketPage) forget(patch []byte) {
	maps.DeleteFunc(p.shown, func(id, _ string) bool { return bytes.Contains(patch, []byte(` id="`+id+`"`)) })
}

func (p *SocketPage) mustShow(shown map[string]string, id string) string {
	p.t.Helper()
	text, ok := shown[id]
	if !ok {
		p.t.Fatalf("livetest: the page has no fragment %q of this package's kinds, only %q", id, slices.Sorted(maps.Keys(shown)))
	}
	return text
}

// Shown is what all fragments of this package's kinds show, by id.
func (p *SocketPage) Shown() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.shown)
}

// Await waits until the fragment shows want, and fails the test when it does not within ten seconds.
func (p *SocketPage) Await(id, want string) {
	p.t.Helper()
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	for {
		p.mu.Lock()
		got, ok := p.shown[id]
		news := p.news
		p.mu.Unlock()
		if ok && got == want {
			return
		}
		select {
		case <-news:
		case <-limit.C:
			why := ""
			if len(p.Updates()) == 0 {
				why = "; nothing was sent since the page was opened: " + whyNothing
			}
			p.t.Fatalf("livetest: fragment %q shows %q, want %q%s", id, got, want, why)
		}
	}
}

// Updates is what the page was sent so far, by all its streams.
func (p *SocketPage) Updates() []live.Update {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.updates)
}

// Ended says how the stream was ended by the server; nil while it is open.
func (p *SocketPage) Ended() *live.CloseReason {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

// Socket is that of the stream.
func (p *SocketPage) Socket() *live.Socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.transport.Socket()
}

// Transport is that of the stream.
func (p *SocketPage) Transport() *live.Transport {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.transport
}

// Pause stops reading, like a browser behind a dead connection.
func (p *SocketPage) Pause() { p.gate.close() }

// Resume reads on.
func (p *SocketPage) Resume() { p.gate.open() }

func (p *SocketPage) notify() {
	close(p.news)
	p.news = make(chan struct{})
}
