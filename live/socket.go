package live

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// SocketConfig says whose page a Socket is and where it stands.
type SocketConfig struct {
	Session   string     // the session's live key: who the stream counts for, and whom Kick names
	User      string     // the name the session was identified with, if any
	Path      string     // the page's path
	Query     url.Values // the page's query parameters
	Connected bool       // the request is the page's stream, not a load of the page
	Shown     State      // what the browser shows already, on a stream
	// Valid is asked after notifications may have been lost: a page whose session has ended meanwhile ends. Nil: always.
	// An error ends the stream too, but not for good.
	Valid func(ctx context.Context) (bool, error)
}

// State is what a page shows, in a form that survives the process.
type State struct {
	Digests []Digest        // of the fragments
	Kept    map[string]Kept // rows that assigns keep, by the assign's name
}

// Socket is one page and its live assigns, for as long as one request: a load of the page, or its
// stream. The goroutine of the request owns it; other goroutines may call Refetch, ChangePage and End.
type Socket struct {
	keeper *Keeper
	ctx    context.Context //nolint:containedctx // a Socket lives within one request, and Keep runs queries for it
	cancel context.CancelFunc
	cfg    SocketConfig

	fetches sync.WaitGroup // of private queries

	assigns  map[string]*assign
	plain    map[string]*value
	hook     func(ctx context.Context, topic string, assigns []string) []string
	started  bool
	refused  error      // why the stream was not admitted
	buried   bool       // a subject of the page is gone or forbidden since its last stream
	clearing bool       // a subject is forbidden: the stream ends when all queries have been asked once more
	moved    url.Values // query parameters of the page that ChangePage leads to; nil: it stays
	opened   time.Time
	opening  string                   // the query string the page was opened with
	names    atomic.Pointer[[]string] // of the assigns, for the inspector

	// What each message needs stands together: with thousands of pages, memory that is far away is what a message costs.
	changed chan struct{} // capacity 1: many changes are one wake-up
	order   []*assign     // assigns, in the order in which their names were kept first
	slots   []*slot
	mu      sync.Mutex // guards everything below
	inbox   inbox
	heard   map[string]uint64 // number of the newest notification that the hook is told of, by topic
}

// inbox is what other goroutines leave for the request's own.
type inbox struct {
	topics  map[string]struct{} // for the hook
	refetch map[string]struct{}
	pages   []pageChange
	hooked  bool
	recheck bool // notifications may have been lost
	end     *Ending
	closed  bool
}

// assign is a query kept under a name.
type assign struct {
	name   string
	plan   *plan
	cohort *cohort
	viewer *viewer
	asked  uint64 // the mark that must be covered before the stream ends
	view   *view  // what the page was given last
	told   string // id of the rows that the browser knows it keeps, and says when it comes back
}

// NewSocket begins a page. Close ends it. Only a stream can be refused: with ErrClosed, a *LimitError or an
// error of the broker. The Socket that comes with the error is one on which Keep returns it.
func (k *Keeper) NewSocket(ctx context.Context, cfg SocketConfig) (*Socket, error) {
	ctx, cancel := context.WithCancel(ctx)
	s := &Socket{
		keeper: k, ctx: ctx, cancel: cancel, cfg: cfg, changed: make(chan struct{}, 1),
		assigns: map[string]*assign{}, plain: map[string]*value{}, opened: k.cfg.Clock.Now(),
		opening: cfg.Query.Encode(),
		inbox:   inbox{recheck: true}, // the session may have ended before that could be heard here
	}
	s.noteNames()
	if cfg.Connected {
		if s.refused = k.admit(ctx, s); s.refused != nil {
			cancel()
		}
	}
	return s, s.refused
}

// Connected tells whether the request is the page's stream. A handler seldom needs to know.
func (s *Socket) Connected() bool { return s.cfg.Connected }

// Live tells whether anything is kept on the page.
func (s *Socket) Live() bool { return len(s.assigns) > 0 }

// Close ends the page's part in every query and waits for fetches under way.
func (s *Socket) Close() {
	s.mu.Lock()
	closed := s.inbox.closed
	s.inbox.closed = true
	s.mu.Unlock()
	if closed {
		return
	}
	s.cancel()
	for _, sl := range s.slots {
		stop(&sl.retry)
	}
	for _, a := range s.assigns {
		s.release(a)
	}
	s.fetches.Wait()
	if s.cfg.Connected && s.refused == nil {
		s.keeper.dismiss(s)
	}
}

func (s *Socket) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inbox.closed
}

// keep is the untyped core of Keep.
func (s *Socket) keep(name string, p *plan) (any, error) {
	a, err := s.attach(name, p)
	if err != nil {
		return p.zero, err
	}
	if err := s.load(a); err != nil {
		if !s.bury(a) {
			s.release(a)
		}
		return p.zero, fmt.Errorf("live: keep %q: %w", name, err)
	}
	s.install(a)
	if s.started {
		a.cohort.watch(a.viewer)
	}
	return a.result(), nil
}

// result is what the handler gets.
func (a *assign) result() any {
	switch {
	case a.view != nil:
		return a.view.result
	case a.plan.given:
		return a.plan.initial
	}
	return a.plan.zero
}

