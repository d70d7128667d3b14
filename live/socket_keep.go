package live

import (
	"fmt"
	"slices"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/paging"
)

// Keep keeps the result of q on the page under a name, and returns it. A name that is kept already is replaced.
func Keep[V any](s *Socket, name string, q Query[V]) (V, error) {
	return keepAs[V](s, name, asShared(q, q.share).plan())
}

// KeepList is Keep for a list.
func KeepList[T any, K comparable](s *Socket, name string, q ListQuery[T, K]) ([]T, error) {
	result, err := keepAs[[]T](s, name, asShared(q, q.share).plan())
	if q.share != nil {
		result = slices.Clone(result)
	}
	return result, err
}

// KeepPage is Keep for a page of a list, the one that the URL of the socket asks for. A parameter that
// does not parse is a [*paging.Error].
func KeepPage[T any, K comparable](s *Socket, name string, q PageQuery[T, K]) (paging.Page[T], error) {
	share, scope := q.share, q.Scope
	if share != nil {
		q, scope = asShared(q, share), share.key.scope
	}
	if q.Paging == nil {
		return paging.Page[T]{}, fmt.Errorf("live: keep %q: the query has no Paging", name)
	}
	options, err := q.Paging.Parse(s.cfg.Query, scope)
	if err != nil {
		return paging.Page[T]{}, err
	}
	result, err := keepAs[paging.Page[T]](s, name, q.plan(options.At(s.cfg.Path)))
	if share != nil {
		result.Items = slices.Clone(result.Items)
	}
	return result, err
}

func keepAs[V any](s *Socket, name string, p *plan) (V, error) {
	result, err := s.keep(name, p)
	return as[V](result), err
}

// keep is the untyped core of Keep.
func (s *Socket) keep(name string, p *plan) (any, error) {
	a, err := s.attach(name, p)
	if err != nil {
		return p.zero, err
	}
	if err := s.load(a); err != nil {
		if !s.markGone(a) {
			s.release(a)
		}
		return p.zero, fmt.Errorf("live: keep %q: %w", name, err)
	}
	s.install(a)
	if s.started {
		a.cohort.watch(&a.subscriber)
		s.wake() // what came between the two was noticed by nobody
	}
	return a.result(), nil
}

// markGone shows that the subject is gone, or not to be seen any more, on a page that showed it before its stream was
// lost: the handler answers with the error, the stream that is opened all the same says it to the page.
func (s *Socket) markGone(a *assign) bool {
	if !s.cfg.Connected {
		return false
	}
	if now, _ := a.cohort.refresh(&a.subscriber); now == nil || now.status() == fragment.Ready {
		return false // a fetch that failed, with a good result from before: the page comes back for a better one
	}
	a.lost = true
	s.install(a)
	return true
}

// attach finds or makes the cohort of a plan, following its topics where changes matter.
func (s *Socket) attach(name string, p *plan) (*assign, error) {
	switch {
	case s.refused != nil:
		return nil, s.refused
	case s.isClosed():
		return nil, ErrClosed
	case p.missing != "":
		return nil, fmt.Errorf("live: keep %q: the query has no %s", name, p.missing)
	}
	if most := s.core.cfg.Limits.AssignsPerPage; len(s.assigns) >= most && s.assign(name) == nil {
		return nil, &LimitError{Limit: LimitAssigns, Max: most}
	}
	if err := s.core.checkTopics(p.topics); err != nil {
		return nil, err
	}
	a := s.newAssign()
	*a = assign{name: name, plan: p, subscriber: subscriber{page: s, fresh: s.cfg.Fresh}}
	if err := s.findCohort(a); err != nil {
		return nil, err
	}
	if shown, ok := s.cfg.Shown.Pinned[name]; ok && p.keeps {
		a.subscriber.pinned = a.cohort.restore(shown)
		a.sentKeysID = shown.id() // what the browser says, whatever has become of it
	}
	return a, nil
}

// findCohort gives a its cohort, following its topics where changes matter.
func (s *Socket) findCohort(a *assign) (err error) {
	if a.plan.share != nil {
		if a.cohort, err = s.host.joinShared(a.plan); err == nil {
			a.plan = a.cohort.plan // equal, and one for all its pages
		}
		return err
	}
	a.cohort = newCohort(s.core, a.plan, a.name, s)
	a.cohort.hook = s
	if s.cfg.Connected {
		return a.cohort.follow()
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

// load gets what the page shows first.
func (s *Socket) load(a *assign) (err error) {
	switch p := a.plan; {
	case s.cfg.Connected && p.opensLate():
		a.cohort.subscribe(&a.subscriber) // what the browser shows stays until the fetch: it may be newer
	case p.given:
		a.subscriber.pinned = nil // all that there is to show is the result that was given
		err = a.cohort.useInitial(s.request, &a.subscriber)
	case p.deferred:
		err = a.cohort.showPlaceholder(s.request, &a.subscriber)
	default:
		err = a.cohort.load(s.request, &a.subscriber)
	}
	return err
}

// install puts a in the place of its name.
func (s *Socket) install(a *assign) {
	if old := s.assign(a.name); old != nil {
		s.release(old)
		s.slots = slices.DeleteFunc(s.slots, func(sl *slot) bool {
			goes := sl.assign == old && !sl.isFedBy(a)
			if goes {
				s.resetRetry(sl)
			}
			return goes
		})
	}
	s.setAssign(a)
	for i, f := range a.plan.fragments {
		sl := s.slotOf(f)
		if replaces := sl.assign != nil && sl.assign != a && sl.assign.name == a.name; !replaces {
			s.noteClash(sl, a, nil)
		}
		sl.fragment, sl.assign, sl.index, sl.composed = f, a, i, nil
	}
	for _, sl := range s.slots {
		if sl.composed == nil {
			continue
		}
		a.cohort.wakeAlways(&a.subscriber)
		if slices.Contains(sl.composed.inputs, a.name) {
			a.cohort.composes(sl.fragment)
		}
	}
}

// setAssign puts a among the assigns, in the place of the one that has its name.
func (s *Socket) setAssign(a *assign) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.assigns, func(old *assign) bool { return old.name == a.name }); i >= 0 {
		s.assigns[i] = a
		return
	}
	s.assigns = append(s.assigns, a)
}

func (s *Socket) release(a *assign) {
	a.cohort.unsubscribe(&a.subscriber)
	if a.plan.share != nil {
		s.host.leaveShared(a.cohort)
		return
	}
	a.cohort.end()
}
