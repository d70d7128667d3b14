package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/paging"
)

// server is the PostgreSQL that the tests share, each in a schema of its own.
var server *pgtest.Server

func TestMain(m *testing.M) { goleak.VerifyTestMain(withPostgres{m}) }

type withPostgres struct{ *testing.M }

func (m withPostgres) Run() int {
	var err error
	if server, err = pgtest.New(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.M.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// A desk is a seeded helpdesk of which the test hears what is published.
type desk struct {
	*store.DB

	admin, ann, ben store.Agent // ann and ben are of different teams

	mu        sync.Mutex // guards published
	published []string
}

// onEach runs the test on both engines.
func onEach(t *testing.T, tickets int, test func(t *testing.T, d *desk)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		test(t, open(t, filepath.Join(t.TempDir(), "helpdesk.db"), tickets))
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, open(t, schema(t), tickets))
	})
}

// schema is the URL of an empty schema, named after the test.
func schema(t *testing.T) string {
	t.Helper()
	db, err := sql.Open("pgx", server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_"))
	if _, err := db.ExecContext(t.Context(), "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	return server.URL() + "&search_path=" + name
}

func open(t *testing.T, target string, tickets int) *desk {
	t.Helper()
	db, err := store.Open(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := db.Seed(t.Context(), tickets, time.Date(2026, 3, 2, 15, 30, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	d := &desk{DB: db}
	db.OnChange(func(_ context.Context, topics ...string) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.published = append(d.published, topics...)
	})
	agents, err := db.Agents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range agents {
		switch {
		case a.Admin:
			d.admin = a
		case d.ann.ID == 0:
			d.ann = a
		case a.Team != d.ann.Team && d.ben.ID == 0:
			d.ben = a
		}
	}
	return d
}

// heard is what was published since the last call, sorted.
func (d *desk) heard() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	topics := slices.Sorted(slices.Values(d.published))
	d.published = nil
	return topics
}

func (d *desk) create(t *testing.T, by store.Agent, title string) int64 {
	t.Helper()
	id, err := d.CreateTicket(t.Context(), by, store.Draft{Title: title, Team: d.ann.Team.ID})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestSeedIsRealisticAndHappensOnce(t *testing.T) {
	onEach(t, 700, func(t *testing.T, d *desk) {
		counts, err := d.Counts(t.Context(), d.admin.Scope())
		if err != nil {
			t.Fatal(err)
		}
		if counts.Total() != 700 || len(counts.Teams) < 2 {
			t.Errorf("%d tickets in %d teams, want 700 in two or more", counts.Total(), len(counts.Teams))
		}
		for _, s := range store.Statuses() {
			if counts.Status(s) == 0 {
				t.Errorf("no ticket is %s", s)
			}
		}
		if seeded, err := d.Seed(t.Context(), 700, time.Now()); seeded || err != nil {
			t.Errorf("the second seed: %v, %v; want it to do nothing", seeded, err)
		}
		// The counter goes on behind the seeded tickets.
		if id := d.create(t, d.ann, "after the seed"); id != 701 {
			t.Errorf("the next ticket is %d, want 701", id)
		}
	})
}

func TestKeysSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "helpdesk.db")
	var keys [2][]byte
	for i := range keys {
		db, err := store.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if keys[i], err = db.Key(t.Context(), "sessions", 32); err != nil {
			t.Fatal(err)
		}
		if other, err := db.Key(t.Context(), "paging", 32); err != nil || string(other) == string(keys[i]) {
			t.Errorf("another name has the same key (%v)", err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(keys[0]) != 32 || string(keys[0]) != string(keys[1]) {
		t.Errorf("the keys are %x and %x, want the same 32 bytes", keys[0], keys[1])
	}
}

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

func second[T any](_ T, err error) error { return err }

func TestListFollowsScopeFiltersAndPages(t *testing.T) {
	onEach(t, 400, func(t *testing.T, d *desk) {
		config := store.TicketPaging(paging.RandomCodec())
		for _, sort := range []string{"newest", "-newest", "updated", "priority", "-priority"} {
			seen := walk(t, d, config, d.ann.Scope(), url.Values{"sort": {sort}, "limit": {"17"}})
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
		open := walk(t, d, config, d.admin.Scope(), url.Values{"status": {"open"}, "sort": {"priority"}})
		if len(open) == 0 || slices.ContainsFunc(open, func(t store.Ticket) bool { return t.Status != store.StatusOpen }) {
			t.Errorf("status=open gives %d tickets, or one that is not open", len(open))
		}
		if !slices.IsSortedFunc(open, func(a, b store.Ticket) int { return int(b.Priority - a.Priority) }) {
			t.Error("sort=priority does not begin with the most urgent")
		}
	})
}

// walk follows the next links to the end.
func walk(t *testing.T, d *desk, config paging.Config, scope store.Scope, query url.Values) (all []store.Ticket) {
	t.Helper()
	o, err := config.Parse(query, scope.String())
	if err != nil {
		t.Fatal(err)
	}
	for {
		page, err := d.ListTickets(t.Context(), scope, o)
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
		config := store.TicketPaging(paging.RandomCodec())
		id := d.create(t, d.ann, `A 100% sure\_thing`)
		d.create(t, d.ann, `A 100x sure thing`)
		for _, q := range []string{"100%", `sure\_`, "100% SURE", fmt.Sprintf("#%d", id), "  100% ", "100%\x00"} {
			found := walk(t, d, config, d.ann.Scope(), url.Values{"q": {q}})
			if len(found) != 1 || found[0].ID != id {
				t.Errorf("q=%q finds %d tickets, want ticket %d alone", q, len(found), id)
			}
		}
		if found := walk(t, d, config, d.ben.Scope(), url.Values{"q": {fmt.Sprintf("#%d", id)}}); len(found) != 0 {
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
		o, err := store.TicketPaging(paging.RandomCodec()).Parse(url.Values{"limit": {"1"}}, d.ann.Scope().String())
		if err != nil {
			t.Fatal(err)
		}
		page, err := d.ListTickets(t.Context(), d.ann.Scope(), o.Restrict([]any{mine, other}))
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != mine {
			t.Errorf("got %v (%v), want ticket %d alone", page.Items, err, mine)
		}
	})
}

func TestArchiveCounts(t *testing.T) {
	onEach(t, 60, func(t *testing.T, d *desk) {
		o, err := store.ArchivePaging().Parse(url.Values{"offset": {"50"}, "limit": {"25"}}, d.admin.Scope().String())
		if err != nil {
			t.Fatal(err)
		}
		page, err := d.ListTickets(t.Context(), d.admin.Scope(), o)
		if err != nil {
			t.Fatal(err)
		}
		links := page.Links()
		if n, _ := links.Total.N(); n != 60 || len(page.Items) != 10 || links.Number != 3 || links.LastNumber != 3 {
			t.Errorf("page %d of %d with %d of %d tickets, want page 3 of 3 with 10 of 60", links.Number, links.LastNumber, len(page.Items), n)
		}
	})
}

func TestChangesPublishWhatTheyTouch(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		id := d.create(t, d.ann, "a ticket")
		ann, ben, ticket := store.TopicTeam(d.ann.Team.ID), store.TopicTeam(d.ben.Team.ID), store.TopicTicket(id)
		want := func(what string, topics ...string) {
			t.Helper()
			slices.Sort(topics)
			if heard := d.heard(); !slices.Equal(heard, topics) {
				t.Errorf("%s publishes %v, want %v", what, heard, topics)
			}
		}
		want("a new ticket", store.TopicTickets, ticket, ann)

		must(t, d.UpdateTicket(t.Context(), d.ann, id, store.Edit{Status: new("pending"), Assignee: &d.ann.ID}))
		want("an edit", store.TopicTickets, ticket, ann)
		must(t, d.UpdateTicket(t.Context(), d.ann, id, store.Edit{Status: new("pending"), Assignee: &d.ann.ID}))
		want("an edit that changes nothing")

		must(t, d.AddComment(t.Context(), d.ann, id, "hello"))
		want("a comment", store.TopicTickets, ticket, ann)

		must(t, d.UpdateTicket(t.Context(), d.admin, id, store.Edit{Team: &d.ben.Team.ID}))
		want("a move", store.TopicTickets, ticket, ann, ben)
		moved, err := d.Ticket(t.Context(), d.ben.Scope(), id)
		if err != nil || moved.Assignee.ID != 0 || moved.Status != store.StatusPending {
			t.Errorf("after the move: %+v (%v), want nobody assigned and the status kept", moved, err)
		}

		must(t, d.DeleteTicket(t.Context(), d.ben, id))
		want("a delete", store.TopicTickets, ticket, ben)
		if next := d.create(t, d.ann, "the next"); next == id {
			t.Error("the number of a deleted ticket is used again")
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPublishedMeansCommitted(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		found := errors.New("nothing was published")
		d.OnChange(func(ctx context.Context, _ ...string) {
			_, found = d.Ticket(ctx, d.ann.Scope(), 1)
		})
		d.create(t, d.ann, "a ticket")
		if found != nil {
			t.Errorf("a page that fetches because of the topic finds: %v", found)
		}
	})
}

func TestInvalidFieldsAreNamed(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		id := d.create(t, d.ann, "a ticket")
		d.heard()
		nobody := int64(4711)
		for field, err := range map[string]error{
			"title":    second(d.CreateTicket(t.Context(), d.ann, store.Draft{Title: " \n"})),
			"body":     second(d.CreateTicket(t.Context(), d.ann, store.Draft{Title: "x", Body: strings.Repeat("ä", store.MaxBody+1)})),
			"priority": second(d.CreateTicket(t.Context(), d.ann, store.Draft{Title: "x", Priority: "extreme"})),
			"team":     second(d.CreateTicket(t.Context(), d.admin, store.Draft{Title: "x"})),
			"status":   d.UpdateTicket(t.Context(), d.ann, id, store.Edit{Status: new("lost")}),
			"assignee": d.UpdateTicket(t.Context(), d.ann, id, store.Edit{Assignee: &d.ben.ID}),
		} {
			var invalid store.Invalid
			if !errors.As(err, &invalid) || len(invalid) != 1 || invalid[field] == "" {
				t.Errorf("%s: %v, want an Invalid that names it alone", field, err)
			}
		}
		if err := d.UpdateTicket(t.Context(), d.ann, id, store.Edit{Assignee: &nobody}); err == nil {
			t.Error("a ticket was assigned to nobody who exists")
		}
		if err := d.UpdateTicket(t.Context(), d.ann, id, store.Edit{Team: &d.ben.Team.ID}); err == nil {
			t.Error("an agent moved a ticket to another team")
		}
		if heard := d.heard(); len(heard) > 0 {
			t.Errorf("refused changes publish %v", heard)
		}
	})
}

func TestTextIsCleanedNotRefused(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		id := d.create(t, d.ann, "a\x00b \xff")
		ticket, err := d.Ticket(t.Context(), d.ann.Scope(), id)
		if err != nil || ticket.Title != "ab \uFFFD" {
			t.Errorf("the title is %q (%v)", ticket.Title, err)
		}
		must(t, d.AddComment(t.Context(), d.ann, id, "one\r\ntwo\rthree"))
		talk, err := d.Comments(t.Context(), d.ann.Scope(), id)
		if err != nil || len(talk) != 1 || talk[0].Body != "one\ntwo\nthree" || talk[0].Author != d.ann.Name {
			t.Errorf("the conversation is %+v (%v)", talk, err)
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

func TestRevocations(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		r := d.Revocations()
		must(t, r.Revoke(t.Context(), "a", time.Now().Add(time.Hour)))
		must(t, r.Revoke(t.Context(), "a", time.Now().Add(2*time.Hour)))
		must(t, r.Revoke(t.Context(), "over", time.Now().Add(-time.Hour)))
		for session, want := range map[string]bool{"a": true, "over": false, "b": false} {
			if got, err := r.Revoked(t.Context(), session); got != want || err != nil {
				t.Errorf("%q: %v (%v), want %v", session, got, err, want)
			}
		}
		before := time.Now()
		must(t, r.Revoke(t.Context(), "b", before.Add(time.Hour)))
		for since, want := range map[time.Time]string{before.Add(-time.Minute): "a b", before.Add(time.Minute): ""} {
			list, err := r.Since(t.Context(), since)
			var got []string
			for _, one := range list {
				got = append(got, one.Key)
			}
			if strings.Join(got, " ") != want || err != nil {
				t.Errorf("since %s: %q (%v), want %q", since, got, err, want)
			}
		}
	})
}

func TestWritersWaitForEachOther(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		id := d.create(t, d.ann, "a ticket")
		var writers sync.WaitGroup
		for range 20 {
			writers.Go(func() {
				if err := d.AddComment(t.Context(), d.ann, id, "hello"); err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
		if talk, err := d.Comments(t.Context(), d.ann.Scope(), id); err != nil || len(talk) != 20 {
			t.Errorf("%d comments (%v), want 20", len(talk), err)
		}
	})
}
