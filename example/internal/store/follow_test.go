package store_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// An audience is a page with queries of several people, and how often each was fetched.
type audience struct {
	t       *testing.T
	desk    *desk
	fetches map[string]*atomic.Int64
}

// watch opens a page with the queries. Nobody names a topic.
func (d *desk) watch(t *testing.T, queries map[string]func(ctx context.Context) error) *audience {
	t.Helper()
	a := &audience{t: t, desk: d, fetches: map[string]*atomic.Int64{}}
	for name := range queries {
		a.fetches[name] = new(atomic.Int64)
	}
	livetest.OpenSocket(t, d.keeper, live.SocketConfig{}, func(s *live.Socket) error {
		for name, fetch := range queries {
			_, err := live.Keep(s, name, live.Query[error]{
				Fetch: func(ctx context.Context) (error, error) { // a ticket that is gone is a result too
					a.fetches[name].Add(1)
					return fetch(ctx), nil
				},
				Fragments: []fragment.Fragment{livetest.Text(strings.ReplaceAll(name, " ", "-"), name)},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return a
}

// hears checks that a change has these queries fetched again, and no others.
func (a *audience) hears(what string, change func(ctx context.Context) error, names ...string) {
	a.t.Helper()
	before := a.counts()
	if err := change(a.t.Context()); err != nil {
		a.t.Fatalf("%s: %v", what, err)
	}
	for _, name := range names {
		a.await(what, name, before[name]+1)
	}
	after := a.counts()
	a.desk.keeper.Resync() // comes behind whatever else is on its way
	for name := range before {
		a.await("a resync", name, after[name]+1)
	}
	for _, name := range names {
		delete(before, name)
	}
	for name, n := range before {
		if now := a.fetches[name].Load(); now != n+1 {
			a.t.Errorf("%s has %q fetched %d times, it does not concern it", what, name, now-n-1)
		}
	}
}

func (a *audience) counts() map[string]int64 {
	n := map[string]int64{}
	for name, fetches := range a.fetches {
		n[name] = fetches.Load()
	}
	return n
}

func (a *audience) await(what, name string, n int64) {
	a.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(10 * time.Second)
	defer late.Stop()
	for a.fetches[name].Load() < n {
		select {
		case <-tick.C:
		case <-late.C:
			a.t.Fatalf("%s does not have %q fetched", what, name)
		}
	}
}

func (d *desk) listing(t *testing.T, by store.Agent, query string) func(ctx context.Context) error {
	t.Helper()
	list := d.TicketPaging(paging.RandomCodec())
	values, err := url.ParseQuery(query)
	must(t, err)
	options, err := list.Parse(values, by.Scope().String())
	must(t, err)
	return func(ctx context.Context) error { return second(d.ListTickets(ctx, by.Scope(), list, options)) }
}

// TestQueriesHearWhatConcernsThem: each change is heard by the queries that it can concern, and by no other.
func TestQueriesHearWhatConcernsThem(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		id, other := d.create(t, d.ann, "a ticket"), d.create(t, d.ann, "another")
		a := d.watch(t, map[string]func(ctx context.Context) error{
			"ann": d.listing(t, d.ann, ""), "ann's open": d.listing(t, d.ann, "status=open"), "ben": d.listing(t, d.ben, ""),
			"all":    d.listing(t, d.admin, ""),
			"number": d.listing(t, d.admin, fmt.Sprintf("q=%%23%d", id)),
			"counts": func(ctx context.Context) error { return second(d.Counts(ctx, d.ben.Scope())) },
			"ticket": func(ctx context.Context) error { return second(d.Ticket(ctx, d.admin.Scope(), id)) },
			"talk":   func(ctx context.Context) error { return second(d.Comments(ctx, d.admin.Scope(), id)) },
			"people": func(ctx context.Context) error { return second(d.Colleagues(ctx, d.ann.Team.ID)) },
		})
		edit := func(by store.Agent, id int64, e store.Edit) func(ctx context.Context) error {
			return func(ctx context.Context) error { return d.UpdateTicket(ctx, by, id, e) }
		}
		talk := func(by store.Agent, id int64) func(ctx context.Context) error {
			return func(ctx context.Context) error { return d.AddComment(ctx, by, id, "hello") }
		}
		a.hears("a new ticket", func(ctx context.Context) error {
			return second(d.CreateTicket(ctx, d.ann, store.Draft{Title: "new"}))
		}, "ann", "ann's open", "all")
		a.hears("one of another team", func(ctx context.Context) error {
			return second(d.CreateTicket(ctx, d.ben, store.Draft{Title: "new"}))
		}, "ben", "counts", "all")
		a.hears("a ticket that is no longer open", edit(d.ann, id, store.Edit{Status: new("pending")}), "ann", "ann's open", "all", "number", "ticket", "talk")
		a.hears("an edit of one that is not open", edit(d.ann, id, store.Edit{Status: new("solved")}), "ann", "all", "number", "ticket", "talk")
		a.hears("an edit that changes nothing", edit(d.ann, id, store.Edit{Status: new("solved")}))
		a.hears("an edit that is refused", func(ctx context.Context) error {
			if err := d.UpdateTicket(ctx, d.ben, id, store.Edit{Title: new("stolen")}); err == nil {
				return fmt.Errorf("Ben may edit ticket %d", id)
			}
			return nil
		})
		a.hears("a comment", talk(d.ann, id), "ann", "all", "number", "ticket", "talk")
		a.hears("a comment about another", talk(d.ann, other), "ann", "ann's open", "all")
		a.hears("a move", edit(d.admin, id, store.Edit{Team: &d.ben.Team.ID}), "ann", "ben", "counts", "all", "number", "ticket", "talk")
		a.hears("a delete", func(ctx context.Context) error { return d.DeleteTicket(ctx, d.ben, id) }, "ben", "counts", "all", "number", "ticket", "talk")
	})
}

// TestWhatIsHeardIsCommitted: a fetch that a change has caused finds it.
func TestWhatIsHeardIsCommitted(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		page := livetest.OpenSocket(t, d.keeper, live.SocketConfig{}, func(s *live.Socket) error {
			_, err := live.Keep(s, "titles", live.Query[string]{
				Fetch: func(ctx context.Context) (string, error) {
					ticket, err := d.Ticket(ctx, d.ann.Scope(), 1)
					if err != nil {
						return "none", nil //nolint:nilerr // not yet
					}
					return ticket.Title, nil
				},
				Fragments: []fragment.Fragment{livetest.Text("titles", "titles")},
			})
			return err
		})
		id := d.create(t, d.ann, "a ticket")
		page.Await("titles", "a ticket")
		for i := range 20 {
			title := fmt.Sprintf("title %d", i)
			must(t, d.UpdateTicket(t.Context(), d.ann, id, store.Edit{Title: &title}))
			page.Await("titles", title)
		}
	})
}

// TestAnAgentWhoLeavesLeavesTickets: a cascade of the database is a change like any other.
func TestAnAgentWhoLeavesLeavesTickets(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		id := d.create(t, d.ann, "a ticket")
		must(t, d.UpdateTicket(t.Context(), d.ann, id, store.Edit{Assignee: &d.ann.ID}))
		a := d.watch(t, map[string]func(ctx context.Context) error{
			"ticket": func(ctx context.Context) error { return second(d.Ticket(ctx, d.ann.Scope(), id)) },
			"counts": func(ctx context.Context) error { return second(d.Counts(ctx, d.ann.Scope())) },
			"ben's":  func(ctx context.Context) error { return second(d.Counts(ctx, d.ben.Scope())) },
		})
		a.hears("an agent who leaves", func(ctx context.Context) error { return d.Exec(ctx, "DELETE FROM agents WHERE id = ?", d.ann.ID) }, "ticket", "counts")
		if ticket, err := d.Ticket(t.Context(), d.ben.Scope(), id); err == nil || ticket.ID != 0 {
			t.Error("Ben sees Ann's ticket")
		}
		if ticket, err := d.Ticket(t.Context(), d.ann.Scope(), id); err != nil || ticket.Assignee.ID != 0 {
			t.Errorf("the ticket is %+v (%v)", ticket, err)
		}
	})
}
