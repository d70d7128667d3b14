package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestPagesFollowTheStore(t *testing.T) {
	d := open(t, 40)
	id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Watched"}))
	path, row := fmt.Sprintf("/tickets/%d", id), fmt.Sprintf("ticket-%d", id)
	ann := d.browser(t, d.ann)
	list, archive, detail, dashboard := ann.Open("/tickets?results=lose"), ann.Open("/archive?offset=0"), ann.Open(path), ann.Open("/dashboard")

	d.browser(t, d.anne).Open(path).Submit("#edit-form", "status", "pending")
	for name, p := range map[string]*livetest.Page{"list": list, "archive": archive} {
		p.AwaitThat("the row is pending", func() bool { return strings.Contains(p.Text(row), "pending") })
		if got := touched(p); !slices.Equal(got, []string{row}) {
			t.Errorf("the %s gets more or less than the one row: %q", name, got)
		}
	}
	detail.AwaitThat("the ticket is pending", func() bool { return strings.Contains(detail.Text("ticket-facts"), "pending") })
	if got := touched(detail); !slices.Equal(got, []string{"ticket-facts", "edit-form"}) {
		t.Errorf("the ticket gets more or less than its facts and the form that edits them: %q", got)
	}
	dashboard.AwaitThat("the counts follow", func() bool { return slices.Contains(touched(dashboard), "counts") })
	if got := touched(dashboard); slices.Contains(got, "hours") {
		t.Errorf("the dashboard gets more than its counts: %q", got)
	}
	list.AwaitFresh()
	archive.AwaitFresh()
	dashboard.AwaitFresh("counts", "teams")
	detail.AwaitFresh("ticket-main", "ticket-facts", "edit-form", "comments")

	if err := d.db.DeleteTicket(t.Context(), d.ann, id); err != nil {
		t.Fatal(err)
	}
	list.AwaitGone(row)
	archive.AwaitGone(row)
	detail.AwaitThat("the ticket is gone", func() bool { return strings.Contains(detail.Text("ticket-main"), "This ticket is gone") })
	list.AwaitFresh("ticket-rows", "ticket-pages")
	archive.AwaitFresh("archive-rows", "archive-pages", "archive-count")
}

func TestOtherTeamsHearNothing(t *testing.T) {
	d := open(t, 40)
	ann, ben := d.browser(t, d.ann).Open("/tickets?results=lose"), d.browser(t, d.ben).Open("/tickets?results=lose")
	create := func(agent store.Agent, title string) string {
		return fmt.Sprintf("ticket-%d", must(d.db.CreateTicket(t.Context(), agent, store.Draft{Title: title})))
	}
	ben.Quiet(func() {
		row := create(d.ann, "For Ann alone")
		ann.AwaitThat("Ann sees it", func() bool { return ann.Has(row) })
	})
	row := create(d.ben, "For Ben")
	ben.AwaitThat("Ben sees it", func() bool { return ben.Has(row) })
	if strings.Contains(ben.Body(), "For Ann alone") {
		t.Errorf("Ben's list shows %s", ben.Text("ticket-rows"))
	}
}

func TestMovedTicketIsTakenAway(t *testing.T) {
	d := open(t, 40)
	id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Moving"}))
	detail := d.browser(t, d.ann).Open(fmt.Sprintf("/tickets/%d", id))
	if err := d.db.UpdateTicket(t.Context(), d.boss, id, store.Edit{Team: &d.ben.Team.ID}); err != nil {
		t.Fatal(err)
	}
	detail.AwaitThat("the stream ends", detail.Ended)
	if main := detail.Text("ticket-main"); !strings.Contains(main, "not see this ticket any more") || strings.Contains(main, "Moving") {
		t.Errorf("Ann's page shows %s", main)
	}
	if rows := detail.Rows("comments"); len(rows) != 0 {
		t.Errorf("Ann's page shows the comments %q", rows.Texts())
	}
}

func TestHeldListCountsWhatIsNew(t *testing.T) {
	d := open(t, 40)
	list := d.browser(t, d.ann).Open("/tickets")
	shown := list.Rows("ticket-rows").IDs()
	row := fmt.Sprintf("ticket-%d", must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Held back"})))
	list.AwaitThat("the pill counts it", func() bool { return strings.Contains(list.Text("tickets-new"), "1 new") })
	if got := list.Rows("ticket-rows").IDs(); !slices.Equal(got, shown) {
		t.Errorf("the rows became %q, they were %q", got, shown)
	}
	list.Click("#tickets-new")
	if got := list.Rows("ticket-rows").IDs(); got[0] != row {
		t.Errorf("after the click the rows are %q", got)
	}
	list.EqualFresh("ticket-rows", "ticket-pages", "tickets-new")
}

func TestSystemTicksWhileSomebodyLooks(t *testing.T) {
	d := open(t, 1)
	p := d.browser(t, d.ann).Open("/system")
	p.AwaitThat("it has ticked twice", func() bool { return len(p.Messages()) >= 2 })
	if m := p.Messages(); m[0].Data == m[1].Data || !slices.Contains(touched(p), "process") {
		t.Errorf("the second look is %s", m[1].Data)
	}
}

func TestInspectorShowsWhoLooks(t *testing.T) {
	d := open(t, 10)
	d.browser(t, d.ann).Open("/dashboard")
	inspector := d.browser(t, d.boss).Open("/debug/live")
	for id, texts := range map[string][]string{
		"streams": {"/dashboard", fmt.Sprintf("agent:%d", d.ann.ID)},
		"shared":  {"dashboard", "helpdesk.db"},
	} {
		for _, text := range texts {
			if got := inspector.Text(id); !strings.Contains(got, text) {
				t.Errorf("the inspector's %s lack %q: %s", id, text, got)
			}
		}
	}
	if strings.Contains(inspector.Source(), "live.key") {
		t.Error("the inspector shows a key")
	}
}

// TestInspectorShowsLongAddresses: what one row shows is short, however long its address is, and a long table has an end.
func TestInspectorShowsLongAddresses(t *testing.T) {
	d := open(t, 1)
	const streams, shown = 220, 200 // of 8 KB each: whole, they would be more than a fragment may have
	for i, agent := range []store.Agent{d.ann, d.anne, d.ben, d.ann} {
		p := d.as(t, agent)
		for j := range streams / 4 {
			p.follow(fmt.Sprintf("/dashboard?n=%d&x=%s", i*streams+j, strings.Repeat("x", 8000))).next()
		}
	}
	d.as(t, d.ann).follow("/archive?x=" + strings.Repeat("y", 5<<10)).next() // a shared query with a long page, too
	a := d.as(t, d.boss).get("/debug/live")
	if a.code != http.StatusOK {
		t.Fatalf("%d: %s", a.code, a.body)
	}
	if n := strings.Count(a.body, "/dashboard?n="); n != shown || !strings.Contains(a.body, "and 21 more") {
		t.Errorf("%d of %d streams are shown", n, streams)
	}
	if !strings.Contains(a.body, "xxxx…") || !strings.Contains(a.body, "yyyy…") || len(a.body) > 100<<10 {
		t.Errorf("the page has %d bytes: %.3000s", len(a.body), a.body)
	}
}
