package acceptance_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/views"
)

// refused is what a client says on the console while there is no server, beside what it says when a stream breaks.
func refused(client views.Client) []string {
	return append(torn(client), "net::ERR_CONNECTION_REFUSED", "Failed to fetch")
}

// absently changes the database while no server runs, so that nobody is notified.
func (d *desk) absently(t *testing.T, change func(ctx context.Context, db *store.DB, boss store.Agent) error) {
	t.Helper()
	keeper := live.NewKeeper(live.Config{}) // of nobody
	db, err := store.Open(t.Context(), d.target, keeper, nil)
	if err != nil {
		t.Fatal(err)
	}
	agents, err := db.Agents(t.Context())
	if err == nil {
		err = change(t.Context(), db, agents[0])
	}
	if err != nil {
		t.Error(err)
	}
	if err := errors.Join(keeper.Close(t.Context()), db.Close()); err != nil {
		t.Error(err)
	}
}

// desktop is what one person has open.
type desktop struct {
	client                      views.Client
	first, second, list, ticket *browsertest.Page
	listURL, kept               string
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
	dt.kept, dt.listURL = rowsShown(dt.list), dt.list.URL()
	for _, page := range dt.pages() {
		connected(page)
	}
	return dt
}

// TestRestart takes the server away from all generations at once, changes everything while it is away, and brings it back:
// once after a crash, once after a deploy.
func TestRestart(t *testing.T) {
	d := startDesk(t, 60)
	boss := d.login(t, admin)
	watched := boss.create(t, "Everybody looks at this one")
	var all []*desktop
	for _, client := range views.Clients() {
		dt := d.desktop(t, client, watched)
		for _, page := range dt.pages() {
			page.AllowConsole(refused(client)...)
		}
		all = append(all, dt)
	}
	kept := strings.Fields(all[0].kept)
	for i, end := range []func(*desk){(*desk).kill, (*desk).stop} {
		boss.client.CloseIdleConnections()
		end(d)
		for _, dt := range all {
			dt.first.WaitFor("that the page says so", `document.getElementById("live-status").dataset.state === "reconnecting"`)
		}
		was := absence{watched: watched, title: fmt.Sprintf("Changed in absence %d", i), changed: kept[0], deleted: kept[2+i]}
		d.absently(t, was.happen)
		d.start()
		for _, dt := range all {
			dt.truth(t, d, was)
		}
		late := boss.create(t, "Seen by those who came back")
		boss.must(t, "/tickets/"+kept[1], "title", fmt.Sprint("And live again ", i))
		for _, dt := range all {
			dt.first.WaitFor("a change after the restart", fmt.Sprintf(`document.querySelector("#archive-rows tr").dataset.id === %q`, late))
			says(dt.list, "#ticket-"+kept[1]+" .title", fmt.Sprint("And live again ", i))
		}
		var pages []*browsertest.Page
		for _, dt := range all {
			pages = append(pages, dt.pages()...)
		}
		d.oneStream(t, billing, pages...)
	}
}

// absence is what happens while no server runs.
type absence struct{ watched, title, changed, deleted string }

func (a absence) happen(ctx context.Context, db *store.DB, boss store.Agent) error {
	number := func(id string) int64 {
		n, _ := strconv.ParseInt(id, 10, 64)
		return n
	}
	solved := "solved"
	_, err := db.CreateTicket(ctx, boss, store.Draft{Title: a.title + ": new", Team: 1})
	return errors.Join(err,
		db.UpdateTicket(ctx, boss, number(a.watched), store.Edit{Title: &a.title, Status: &solved}),
		db.AddComment(ctx, boss, number(a.watched), a.title+": a comment"),
		db.UpdateTicket(ctx, boss, number(a.changed), store.Edit{Title: &a.title}),
		db.DeleteTicket(ctx, boss, number(a.deleted)))
}

// truth waits until a desktop shows what is in the database, and nothing moved that should not have.
func (dt *desktop) truth(t *testing.T, d *desk, was absence) {
	t.Helper()
	says(dt.first, "#archive-rows tr", was.title+": new")
	dt.ticket.WaitForText("#ticket-main h1", was.title)
	says(dt.ticket, "#ticket-facts .status", "solved")
	says(dt.ticket, "#comments", was.title+": a comment")
	says(dt.list, "#ticket-"+was.changed+" .title", was.title)
	dt.kept = strings.Replace(dt.kept, was.deleted, was.deleted+".gone", 1)
	showsRows(dt.list, dt.kept)
	if got := dt.list.URL(); got != dt.listURL {
		t.Errorf("htmx %s: the list moved from %s to %s", dt.client, dt.listURL, got)
	}
	for _, page := range dt.pages() {
		connected(page)
	}
	fresh := d.login(t, billing)
	for page, path := range map[*browsertest.Page]string{dt.first: "/archive?limit=5", dt.second: "/archive?limit=5&offset=5"} {
		showsRows(page, freshRows(t, fresh, path))
	}
}

// TestTakenAwayInAbsence: a page of a ticket that was deleted, or given to another team, while its stream was lost shows
// what loading it shows, and nothing of what it showed.
func TestTakenAwayInAbsence(t *testing.T) {
	d := startDesk(t, 20)
	boss := d.login(t, admin)
	deleted, moved := boss.create(t, "A deleted title"), boss.create(t, "A moved title")
	for _, id := range []string{deleted, moved} {
		boss.must(t, "/tickets/"+id+"/comments", "body", "A secret comment")
	}
	var pages []*browsertest.Page
	for _, client := range views.Clients() {
		for _, id := range []string{deleted, moved} {
			page := d.open(d.visitor(t, billing), in(client, "/tickets/"+id))
			says(page, "#comments", "A secret comment")
			page.AllowConsole(append(refused(client), "404 (Not Found)", "403 (Forbidden)")...)
			pages = append(pages, page)
		}
	}
	boss.client.CloseIdleConnections()
	d.kill()
	for _, page := range pages {
		page.WaitFor("that the page says so", `document.getElementById("live-status").dataset.state === "reconnecting"`)
	}
	d.absently(t, func(ctx context.Context, db *store.DB, boss store.Agent) error {
		number := func(id string) int64 {
			n, _ := strconv.ParseInt(id, 10, 64)
			return n
		}
		team := int64(2)
		return errors.Join(db.DeleteTicket(ctx, boss, number(deleted)), db.UpdateTicket(ctx, boss, number(moved), store.Edit{Team: &team}))
	})
	d.start()
	for _, page := range pages {
		page.WaitFor("the answer to loading it afresh", `!document.getElementById("comments")`)
		if text := page.HTML("body"); strings.Contains(text, "secret") || strings.Contains(text, "A deleted title") || strings.Contains(text, "A moved title") {
			t.Errorf("%s shows %s", page.URL(), text)
		}
	}
	d.waitForStreams(t, billing, 0)
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
