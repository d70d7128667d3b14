package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
)

func TestStreamsFollowTheStore(t *testing.T) {
	d := open(t, 40)
	ann := d.as(t, d.ann)
	id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Watched"}))
	path := fmt.Sprintf("/tickets/%d", id)
	list, archive, detail, dashboard := ann.follow("/tickets?results=lose"), ann.follow("/archive"), ann.follow(path), ann.follow("/dashboard")
	row := fmt.Sprintf(`id="ticket-%d"`, id)
	for name, s := range map[string]*stream{"list": list, "archive": archive, "detail": detail, "dashboard": dashboard} {
		if first := s.next(); !strings.Contains(first, "Watched") && name != "dashboard" {
			t.Errorf("the first message of the %s is not the whole page: %s", name, first)
		}
	}
	if a := d.as(t, d.anne).post(path, "status", "pending"); a.code != http.StatusSeeOther {
		t.Fatal(a.code)
	}
	for name, s := range map[string]*stream{"list": list, "archive": archive} {
		if m := s.next(); strings.Count(m, "<tr") != 1 || !strings.Contains(m, row) || !strings.Contains(m, "pending") {
			t.Errorf("the %s gets more or less than the one row: %s", name, m)
		}
	}
	if m := detail.next(); !strings.Contains(m, `id="ticket-facts"`) || strings.Contains(m, `id="ticket-main"`) {
		t.Errorf("the ticket gets more or less than its facts: %s", m)
	}
	if m := dashboard.next(); !strings.Contains(m, `id="counts"`) || strings.Contains(m, `id="hours"`) {
		t.Errorf("the dashboard gets more or less than its counts: %s", m)
	}

	if err := d.db.DeleteTicket(t.Context(), d.ann, id); err != nil {
		t.Fatal(err)
	}
	if m := list.next(); !strings.Contains(m, fmt.Sprintf("delete:#ticket-%d", id)) {
		t.Errorf("the list keeps the deleted ticket: %s", m)
	}
	for m := ""; !strings.Contains(m, "This ticket is gone"); { // or the test ends by its time limit
		m = detail.next()
	}
}

func TestOtherTeamsHearNothing(t *testing.T) {
	d := open(t, 40)
	list := d.as(t, d.ben).follow("/tickets?results=lose")
	list.next()
	must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "For Ann alone"}))
	must(d.db.CreateTicket(t.Context(), d.ben, store.Draft{Title: "For Ben"}))
	if m := list.next(); strings.Contains(m, "For Ann alone") || !strings.Contains(m, "For Ben") {
		t.Errorf("Ben's list gets %s", m)
	}
}

func TestMovedTicketIsTakenAway(t *testing.T) {
	d := open(t, 40)
	id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Moving"}))
	detail := d.as(t, d.ann).follow(fmt.Sprintf("/tickets/%d", id))
	detail.next()
	if err := d.db.UpdateTicket(t.Context(), d.boss, id, store.Edit{Team: &d.ben.Team.ID}); err != nil {
		t.Fatal(err)
	}
	if m := strings.Join(detail.rest(), "\n"); !strings.Contains(m, "delete:#live") || !strings.Contains(m, "Another team has this") || !strings.Contains(m, "innerHTML:#comments") || strings.Contains(m, "Moving") {
		t.Errorf("Ann's page gets %s", m)
	}
}

func TestHeldListCountsWhatIsNew(t *testing.T) {
	d := open(t, 40)
	ann := d.as(t, d.ann)
	list := ann.follow("/tickets")
	list.next()
	must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Held back"}))
	if m := list.next(); strings.Contains(m, "Held back") || !strings.Contains(m, `id="tickets-new"`) || !strings.Contains(m, "1 new") {
		t.Errorf("the list gets %s", m)
	}
	// Following the pill is an htmx GET of the same page.
	change := ann.get("/tickets", "HX-Request", "true", "HX-Current-URL", d.URL+"/tickets")
	change.mustHave(t, "Held back", `id="live"`, "hx-swap-oob")
}

func TestSystemTicksWhileSomebodyLooks(t *testing.T) {
	d := open(t, 1)
	s := d.as(t, d.ann).follow("/system")
	first, second := s.next(), s.next()
	if first == second || !strings.Contains(second, `id="process"`) {
		t.Errorf("the second look is %s", second)
	}
}

func TestInspectorShowsWhoLooks(t *testing.T) {
	d := open(t, 10)
	ann := d.as(t, d.ann).follow("/dashboard")
	ann.next()
	boss := d.as(t, d.boss)
	boss.get("/debug/live").mustHave(t, "/dashboard", fmt.Sprintf("agent:%d", d.ann.ID), "dashboard", store.TopicTeam(d.ann.Team.ID))
	if a := boss.get("/debug/live", "Accept", "text/html"); strings.Contains(a.body, "live.key") {
		t.Error("the inspector shows a key")
	}
}

// TestInspectorShowsLongAddresses: what one row shows is short, however long its address is, and a long table has an end.
func TestInspectorShowsLongAddresses(t *testing.T) {
	d := open(t, 1)
	ann := d.as(t, d.ann)
	const streams = 60
	for i := range streams {
		ann.follow(fmt.Sprintf("/dashboard?n=%d&x=%s", i, strings.Repeat("x", 20<<10))).next()
	}
	ann.follow("/archive?x=" + strings.Repeat("y", 5<<10)).next() // a shared query whose page is long, too
	a := d.as(t, d.boss).get("/debug/live")
	if a.code != http.StatusOK {
		t.Fatalf("%d: %s", a.code, a.body)
	}
	if n := strings.Count(a.body, "/dashboard?n="); n != streams {
		t.Errorf("%d of %d streams are shown", n, streams)
	}
	if !strings.Contains(a.body, "xxxx…") || !strings.Contains(a.body, "yyyy…") || len(a.body) > 100<<10 {
		t.Errorf("the page has %d bytes: %.3000s", len(a.body), a.body)
	}
}