// bury shows that the subject is gone, or not to be seen any more, on a page that showed it before its
// stream was lost: the handler answers with the error, the stream that is opened all the same says it to the page.
func (s *Socket) bury(a *assign) bool {
	if !s.cfg.Connected {
		return false
	}
	if a.view, _ = a.cohort.show(a.viewer); a.view == nil || a.view.status() == StatusReady {
		return false // a fetch that failed, with a good result from before: the page comes back for a better one
	}
	s.install(a)
	s.buried = true
	return true
}

// Buried tells whether Keep found, on a stream, that a subject is gone or forbidden. What the page
// showed of it can be taken off by serving the stream, which ends for good after that.
func (s *Socket) Buried() bool { return s.buried }

// attach finds or makes the cohort of a plan, subscribed where changes matter.
func (s *Socket) attach(name string, p *plan) (*assign, error) {
	k := s.keeper
	switch {
	case s.refused != nil:
		return nil, s.refused
	case s.isClosed():
		return nil, ErrClosed
	case p.unfit != "":
		return nil, fmt.Errorf("live: keep %q: the query has no %s", name, p.unfit)
	}
	if _, again := s.assigns[name]; !again && len(s.assigns) >= k.cfg.Limits.AssignsPerPage {
		return nil, &LimitError{Limit: "AssignsPerPage", Max: k.cfg.Limits.AssignsPerPage}
	}
	if err := k.checkTopics(p.topics); err != nil {
		return nil, err
	}
	a := &assign{name: name, plan: p, viewer: &viewer{changed: s.changed}}
	if shown, ok := s.cfg.Shown.Kept[name]; ok && p.keeps() {
		var err error
		if a.viewer.kept, err = p.restore(shown); err != nil {
			a.viewer.kept = nil // as without it: the page is shown afresh
		}
		a.told = a.viewer.keptID()
	}
	var err error
	if p.share != nil {
		if a.cohort, err = k.cohortOf(s.ctx, p); err == nil {
			a.plan = a.cohort.plan // equal, and one for all its pages
		}
		return a, err
	}
	a.cohort = newCohort(k, p, name, s.spawn)
	a.cohort.inline = true
	a.cohort.ears = &ear{socket: s, assign: a}
	if s.cfg.Connected {
		err = a.cohort.follow(s.ctx)
	}
	return a, err
}

func (s *Socket) spawn(f func(ctx context.Context)) {
	s.fetches.Go(func() { f(s.ctx) })
}

// load gets what the page shows first.
func (s *Socket) load(a *assign) (err error) {
	switch p := a.plan; {
	case s.cfg.Connected && p.opensLate():
		a.cohort.begin(a.viewer) // what the browser shows stays until the fetch: it may be newer
	case p.given:
		a.viewer.kept = nil // all that there is to show is the result that was given
		a.view, err = a.cohort.prime(s.ctx, a.viewer)
	case p.deferred:
		a.view, err = a.cohort.placeholder(s.ctx, a.viewer)
	default:
		a.view, err = a.cohort.join(s.ctx, a.viewer)
	}
	return err
}

// install puts a in the place of its name.
func (s *Socket) install(a *assign) {
	if old := s.assigns[a.name]; old != nil {
		s.release(old)
		s.slots = slices.DeleteFunc(s.slots, func(sl *slot) bool { return sl.assign == old && !sl.carries(a) })
		s.order[slices.Index(s.order, old)] = a
	} else {
		s.order = append(s.order, a)
	}
	s.assigns[a.name] = a
	for i, f := range a.plan.fragments {
		sl := s.slotOf(f)
		sl.fragment, sl.assign, sl.index, sl.inputs = f, a, i, nil
	}
	if slices.ContainsFunc(s.slots, func(sl *slot) bool { return sl.assign == nil }) {
		a.cohort.wakeAlways(a.viewer)
	}
	s.noteNames()
}

func (s *Socket) release(a *assign) {
	a.cohort.leave(a.viewer)
	if a.plan.share != nil {
		s.keeper.part(a.cohort)
		return
	}
	a.cohort.end(s.ctx)
}

// wake tells the stream to look for something new. It never blocks.
func (s *Socket) wake() { wake(s.changed) }

func (v *viewer) wake() { wake(v.changed) }

func wake(changed chan<- struct{}) {
	select {
	case changed <- struct{}{}:
	default: // it will look anyway
	}
}

// Assign sets a plain value that fragments of several assigns may show.
func (s *Socket) Assign(name string, v any) {
	s.plain[name] = &value{status: StatusReady, result: v}
	s.wake()
}

// Refetch reruns the queries of these names, of all names if none is given, windows respected. It may
// be called from any goroutine, and means nothing on a page that is only being loaded.
func (s *Socket) Refetch(names ...string) error {
	if len(names) == 0 {
		names = *s.names.Load()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inbox.closed {
		return ErrClosed
	}
	for _, name := range names {
		if !slices.Contains(*s.names.Load(), name) {
			return fmt.Errorf("%w: %q", ErrUnknown, name)
		}
		if s.inbox.refetch == nil {
			s.inbox.refetch = map[string]struct{}{}
		}
		s.inbox.refetch[name] = struct{}{}
	}
	s.wake()
	return nil
}

func (s *Socket) noteNames() {
	names := make([]string, 0, len(s.assigns))
	for name := range s.assigns {
		names = append(names, name)
	}
	slices.Sort(names)
	s.names.Store(&names)
}
