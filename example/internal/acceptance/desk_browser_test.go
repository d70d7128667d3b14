package acceptance_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

func TestSearchFilterAndSort(t *testing.T) {
	d := startDesk(t, 60)
	boss := d.login(t, admin)
	eachClient(t, func(t *testing.T, client views.Client) {
		word := "fuse" + string(client)
		low, urgent, middle := boss.create(t, word+" one"), boss.create(t, word+" two"), boss.create(t, word+" three")
		boss.must(t, "/tickets/"+low, "priority", "low", "status", "pending")
		boss.must(t, "/tickets/"+urgent, "priority", "urgent")
		page := d.open(d.visitor(t, billing), in(client, "/tickets?limit=5"))
		all := rowsShown(page)

		page.Type("#q", word)
		showsRows(page, middle+" "+urgent+" "+low)
		page.Select("#sort", "priority")
		showsRows(page, urgent+" "+middle+" "+low)
		page.Select("#status", "open")
		showsRows(page, urgent+" "+middle)
		query := parameters(t, page)
		if query.Get("q") != word || query.Get("sort") != "priority" || query.Get("status") != "open" || query.Get("limit") != "5" {
			t.Errorf("the address is %s", page.URL())
		}
		d.oneStream(t, billing, page)

		// What another does is judged by the same filter, search and order.
		boss.must(t, "/tickets/"+low, "status", "open")
		page.WaitForText("#tickets-new", "1 new")
		boss.must(t, "/tickets/"+low, "status", "pending")
		page.WaitFor("no pill", `document.querySelector("#tickets-new").hidden`)
		boss.must(t, "/tickets/"+middle, "title", word+" and a cable")
		says(page, "#ticket-"+middle, "and a cable")

		page.Reload()
		showsRows(page, urgent+" "+middle)
		connected(page)
		if got := browsertest.Eval[string](page, `["q", "sort", "status"].map(id => document.getElementById(id).value).join(" ")`); got != word+" priority open" {
			t.Errorf("after a reload the form says %s", got)
		}
		page.Back()
		showsRows(page, urgent+" "+middle+" "+low)
		page.Back()
		showsRows(page, middle+" "+urgent+" "+low)
		page.Back()
		showsRows(page, all)
		page.WaitFor("an empty search field", `document.querySelector("#q").value === ""`)
		d.oneStream(t, billing, page)
	})
}

