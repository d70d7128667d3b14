package live

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/htmxlive/htmxlive/live/fragment"
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
	Digests []Digest              // of the fragments
	Kept    map[string]PinnedRows // rows that assigns keep, by the assign's name
}

// Socket is one page and its live assigns, for as long as one request: a load of the page, or its
// stream. The goroutine of the request owns it; other goroutines may call Refetch, ChangePage and End.
type Socket struct {
	keeper *Keeper
	cfg    SocketConfig

	// The request's context; and one that ends with the page as well, made for the first who needs it, which a page of
	// shared queries never does. Guarded by mu.
	request context.Context //nolint:containedctx // a Socket lives within one request, and Keep runs queries for it
	ctx     context.Context //nolint:containedctx // likewise
	cancel  context.CancelFunc

	fetches sync.WaitGroup // of private queries

	plain   map[string]*fragment.Assign // made with the first
	hook    func(ctx context.Context, topic string, assigns []string) []string
	refused error // why the stream was not admitted
	started bool
	opened  time.Time
	opening string // the query string the page was opened with

	// What each message needs stands together: with thousands of pages, memory that is far away is what a message costs.
	deliverer Deliverer     // what sends the page; nil: whoever reads Changed. Written before Start, with mu held
	moved     url.Values    // query parameters of the page that ChangePage leads to; nil: it stays
	changed   chan struct{} // capacity 1: many changes are one wake-up
	assigns   []*assign     // in the order in which their names were kept first; written with mu held
	slots     []*slot
	first     first
	buried    bool       // a subject of the page is gone or forbidden since its last stream, and its handler has failed
	clearing  bool       // a subject is forbidden: the stream ends when all queries have been asked once more
	others    bool       // the page keeps other rows than the last Update said
	mu        sync.Mutex // guards everything below
	inbox     *inbox     // nil: it is empty
	hooked    bool
	closed    bool
	heard     map[string]uint64 // number of the newest notification that the hook is told of, by topic
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

// inbox is what other goroutines leave for the request's own.
type inbox struct {
	topics  map[string]struct{} // for the hook
	refetch []string            // names
	pages   []pageChange
	recheck bool // notifications may have been lost
	end     *Ending
}

// letter is the inbox for who puts something in. It is called with mu held.
func (s *Socket) letter() *inbox {
	if s.inbox == nil {
		s.inbox = new(inbox)
	}
	return s.inbox
}

// assign is a query kept under a name.
type assign struct {
	name   string
	plan   *plan
	cohort *cohort
	viewer viewer
	asked  uint64 // the mark that must be covered before the stream ends
	lost   bool   // Keep returned ErrGone or ErrForbidden for it on a stream, and it has not been back since
	told   string // id of the rows that the browser knows it keeps, and says when it comes back
}

// NewSocket begins a page. Close ends it. Only a stream can be refused: with ErrClosed, a *LimitError or an
// error of the broker. The Socket that comes with the error is one on which Keep returns it.
func (k *Keeper) NewSocket(ctx context.Context, cfg SocketConfig) (*Socket, error) {
	s := &Socket{
		keeper: k, request: ctx, cfg: cfg, changed: make(chan struct{}, 1),
		opened: k.cfg.Clock.Now(), opening: cfg.Query.Encode(),
		inbox: &inbox{recheck: true}, // the session may have ended before that could be heard here
	}
	s.assigns, s.slots = s.first.assigns[:0], s.first.slots[:0]
	if cfg.Connected {
		s.refused = k.admit(ctx, s)
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
		sl.recovered()
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
	return s.closed
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
		a.cohort.watch(&a.viewer)
		s.wake() // what came between the two was told to nobody
	}
	return a.result(), nil
}

// view is what the page was given last; nil while nothing is there yet.
func (a *assign) view() *view { return a.viewer.shown.Load() }

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

// bury shows that the subject is gone, or not to be seen any more, on a page that showed it before its
// stream was lost: the handler answers with the error, the stream that is opened all the same says it to the page.
func (s *Socket) bury(a *assign) bool {
	if !s.cfg.Connected {
		return false
	}
	if now, _ := a.cohort.show(&a.viewer); now == nil || now.status() == fragment.Ready {
		return false // a fetch that failed, with a good result from before: the page comes back for a better one
	}
	a.lost = true
	s.install(a)
	return true
}

// Bury is for a stream whose handler has failed: it tells whether that is because Keep found that a subject is gone or
// forbidden. Then the stream takes what the page showed of it off the page, asks the browser to load the page again, for
// nothing else that it shows is known, and ends for good. A handler that does without the subject keeps its stream.
func (s *Socket) Bury() bool {
	s.buried = slices.ContainsFunc(s.assigns, func(a *assign) bool { return a.lost })
	return s.buried
}

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
	if len(s.assigns) >= k.cfg.Limits.AssignsPerPage && s.assign(name) == nil {
		return nil, &LimitError{Limit: "AssignsPerPage", Max: k.cfg.Limits.AssignsPerPage}
	}
	if err := k.checkTopics(p.topics); err != nil {
		return nil, err
	}
	a := s.newAssign()
	*a = assign{name: name, plan: p, viewer: viewer{socket: s}}
	if err := s.findCohort(a); err != nil {
		return nil, err
	}
	if shown, ok := s.cfg.Shown.Kept[name]; ok && p.keeps() {
		a.viewer.pinned = a.cohort.restore(shown)
		a.told = shown.id() // what the browser says, whatever has become of it
	}
	return a, nil
}

