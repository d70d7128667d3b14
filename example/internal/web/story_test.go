package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/views"
)

// A day at the desk, in every generation of htmx: Ann creates a ticket, the administrator looks for it, they talk, and it
// is done with. Nobody loads a page again to see what the other has done.
func TestADayAtTheDesk(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			d := open(t, 30)
			htmx := "htmx=" + string(client)
			hers := d.browser(t, d.ann)
			ann, list := hers.Open("/tickets?"+htmx), hers.Open("/tickets?results=lose&"+htmx)
			boss := d.browser(t, d.boss).Open("/tickets?limit=5&" + htmx)

			ann.Expect(http.StatusUnprocessableEntity).Submit("#ticket-form", "body", "It smokes.")
			if form := ann.Text("ticket-form"); !strings.Contains(form, "Please write something here.") || !strings.Contains(form, "It smokes.") {
				t.Errorf("the form says %q", form)
			}
			ann.Submit("#ticket-form", "title", "Printer on fire", "priority", "high")
			if got := ann.Text("notice"); got != "Ticket 31 is created." || !strings.HasPrefix(ann.URL(), "/tickets/31") {
				t.Errorf("the form leads to %s, where the notice is %q", ann.URL(), got)
			}
			list.AwaitThat("the list shows it first", func() bool { return list.Rows("ticket-rows")[0].ID == "ticket-31" })

			boss.Click("a[rel=next]")
			boss.Submit("#filter", "q", "on fire")
			if got := boss.URL(); !strings.Contains(got, "q=on+fire") || strings.Contains(got, "status=") {
				t.Errorf("the search is at %s", got)
			}
			if rows := boss.Rows("ticket-rows").IDs(); len(rows) != 1 || rows[0] != "ticket-31" {
				t.Fatalf("the search finds %q", rows)
			}
			boss.Click("Printer on fire")
			if boss.URL() != ann.URL() {
				t.Fatalf("they are at %s and %s", ann.URL(), boss.URL())
			}

			boss.Submit("#comment-form", "body", "Leave the room!")
			ann.AwaitThat("Ann reads it", func() bool { return strings.Contains(ann.Text("comments"), "Leave the room!") })
			boss.Drop()
			ann.Submit("#comment-form", "body", "I have.")
			ann.Submit("#edit-form", "status", "solved", "assignee", fmt.Sprint(d.anne.ID))
			boss.Resume()
			boss.AwaitThat("the administrator sees it", func() bool {
				return strings.Contains(boss.Text("comments"), "I have.") && strings.Contains(boss.Text("ticket-facts"), d.anne.Name)
			})
			ann.AwaitFresh("ticket-main", "ticket-facts", "comments")
			boss.AwaitFresh("ticket-main", "ticket-facts", "comments")

			ann.Click("Delete ticket 31")
			if got := ann.Text("notice"); got != "Ticket 31 is deleted." || ann.Has("ticket-main") || !ann.Connected() {
				t.Errorf("the form leads to %s, where the notice is %q", ann.URL(), got)
			}
			ann.EqualFresh("ticket-rows", "ticket-pages")
			boss.AwaitThat("it is gone", func() bool { return strings.Contains(boss.Text("ticket-main"), "This ticket is gone") })
			ann.Click("Log out")
			if got := ann.URL(); !strings.HasPrefix(got, "/login") || ann.Connected() {
				t.Errorf("after the logout Ann is at %s", got)
			}
		})
	}
}
