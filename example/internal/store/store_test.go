package store_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/middleware"
)

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
		db, err := store.Open(t.Context(), path, keeperOf(t), nil)
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

func TestAMovedTicketLosesItsAssignee(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		id := d.create(t, d.ann, "a ticket")
		must(t, d.UpdateTicket(t.Context(), d.ann, id, store.Edit{Status: new("pending"), Assignee: &d.ann.ID}))
		must(t, d.UpdateTicket(t.Context(), d.admin, id, store.Edit{Team: &d.ben.Team.ID}))
		moved, err := d.Ticket(t.Context(), d.ben.Scope(), id)
		if err != nil || moved.Assignee.ID != 0 || moved.Status != store.StatusPending {
			t.Errorf("after the move: %+v (%v), want nobody assigned and the status kept", moved, err)
		}
		must(t, d.DeleteTicket(t.Context(), d.ben, id))
		if next := d.create(t, d.ann, "the next"); next == id {
			t.Error("the number of a deleted ticket is used again")
		}
	})
}

func TestInvalidFieldsAreNamed(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		id := d.create(t, d.ann, "a ticket")
		was, err := d.Ticket(t.Context(), d.ann.Scope(), id)
		must(t, err)
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
		if is, err := d.Ticket(t.Context(), d.ann.Scope(), id); err != nil || is != was {
			t.Errorf("refused changes make %+v (%v) of %+v", is, err, was)
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

func TestRevocations(t *testing.T) {
	onEach(t, 0, func(t *testing.T, d *desk) {
		r := d.Revocations()
		must(t, r.Revoke(t.Context(), "a", time.Now().Add(time.Hour)))
		must(t, r.Revoke(t.Context(), "over", time.Now().Add(-time.Hour)))
		must(t, r.Revoke(t.Context(), "b", time.Now().Add(time.Hour)))
		keys := func(list []middleware.Revocation, err error) (all string) {
			t.Helper()
			must(t, err)
			for _, one := range list {
				all += one.Key + " "
			}
			return all
		}
		if got := keys(r.Lookup(t.Context(), "over", "a", "c")); got != "a " {
			t.Errorf("looked up: %q", got)
		}
		if got := keys(r.Lookup(t.Context())); got != "" {
			t.Errorf("nothing was looked up: %q", got)
		}
		time.Sleep(5 * time.Millisecond) // the clock is the database's
		must(t, r.Revoke(t.Context(), "a", time.Now().Add(2*time.Hour)))
		if got := keys(r.Recent(t.Context(), time.Minute)); got != "b a " {
			t.Errorf("of the last minute: %q", got)
		}
		before, err := r.Lookup(t.Context(), "a")
		must(t, err)
		time.Sleep(5 * time.Millisecond)
		if got := keys(r.Recent(t.Context(), time.Millisecond)); got != "" {
			t.Errorf("of the last millisecond: %q", got)
		}
		must(t, r.Revoke(t.Context(), "a", time.Now().Add(time.Hour)))
		if after, err := r.Lookup(t.Context(), "a"); err != nil || len(after) != 1 || !after[0].At.After(before[0].At) {
			t.Errorf("revoked again: %v (%v), before: %v", after, err, before)
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
