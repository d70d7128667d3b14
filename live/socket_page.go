package live

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/paging"
)

// pageChangesMost bounds the page changes that wait for a stream's goroutine.
const pageChangesMost = 16

type pageChange struct {
	name string
	to   paging.Target
}

// ChangePage moves a kept page without a click. While the page is being loaded it moves at once. On a stream, where it may
// be called from any goroutine, the new fragments and the stream of the new state are sent when they are there: a fetch
// that fails is logged and tried again.
//
// A name that is not kept as a page is [ErrUnknown], a target that the page does not have is an error. [ErrClosed] says
// that the browser is on its way to the stream of a page that ChangePage has led to: call it there. A change that starts
// from one which is still under way is looked at when that is there; a target that it turns out not to have is logged.
//
// Before the stream has begun, which is when the handler has returned, a change counts as the handler's own: the page begins
// with it, and its address stays.
func (s *Socket) ChangePage(name string, to paging.Target) error {
	if !s.cfg.Connected {
		return s.changeNow(pageChange{name, to})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.openInbox()
	switch {
	case s.closed || s.left:
		return ErrClosed
	case len(in.pages) >= pageChangesMost:
		return &LimitError{Limit: LimitPageChanges, Max: pageChangesMost}
	}
	if err := s.checkChange(pageChange{name, to}, in); err != nil {
		return err
	}
	in.pages = append(in.pages, pageChange{name, to})
	s.wake()
	return nil
}

// checkChange refuses a change that leads nowhere, as far as that can be seen. It is called with mu held.
func (s *Socket) checkChange(change pageChange, in *inbox) error {
	a := s.assign(change.name)
	switch {
	case a == nil || a.plan.goToPage == nil:
		return fmt.Errorf("%w: no page %q", ErrUnknown, change.name)
	case !s.started || a.view() == nil:
		return nil // of a page that is not there yet
	case slices.ContainsFunc(in.pages, func(c pageChange) bool { return c.name == change.name }):
		return nil
	}
	_, err := s.moveOf(change)
	return err
}

func (s *Socket) changeNow(change pageChange) error {
	move, err := s.moveOf(change)
	if err != nil {
		return err
	}
	if _, err := s.keep(change.name, move.plan); err != nil {
		return err
	}
	s.moveTo(move)
	return nil
}

func (s *Socket) moveOf(change pageChange) (pageMove, error) {
	a := s.assign(change.name)
	switch {
	case a == nil || a.plan.goToPage == nil:
		return pageMove{}, fmt.Errorf("%w: no page %q", ErrUnknown, change.name)
	case a.view() == nil && !a.plan.given:
		return pageMove{}, fmt.Errorf("live: change page of %q: it is not there yet", change.name)
	case a.view() != nil && a.view().status() != fragment.Ready:
		return pageMove{}, fmt.Errorf("live: change page of %q: it is %s", change.name, a.view().status())
	}
	return a.plan.goToPage(a.result(), change.to)
}

// moveTo takes over what the change makes of the page's query. A page may have several lists, each
// with parameters of its own, so only what differs is taken.
func (s *Socket) moveTo(move pageMove) {
	query := maps.Clone(s.cfg.Query)
	if query == nil {
		query = url.Values{}
	}
	for param := range move.from {
		if !move.to.Has(param) {
			query.Del(param)
		}
	}
	for param, values := range move.to {
		if !slices.Equal(values, move.from[param]) {
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
			s.core.logFailure(s.request, change.name, err)
		}
	}
}

// changePages follows the changes in turn. One that starts from a page which is not there yet waits for
// it, with all that come after.
func (s *Socket) changePages(changes []pageChange) {
	for i, change := range changes {
		if a := s.assign(change.name); a != nil && a.view() == nil {
			if now, _ := a.cohort.refresh(&a.subscriber); now == nil {
				s.mu.Lock()
				in := s.openInbox()
				in.pages = append(changes[i:], in.pages...)
				s.mu.Unlock()
				return
			}
		}
		s.goToPage(change)
	}
}

// goToPage is ChangePage on a stream: the old rows stay until the new ones are there.
func (s *Socket) goToPage(change pageChange) {
	move, err := s.moveOf(change)
	var a *assign
	if err == nil {
		a, err = s.attach(change.name, move.plan)
	}
	if err != nil {
		s.core.logFailure(s.request, change.name, err)
		return
	}
	a.cohort.subscribe(&a.subscriber)
	s.install(a)
	a.cohort.watch(&a.subscriber)
	s.moveTo(move)
	s.moved = s.cfg.Query
}
