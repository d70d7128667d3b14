package live

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// Socket is one page and its live assigns, for as long as one request: a load of the page, or its stream. A handler keeps
// queries on it by [Keep], [KeepList] and [KeepPage]. It belongs to the goroutine of the request; other goroutines may call
// Refetch and ChangePage.
type Socket struct {
	core *core
	host host
	cfg  SocketConfig

	// The request's context; and one that ends with the page as well, made for the first who needs it, which a page of
	// shared queries never does. Guarded by mu.
	request context.Context //nolint:containedctx // a Socket lives within one request, and Keep runs queries for it
	ctx     context.Context //nolint:containedctx // likewise
	cancel  context.CancelFunc

	fetches sync.WaitGroup // of private queries

	plain   map[string]*fragment.Assign // made with the first
	hook    *hook                       // nil: there is none; written with mu held
	refused error                       // why the stream was not admitted
	clash   error                       // why the page cannot be loaded: two of its fragments have one id
	started bool
	opened  time.Time
	opening string // the query string the page was opened with

	// What each message needs stands together: with thousands of pages, memory that is far away is what a message costs. Once
	// the stream has started, a broadcast that has acquired the writer uses what stands from here to mu; the request's
	// goroutine does in Next, while nothing else can acquire it.
	writer      StreamWriter  // what sends the page; nil: the goroutine that reads Changed. Written before Start, with mu held
	moved       url.Values    // query parameters of the page that ChangePage leads to; nil: it stays
	changed     chan struct{} // capacity 1: many changes are one wake-up
	assigns     []*assign     // in the order in which their names were kept first; written with mu held
	slots       []*slot
	first       first
	gone        bool       // a subject of the page is gone or forbidden since its last stream, and its handler has failed
	composes    bool       // some fragment is composed
	revoking    bool       // a subject is forbidden: the stream ends when all queries have been asked once more
	keysChanged bool       // the page pins other rows than the last Update said
	message     uint32     // how many messages have been made up
	mu          sync.Mutex // guards everything below
	inbox       *inbox     // nil: it is empty
	closed      bool
	left        bool // ChangePage has led the browser to another stream
}

// SocketConfig says which page a Socket is and where it stands.
type SocketConfig struct {
	Session   string     // the session's live key: what the stream counts for, and what KickSession names
	User      string     // the name of the session's user, if any: what KickUser names
	Path      string     // the page's path, as the browser sees it
	Query     url.Values // the page's query parameters
	Connected bool       // the request is the page's stream, not a load of the page
	Shown     State      // what the browser shows already, on a stream
	// Fresh has shared queries show what was fetched after the page came, as private ones do: set it where the browser has just
	// written something on another node, of which this one may not have heard yet. Pages that come together share a fetch.
	Fresh bool
	// Valid is asked after notifications may have been lost: a page of a session that has ended meanwhile ends. Nil: always.
	// An error ends the stream too, but not for good.
	Valid func(ctx context.Context) (bool, error)
}

// host is what a socket asks of its keeper.
type host interface {
	joinShared(p *plan) (*cohort, error)
	leaveShared(c *cohort)
	unregister(s *Socket)
}

// first is room for the first query of a page and its first fragment. Most pages have no other, and so none of these
// small objects is scattered among those of requests that have ended.
type first struct {
	assign  assign
	slot    slot
	assigns [1]*assign
	slots   [1]*slot
	taken   bool // assign
}

// assign is a query kept under a name.
type assign struct {
	name       string
	plan       *plan
	cohort     *cohort
	subscriber subscriber
	mustCover  uint64       // the mark that must be covered before the stream ends
	lost       bool         // Keep returned ErrGone or ErrForbidden for it on a stream, and it has not been back since
	sentKeysID string       // id of the rows that the browser knows it pins, and says when it comes back
	sentIn     uint32       // the message that sent is of
	sent       atomic.Int64 // bytes of the patches in the newest message that had one; the writer adds, an inspector reads
}

// view is what the page was given last; nil while nothing is there yet.
func (a *assign) view() *view { return a.subscriber.shown.Load() }

// result is what the handler gets.
func (a *assign) result() any {
	switch v := a.view(); {
	case v != nil:
		return v.result
	case a.plan.given:
		return a.plan.initial
	}
	return a.plan.zero
}

// Connected reports whether the request is the page's stream. A handler seldom needs to know.
func (s *Socket) Connected() bool { return s.cfg.Connected }

// Assign sets a plain value that fragments of several assigns may show.
func (s *Socket) Assign(name string, v any) {
	if s.plain == nil {
		s.plain = map[string]*fragment.Assign{}
	}
	s.plain[name] = &fragment.Assign{Status: fragment.Ready, Value: v}
	s.wake()
}

// Refetch reruns the queries of these names, of all names if none is given, windows respected. It may be called from any
// goroutine, and means nothing on a page that is only being loaded. A name that is not kept is [ErrUnknown].
func (s *Socket) Refetch(names ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	for _, name := range names {
		if s.assign(name) == nil {
			return fmt.Errorf("%w: %q", ErrUnknown, name)
		}
	}
	in := s.openInbox()
	for _, a := range s.assigns {
		if (len(names) == 0 || slices.Contains(names, a.name)) && !slices.Contains(in.refetch, a.name) {
			in.refetch = append(in.refetch, a.name)
		}
	}
	s.wake()
	return nil
}

// assign is the one of that name, or nil. It is for the goroutine that owns the socket, or is called with mu held.
func (s *Socket) assign(name string) *assign {
	for _, a := range s.assigns {
		if a.name == name {
			return a
		}
	}
	return nil
}

// byName is the assigns in the order of their names.
func (s *Socket) byName() []*assign {
	return slices.SortedFunc(slices.Values(s.assigns), func(a, b *assign) int { return strings.Compare(a.name, b.name) })
}

// wake makes the stream look for something new. It never blocks.
func (s *Socket) wake() {
	select {
	case s.changed <- struct{}{}:
	default: // it will look anyway
	}
}

// context is the page's: it ends with the request, or with close.
func (s *Socket) context() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		s.ctx, s.cancel = context.WithCancel(s.request)
		if s.closed || s.refused != nil {
			s.cancel()
		}
	}
	return s.ctx
}

// goRun makes a socket the runner of its private queries.
func (s *Socket) goRun(f func(ctx context.Context)) {
	ctx := s.context()
	s.fetches.Go(func() { f(ctx) })
}

func (s *Socket) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// close ends the page's part in every query and waits for fetches under way.
func (s *Socket) close() {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	if s.cancel != nil {
		s.cancel()
	}
	s.mu.Unlock()
	if closed {
		return
	}
	for _, sl := range s.slots {
		s.resetRetry(sl)
	}
	for _, a := range s.assigns {
		s.release(a)
	}
	s.unhook()
	s.fetches.Wait()
	if s.cfg.Connected && s.refused == nil {
		s.host.unregister(s)
	}
}
