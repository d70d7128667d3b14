package store_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/paging"
)

func TestScopeEndsAtTheTeam(t *testing.T) {
	onEach(t, 300, func(t *testing.T, d *desk) {
		id := d.create(t, d.ann, "of Ann's team")
		for name, err := range map[string]error{
			"read":    second(d.Ticket(t.Context(), d.ben.Scope(), id)),
			"talk":    second(d.Comments(t.Context(), d.ben.Scope(), id)),
			"update":  d.UpdateTicket(t.Context(), d.ben, id, store.Edit{Title: new("stolen")}),
			"comment": d.AddComment(t.Context(), d.ben, id, "hello"),
			"delete":  d.DeleteTicket(t.Context(), d.ben, id),
		} {
			if !errors.Is(err, live.ErrForbidden) {
				t.Errorf("another team may %s: %v, want live.ErrForbidden", name, err)
			}
		}
		if err := second(d.Ticket(t.Context(), store.Scope{}, id)); !errors.Is(err, live.ErrForbidden) {
			t.Errorf("the zero scope: %v, want live.ErrForbidden", err)
		}
		if err := second(d.Ticket(t.Context(), d.admin.Scope(), id)); err != nil {
			t.Errorf("the administrator: %v", err)
		}
		if err := second(d.Ticket(t.Context(), d.admin.Scope(), 99999)); !errors.Is(err, live.ErrGone) {
			t.Errorf("a ticket that never was: %v, want live.ErrGone", err)
		}
		counts, err := d.Counts(t.Context(), d.ben.Scope())
		if err != nil || len(counts.Teams) != 1 || counts.Teams[0].Team != d.ben.Team {
			t.Errorf("Ben counts %+v (%v), want his team alone", counts, err)
		}
		if empty, err := d.Counts(t.Context(), store.Scope{}); err != nil || empty.Total() != 0 {
			t.Errorf("the zero scope counts %+v (%v)", empty, err)
		}
	})
}

func TestListFollowsScopeFiltersAndPages(t *testing.T) {
	onEach(t, 400, func(t *testing.T, d *desk) {
		list := d.TicketPaging(paging.RandomCodec())
		for _, sort := range []string{"newest", "-newest", "updated", "priority", "-priority"} {
			seen := walk(t, d, list, d.ann.Scope(), url.Values{"sort": {sort}, "limit": {"17"}})
			counts, err := d.Counts(t.Context(), d.ann.Scope())
			if err != nil {
				t.Fatal(err)
			}
			if len(seen) != counts.Total() {
				t.Errorf("sort=%s: %d tickets on all pages, the team has %d", sort, len(seen), counts.Total())
			}
			ids := map[int64]bool{}
			for _, ticket := range seen {
				if ids[ticket.ID] || ticket.Team != d.ann.Team {
					t.Fatalf("sort=%s: ticket %d of %v is seen twice or not Ann's", sort, ticket.ID, ticket.Team)
				}
				ids[ticket.ID] = true
			}
		}
		open := walk(t, d, list, d.admin.Scope(), url.Values{"status": {"open"}, "sort": {"priority"}})
		if len(open) == 0 || slices.ContainsFunc(open, func(t store.Ticket) bool { return t.Status != store.StatusOpen }) {
			t.Errorf("status=open gives %d tickets, or one that is not open", len(open))
		}
		if !slices.IsSortedFunc(open, func(a, b store.Ticket) int { return int(b.Priority - a.Priority) }) {
			t.Error("sort=priority does not begin with the most urgent")
		}
	})
}

// walk follows the next links to the end.
func walk(t *testing.T, d *desk, list *store.TicketList, scope store.Scope, query url.Values) (all []store.Ticket) {
	t.Helper()
	o, err := list.Parse(query, scope.String())
	if err != nil {
		t.Fatal(err)
	}
	for {
		page, err := d.ListTickets(t.Context(), scope, list, o)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		next, more := page.Target(paging.Next)
		if !more {
			return all
		}
		o = next
	}
}

func TestSearchTakesTextLiterally(t *testing.T) {
	onEach(t, 50, func(t *testing.T, d *desk) {
		list := d.TicketPaging(paging.RandomCodec())
		id := d.create(t, d.ann, `A 100% sure\_thing`)
		d.create(t, d.ann, `A 100x sure thing`)
		for _, q := range []string{"100%", `sure\_`, "100% SURE", fmt.Sprintf("#%d", id), "  100% ", "100%\x00"} {
			found := walk(t, d, list, d.ann.Scope(), url.Values{"q": {q}})
			if len(found) != 1 || found[0].ID != id {
				t.Errorf("q=%q finds %d tickets, want ticket %d alone", q, len(found), id)
			}
		}
		if found := walk(t, d, list, d.ben.Scope(), url.Values{"q": {fmt.Sprintf("#%d", id)}}); len(found) != 0 {
			t.Error("Ben finds Ann's ticket by its number")
		}
	})
}

func TestRefetchByKeysKeepsTheScope(t *testing.T) {
	onEach(t, 50, func(t *testing.T, d *desk) {
		mine := d.create(t, d.ann, "mine")
		other, err := d.CreateTicket(t.Context(), d.ben, store.Draft{Title: "other"})
		if err != nil {
			t.Fatal(err)
		}
		list := d.TicketPaging(paging.RandomCodec())
		o, err := list.Parse(url.Values{"limit": {"1"}}, d.ann.Scope().String())
		if err != nil {
			t.Fatal(err)
		}
		page, err := d.ListTickets(t.Context(), d.ann.Scope(), list, o.Restrict([]any{mine, other}))
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != mine {
			t.Errorf("got %v (%v), want ticket %d alone", page.Items, err, mine)
		}
	})
}

func TestArchiveCounts(t *testing.T) {
	onEach(t, 60, func(t *testing.T, d *desk) {
		list := d.ArchivePaging()
		o, err := list.Parse(url.Values{"offset": {"50"}, "limit": {"25"}}, d.admin.Scope().String())
		if err != nil {
			t.Fatal(err)
		}
		page, err := d.ListTickets(t.Context(), d.admin.Scope(), list, o)
		if err != nil {
			t.Fatal(err)
		}
		links := page.Links()
		if n, _ := links.Total.N(); n != 60 || len(page.Items) != 10 || links.Number != 3 || links.LastNumber != 3 {
			t.Errorf("page %d of %d with %d of %d tickets, want page 3 of 3 with 10 of 60", links.Number, links.LastNumber, len(page.Items), n)
		}
	})
}

func TestActivityCountsWhatIsThere(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		id := d.create(t, d.ann, "a ticket")
		must(t, d.AddComment(t.Context(), d.ann, id, "hello"))
		must(t, d.AddComment(t.Context(), d.ann, id, "again"))
		for scope, want := range map[store.Scope]int{d.ann.Scope(): 1, d.ben.Scope(): 0, d.admin.Scope(): 1} {
			hours, err := d.Activity(t.Context(), scope, time.Now(), time.Hour, 24)
			if err != nil || len(hours) != 24 {
				t.Fatalf("%d hours (%v), want 24", len(hours), err)
			}
			tickets, comments := 0, 0
			for _, h := range hours[22:] { // the hour may have turned since
				tickets, comments = tickets+h.Tickets, comments+h.Comments
			}
			if tickets != want || comments != 2*want {
				t.Errorf("%s: %d tickets and %d comments, want %d and %d", scope, tickets, comments, want, 2*want)
			}
		}
	})
}
