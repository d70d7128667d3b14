package acceptance_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

// TestStalledTabs freezes a page of every generation until the server finds no room to write to them and lets them go.
// Another page follows every change meanwhile, and the frozen ones show the last one when they thaw. (4 lets go by itself: it
// closes its stream when it is frozen, as when it is hidden.)
func TestStalledTabs(t *testing.T) {
	d := startDesk(t, 20)
	boss := d.login(t, admin)
	to := boss.must(t, "/tickets", "title", "Long", "body", strings.Repeat("\U0001F4E0", 10_000), "team", "1") // 40 KB a message
	ticket, _, _ := strings.Cut(to, "?")
	stalled := map[views.Client]*browsertest.Page{}
	for _, client := range views.Clients() {
		page := d.open(d.visitor(t, billing), in(client, ticket))
		page.AllowConsole(torn(client)...)
		stalled[client] = page
	}
	awake := d.open(d.visitor(t, backup), ticket)
	d.waitForStreams(t, billing, len(stalled))
	for _, page := range stalled {
		page.Stall()
	}

	last := ""
	for n := 0; d.streamsOf(billing) > 0; n++ {
		if t.Context().Err() != nil {
			t.Fatal("the server never gave up on pages that do not read")
		}
		last = fmt.Sprintf("Change %d.", n)
		boss.must(t, ticket, "title", last)
		awake.WaitForText("#ticket-main h1", last)
	}
	for _, page := range stalled {
		page.Resume()
	}
	for client, page := range stalled {
		page.WaitForText("#ticket-main h1", last)
		connected(page)
		boss.must(t, ticket, "title", "Awake in "+string(client))
		page.WaitForText("#ticket-main h1", "Awake in "+string(client))
		awake.WaitForText("#ticket-main h1", "Awake in "+string(client))
		last = "Awake in " + string(client)
	}
	d.waitForStreams(t, billing, len(stalled))
}

// TestHiddenTabs hides a page of every generation: 4 closes its stream meanwhile, the others follow.
func TestHiddenTabs(t *testing.T) {
	d := startDesk(t, 20)
	boss := d.login(t, admin)
	eachClient(t, func(t *testing.T, client views.Client) {
		page := d.open(d.visitor(t, billing), in(client, "/tickets?limit=5&results=lose"))
		row := strings.Fields(rowsShown(page))[1]
		page.Hide()
		page.WaitFor("the page to know that it is hidden", `document.hidden`)
		open := 1
		if client == views.HTMX4 {
			open = 0
		}
		d.waitForStreams(t, billing, open)
		created := boss.create(t, "Came while nobody looked")
		boss.must(t, "/tickets/"+row, "title", "Changed while nobody looked by "+string(client))
		if open == 1 {
			says(page, "#ticket-"+row, "nobody looked by "+string(client))
		}
		page.Show()
		says(page, "#ticket-"+row, "nobody looked by "+string(client))
		page.WaitFor("the new row", fmt.Sprintf(`document.querySelector("#ticket-rows tr").dataset.id === %q`, created))
		connected(page)
		follows(t, boss, page, row, "And on it goes in "+string(client))
		d.oneStream(t, billing, page)
	})
}

// TestThirtyPages are the tabs of one person over HTTP/2, in all generations and on all lists, and one change.
func TestThirtyPages(t *testing.T) {
	d := startDesk(t, 40)
	server := httptest.NewUnstartedServer(d.handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	boss := d.login(t, admin)
	row := boss.create(t, "All look at this")
	who := browser.Person(t)
	who.SetCookies(server.URL, d.login(t, billing).cookies(t)...)
	paths := []string{"/tickets?limit=5", "/tickets?results=lose&limit=5", "/archive?limit=5", "/tickets/" + row, "/tickets?results=keep&sort=priority&limit=10"}
	var pages []*browsertest.Page
	for i := range 30 {
		client := views.Clients()[i%len(views.Clients())]
		pages = append(pages, who.Open(server.URL+in(client, paths[i%len(paths)])))
	}
	d.waitForStreams(t, billing, len(pages))
	boss.must(t, "/tickets/"+row, "title", "Thirty pages say the same")
	for _, page := range pages {
		says(page, "#main", "Thirty pages say the same")
		page.WaitForStreams(1)
		if peak := page.PeakStreams(); peak > 1 {
			t.Errorf("%s had %d streams at a time", page.URL(), peak)
		}
	}
	d.waitForStreams(t, billing, len(pages))
	if proto := browsertest.Eval[string](pages[0], `performance.getEntriesByType("navigation")[0].nextHopProtocol`); proto != "h2" {
		t.Errorf("the pages came over %s", proto)
	}
}
