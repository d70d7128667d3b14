package acceptance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

// refused is what a client says on the console while there is no server, beside what it says when a stream breaks.
func refused(client views.Client) []string {
	return append(torn(client), "net::ERR_CONNECTION_REFUSED", "Failed to fetch")
}

// afterwards changes the database while no server runs, so that nobody is notified.
func (d *desk) afterwards(t *testing.T, change func(db *store.DB, boss store.Agent) error) {
	t.Helper()
	db, err := store.Open(t.Context(), d.path)
	if err != nil {
		t.Fatal(err)
	}
	agents, err := db.Agents(t.Context())
	if err == nil {
		err = change(db, agents[0])
	}
	if err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// desktop is what one person has open.
type desktop struct {
	client                      views.Client
	first, second, list, ticket *browsertest.Page
	listURL                     string
	kept                        []string
}

func (dt *desktop) pages() []*browsertest.Page {
	return []*browsertest.Page{dt.first, dt.second, dt.list, dt.ticket}
}

func (d *desk) desktop(t *testing.T, client views.Client, ticket string) *desktop {
	t.Helper()
	who := d.visitor(t, billing)
	dt := &desktop{
		client: client,
		first:  d.open(who, in(client, "/archive?limit=5")), second: d.open(who, in(client, "/archive?limit=5")),
		list: d.open(who, in(client, "/tickets?limit=5")), ticket: d.open(who, in(client, "/tickets/"+ticket)),
	}
	firsts := rowsShown(dt.first)
	dt.second.Click(`#archive-pages a[rel="next"]`)
	dt.second.WaitFor("page two", fmt.Sprintf("%s !== %q", shownRows, firsts))
	rows := rowsShown(dt.list)
	dt.list.Click(`#ticket-pages a[rel="next"]`)
	dt.list.WaitFor("the next page", fmt.Sprintf(`location.search.includes("after=") && %s !== %q`, shownRows, rows))
	dt.kept, dt.listURL = strings.Fields(rowsShown(dt.list)), dt.list.URL()
	for _, page := range dt.pages() {
		connected(page)
	}
	return dt
}

// TestRestart takes the server away from all generations at once, changes everything while it is away, and brings it back.
func TestRestart(t *testing.T) {
	for how, end := range map[string]func(*desk){"killed": (*desk).kill, "stopped": (*desk).stop} {
		t.Run(how, func(t *testing.T) {
			d := startDesk(t, 60)
			boss := d.login(t, admin)
			watched := boss.create(t, "Everybody looks at this one")
			var all []*desktop
			for _, client := range views.Clients() {
				all = append(all, d.desktop(t, client, watched))
			}
			kept := all[0].kept
			for _, dt := range all {
				for _, page := range dt.pages() {
					page.AllowConsole(refused(dt.client)...)
				}
			}
			boss.client.CloseIdleConnections()
			end(d)
			for _, dt := range all {
				dt.first.WaitFor("that the page says so", `document.getElementById("live-status").dataset.state === "reconnecting"`)
			}
			var created int64
			d.afterwards(t, func(db *store.DB, as store.Agent) (err error) {
				title, solved := "Changed while nobody served", "solved"
				if created, err = db.CreateTicket(t.Context(), as, store.Draft{Title: "New while nobody served", Team: 1}); err != nil {
					return err
				}
				if err := db.UpdateTicket(t.Context(), as, int64(atoi(t, watched)), store.Edit{Title: &title, Status: &solved}); err != nil {
					return err
				}
				if err := db.AddComment(t.Context(), as, int64(atoi(t, watched)), "Said while nobody served"); err != nil {
					return err
				}
				if err := db.UpdateTicket(t.Context(), as, int64(atoi(t, kept[0])), store.Edit{Title: &title}); err != nil {
					return err
				}
				return db.DeleteTicket(t.Context(), as, int64(atoi(t, kept[2])))
			})
			d.start()
			for _, dt := range all {
				dt.truth(t, d, created)
			}
			late := boss.create(t, "Seen by those who came back")
			boss.must(t, "/tickets/"+kept[1], "title", "And live again")
			for _, dt := range all {
				dt.first.WaitFor("a change after the restart", fmt.Sprintf(`document.querySelector("#archive-rows tr").dataset.id === %q`, late))
				says(dt.list, "#ticket-"+kept[1]+" .title", "And live again")
				for _, page := range dt.pages() {
					page.WaitForStreams(1)
					if peak := page.PeakStreams(); peak > 1 {
						t.Errorf("htmx %s: %s had %d streams at a time", dt.client, page.URL(), peak)
					}
				}
			}
			d.waitForStreams(t, billing, len(all)*4)
		})
	}
}

// truth waits until a desktop shows what is in the database, and nothing moved that should not have.
func (dt *desktop) truth(t *testing.T, d *desk, created int64) {
	t.Helper()
	dt.first.WaitFor("the new ticket", fmt.Sprintf(`document.querySelector("#archive-rows tr").dataset.id === "%d"`, created))
	says(dt.ticket, "#ticket-main", "Changed while nobody served")
	says(dt.ticket, "#ticket-facts .status", "solved")
	says(dt.ticket, "#comments", "Said while nobody served")
	says(dt.list, "#ticket-"+dt.kept[0]+" .title", "Changed while nobody served")
	showsRows(dt.list, strings.Replace(strings.Join(dt.kept, " "), dt.kept[2], dt.kept[2]+".gone", 1))
	if got := dt.list.URL(); got != dt.listURL {
		t.Errorf("htmx %s: the list moved from %s to %s", dt.client, dt.listURL, got)
	}
	for _, page := range dt.pages() {
		connected(page)
	}
	fresh := d.login(t, billing)
	for page, path := range map[*browsertest.Page]string{dt.first: "/archive?limit=5", dt.second: "/archive?limit=5&offset=5"} {
		want := freshRows(t, fresh, path)
		showsRows(page, want)
	}
}

// TestLiveStatus follows what a page says of itself over a crash.
func TestLiveStatus(t *testing.T) {
	d := startDesk(t, 20)
	pages := map[views.Client]*browsertest.Page{}
	for _, client := range views.Clients() {
		page := d.open(d.visitor(t, billing), in(client, "/tickets"))
		page.AllowConsole(refused(client)...)
		browsertest.Eval[bool](page, `(() => {
			const status = document.getElementById("live-status");
			window.states = [status.dataset.state];
			new MutationObserver(() => states.at(-1) === status.dataset.state || states.push(status.dataset.state)).observe(status, { attributes: true });
			return true;
		})()`)
		pages[client] = page
	}
	d.kill()
	for _, page := range pages {
		page.WaitFor("bad news", `["reconnecting", "offline"].includes(document.getElementById("live-status").dataset.state)`)
	}
	d.start()
	for client, page := range pages {
		connected(page)
		states := browsertest.Eval[string](page, `states.join(" ")`)
		if !strings.HasPrefix(states, "live reconnecting") || !strings.HasSuffix(states, " live") {
			t.Errorf("htmx %s: the page said %s", client, states)
		}
	}
}

// freshRows are the rows of a list as it is loaded now.
func freshRows(t *testing.T, who *person, path string) string {
	t.Helper()
	res, err := who.get(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for rest := res.html; ; {
		_, after, found := strings.Cut(rest, ` data-id="`)
		if !found {
			return strings.Join(ids, " ")
		}
		id, after, _ := strings.Cut(after, `"`)
		ids, rest = append(ids, id), after
	}
}