func parameters(t *testing.T, page *browsertest.Page) url.Values {
	t.Helper()
	u, err := url.Parse(page.URL())
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func TestArchiveNumbers(t *testing.T) {
	d := startDesk(t, 60)
	boss := d.login(t, admin)
	eachClient(t, func(t *testing.T, client views.Client) {
		page := d.open(d.visitor(t, admin), in(client, "/archive?limit=7"))
		count := func() (n, pages int) {
			var at int
			if _, err := fmt.Sscanf(page.Text("#archive-count"), "%d tickets, page %d of %d", &n, &at, &pages); err != nil {
				t.Fatal(err)
			}
			return n, pages
		}
		n, pages := count()
		if pages != (n+6)/7 {
			t.Errorf("%d tickets on %d pages", n, pages)
		}
		browsertest.Eval[bool](page, `([...document.querySelectorAll("#archive-pages a")].find(a => a.textContent.trim() === "2").click(), true)`)
		page.WaitForText(`#archive-pages [aria-current]`, "2")
		page.Click(`#archive-pages a[rel="last"]`)
		page.WaitForText(`#archive-pages [aria-current]`, fmt.Sprint(pages))
		if offset := parameters(t, page).Get("offset"); offset != fmt.Sprint((pages-1)*7) {
			t.Errorf("the last page of %d begins at %s", pages, offset)
		}
		for i := range 7 { // one page more, and a link to it appears
			boss.create(t, fmt.Sprint("Filler ", i))
		}
		page.WaitForText("#archive-count", fmt.Sprintf("%d tickets, page %d of %d", n+7, pages, pages+1))
		page.Click(`#archive-pages a[rel="next"]`)
		page.WaitForText(`#archive-pages [aria-current]`, fmt.Sprint(pages+1))
		page.WaitFor("no link to a next page", `!document.querySelector('#archive-pages a[rel="next"]')`)
		d.oneStream(t, admin, page)
	})
}

func TestTicketInTheHandsOfOthers(t *testing.T) {
	d := startDesk(t, 20)
	boss := d.login(t, admin)
	eachClient(t, func(t *testing.T, client views.Client) {
		moved, deleted := boss.create(t, "Will move"), boss.create(t, "Will go")
		page := d.open(d.visitor(t, billing), in(client, "/tickets/"+deleted))
		page.Type("#comment-form textarea", "Half a sentence")
		page.Click("#edit summary")
		colleague := d.open(d.visitor(t, backup), in(client, "/tickets/"+deleted))

		remember(page, "#comments, #ticket-facts") // the facts count the answers
		colleague.Type("#comment-form textarea", "I have one <here> & there")
		colleague.Click("#comment-form button")
		says(page, "#comments", "I have one <here> & there")
		says(colleague, "#comments", "I have one <here> & there")
		untouched(t, page)
		remember(page, "#ticket-main, #ticket-facts, #edit-form")
		colleague.Click("#edit summary")
		colleague.Type("#edit-form [name=title]", " at noon")
		colleague.Select("#edit-form [name=status]", "pending")
		colleague.Click("#edit-form button")
		page.WaitForText("#ticket-main h1", "Will go at noon")
		page.WaitForText("#ticket-facts .status", "pending")
		untouched(t, page)
		if got := browsertest.Eval[string](page, `document.querySelector("#comment-form textarea").value + document.querySelector("#edit").open`); got != "Half a sentencetrue" {
			t.Errorf("what was being written is %q", got)
		}
		d.oneStream(t, billing, page)

		boss.must(t, "/tickets/"+deleted+"/delete")
		for _, p := range []*browsertest.Page{page, colleague} {
			p.WaitForText("#ticket-main h1", "This ticket is gone")
			if p.Has("#ticket-facts dd") || p.Has("#comments [data-id]") {
				t.Errorf("htmx %s shows facts of a ticket that is gone: %s", client, p.HTML("#main"))
			}
		}

		page.Navigate(d.url(in(client, "/tickets/"+moved)))
		connected(page)
		boss.must(t, "/tickets/"+moved, "team", "2")
		page.WaitForText("#ticket-main h1", "You do not see this ticket any more")
		if page.Has("#ticket-facts dd") || strings.Contains(page.HTML("#main"), "Please help.") {
			t.Errorf("htmx %s shows a ticket of another team: %s", client, page.HTML("#main"))
		}
		page.WaitFor("that nothing follows any more", `document.getElementById("live-status").dataset.state === "offline"`)
		page.WaitForStreams(0)
		d.waitForStreams(t, billing, 0)
	})
}

func TestDashboardAndSystem(t *testing.T) {
	d := startDesk(t, 60)
	boss := d.login(t, admin)
	eachClient(t, func(t *testing.T, client views.Client) {
		page := d.open(d.visitor(t, billing), in(client, "/dashboard"))
		var all int
		if _, err := fmt.Sscan(page.Text("#count-all"), &all); err != nil {
			t.Fatal(err)
		}
		const bar = `document.querySelector("#hours > g:last-child > rect.bar-tickets")`
		height := browsertest.Eval[float64](page, bar+`.getBBox().height`)
		remember(page, "#counts, #hours, #hours-axis, #teams")
		for i := range 4 {
			boss.create(t, fmt.Sprint("Counted ", i))
		}
		page.WaitForText("#count-all", fmt.Sprint(all+4))
		page.WaitFor("the bar of this hour, or its scale, to change", fmt.Sprintf(`%s.getBBox().height !== %v`, bar, height))
		if !browsertest.Eval[bool](page, bar+` instanceof SVGRectElement && document.querySelector("#teams rect") instanceof SVGRectElement`) {
			t.Error("the bars are no part of a drawing")
		}
		untouched(t, page)
		d.oneStream(t, billing, page)

		page.Navigate(d.url(in(client, "/system")))
		connected(page)
		for range 2 {
			tick := page.Text("#process time")
			page.WaitFor("the next second", fmt.Sprintf(`document.querySelector("#process time").textContent !== %q`, tick))
		}
		page.WaitFor("a drawn line", `document.querySelector("#goroutines ~ svg .spark-line").getTotalLength() > 0`)
		d.oneStream(t, billing, page)
	})
}
