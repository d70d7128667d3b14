package live

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/paging"
)

// pagesMost bounds the page changes that wait for a stream's goroutine.
const pagesMost = 16

type pageChange struct {
	name string
	to   paging.Target
}

// ChangePage moves a kept page without a click. While the page is being loaded it moves at once; on a
// stream, where it may be called from any goroutine, the new fragments and the stream of the new state
// are sent when they are there, and a failure is logged. A target the page does not have is an error.
func (s *Socket) ChangePage(name string, to paging.Target) error {
	if !s.cfg.Connected {
		return s.changeNow(pageChange{name, to})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.letter()
	switch {
	case s.closed:
		return ErrClosed
	case len(in.pages) >= pagesMost:
		return &LimitError{Limit: "page changes under way", Max: pagesMost}
	}
	in.pages = append(in.pages, pageChange{name, to})
	s.wake()
	return nil
}

func (s *Socket) changeNow(change pageChange) error {
	t, err := s.planOf(change)
	if err != nil {
		return err
	}
	if _, err := s.keep(change.name, t.plan); err != nil {
		return err
	}
	s.moveTo(t)
	return nil
}

func (s *Socket) planOf(change pageChange) (turned, error) {
	a := s.assign(change.name)
	switch {
	case a == nil || a.plan.turn == nil:
		return turned{}, fmt.Errorf("%w: no page %q", ErrUnknown, change.name)
	case a.view() == nil && !a.plan.given:
		return turned{}, fmt.Errorf("live: change page of %q: it is not there yet", change.name)
	case a.view() != nil && a.view().status() != fragment.Ready:
		return turned{}, fmt.Errorf("live: change page of %q: it is %s", change.name, a.view().status())
	}
	return a.plan.turn(a.result(), change.to)
}

// moveTo takes over what the change makes of the page's query. A page may have several lists, each
// with parameters of its own, so only what differs is taken.
func (s *Socket) moveTo(t turned) {
	query := maps.Clone(s.cfg.Query)
	if query == nil {
		query = url.Values{}
	}
	for param := range t.from {
		if !t.to.Has(param) {
			query.Del(param)
		}
	}
	for param, values := range t.to {
		if !slices.Equal(values, t.from[param]) {
			query[param] = values
		}
	}
	s.cfg.Query = query
}

// changeAsLoaded is for a handler that changes the page itself: its stream has to begin with the page
// that it was loaded with. Led there as by ChangePage on an open stream it would move on for ever.
func (s *Socket) changeAsLoaded() {
	var changes []pageChange
	s.mu.Lock()
	if s.inbox != nil {
		changes, s.inbox.pages = s.inbox.pages, nil
	}
	s.mu.Unlock()
	for _, change := range changes {
		if err := s.changeNow(change); err != nil {
			s.keeper.failed(s.request, change.name, err)
		}
	}
}

// changePages follows the changes in turn. One that starts from a page which is not there yet waits for
// it, with all that come after.
func (s *Socket) changePages(changes []pageChange) {
	for i, change := range changes {
		if a := s.assign(change.name); a != nil && a.view() == nil {
			if now, _ := a.cohort.show(&a.viewer); now == nil {
				s.mu.Lock()
				in := s.letter()
				in.pages = append(changes[i:], in.pages...)
				s.mu.Unlock()
				return
			}
		}
		s.turn(change)
	}
}

// turn is ChangePage on a stream: the old rows stay until the new ones are there.
func (s *Socket) turn(change pageChange) {
	t, err := s.planOf(change)
	var a *assign
	if err == nil {
		a, err = s.attach(change.name, t.plan)
	}
	if err != nil {
		s.keeper.failed(s.request, change.name, err)
		return
	}
	a.cohort.begin(&a.viewer)
	s.install(a)
	a.cohort.watch(&a.viewer)
	s.moveTo(t)
	s.moved = s.cfg.Query
}