// findCohort gives a its cohort, subscribed where changes matter.
func (s *Socket) findCohort(a *assign) (err error) {
	if a.plan.share != nil {
		if a.cohort, err = s.keeper.cohortOf(s.request, a.plan); err == nil {
			a.plan = a.cohort.plan // equal, and one for all its pages
		}
		return err
	}
	a.cohort = newCohort(s.keeper, a.plan, a.name, s.spawn)
	a.cohort.inline = true
	a.cohort.ears = &ear{socket: s, assign: a}
	if s.cfg.Connected {
		return a.cohort.follow(s.request)
	}
	return nil
}

func (s *Socket) newAssign() *assign {
	if s.first.taken {
		return new(assign)
	}
	s.first.taken = true
	return &s.first.assign
}

func (s *Socket) spawn(f func(ctx context.Context)) {
	ctx := s.Context()
	s.fetches.Go(func() { f(ctx) })
}

// load gets what the page shows first.
func (s *Socket) load(a *assign) (err error) {
	switch p := a.plan; {
	case s.cfg.Connected && p.opensLate():
		a.cohort.begin(&a.viewer) // what the browser shows stays until the fetch: it may be newer
	case p.given:
		a.viewer.pinned = nil // all that there is to show is the result that was given
		err = a.cohort.prime(s.request, &a.viewer)
	case p.deferred:
		err = a.cohort.placeholder(s.request, &a.viewer)
	default:
		err = a.cohort.join(s.request, &a.viewer)
	}
	return err
}

// install puts a in the place of its name.
func (s *Socket) install(a *assign) {
	if old := s.assign(a.name); old != nil {
		s.release(old)
		s.slots = slices.DeleteFunc(s.slots, func(sl *slot) bool {
			goes := sl.assign == old && !sl.carries(a)
			if goes {
				sl.recovered()
			}
			return goes
		})
	}
	s.note(a)
	for i, f := range a.plan.fragments {
		sl := s.slotOf(f)
		sl.fragment, sl.assign, sl.index, sl.composed = f, a, i, nil
	}
	for _, sl := range s.slots {
		if sl.composed == nil {
			continue
		}
		a.cohort.wakeAlways(&a.viewer)
		if slices.Contains(sl.composed.inputs, a.name) {
			a.cohort.composes(sl.fragment)
		}
	}
}

// note puts a among the assigns, in the place of the one that has its name.
func (s *Socket) note(a *assign) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.assigns, func(old *assign) bool { return old.name == a.name }); i >= 0 {
		s.assigns[i] = a
		return
	}
	s.assigns = append(s.assigns, a)
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

// names of the assigns, sorted, for other goroutines.
func (s *Socket) names() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.byName() {
		names = append(names, a.name)
	}
	return names
}

func (s *Socket) release(a *assign) {
	a.cohort.leave(&a.viewer)
	if a.plan.share != nil {
		s.keeper.part(a.cohort)
		return
	}
	a.cohort.end(s.request)
}

// wake tells the stream to look for something new. It never blocks.
func (s *Socket) wake() {
	select {
	case s.changed <- struct{}{}:
	default: // it will look anyway
	}
}

// Assign sets a plain value that fragments of several assigns may show.
func (s *Socket) Assign(name string, v any) {
	if s.plain == nil {
		s.plain = map[string]*fragment.Assign{}
	}
	s.plain[name] = &fragment.Assign{Status: fragment.Ready, Value: v}
	s.wake()
}

// Refetch reruns the queries of these names, of all names if none is given, windows respected. It may
// be called from any goroutine, and means nothing on a page that is only being loaded.
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
	in := s.letter()
	for _, a := range s.assigns {
		if (len(names) == 0 || slices.Contains(names, a.name)) && !slices.Contains(in.refetch, a.name) {
			in.refetch = append(in.refetch, a.name)
		}
	}
	s.wake()
	return nil
}
