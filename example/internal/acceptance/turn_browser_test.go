package acceptance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

// follows checks that a page shows a change of one of its rows.
func follows(t *testing.T, by *person, page *browsertest.Page, id, title string) {
	t.Helper()
	by.must(t, "/tickets/"+id, "title", title)
	says(page, "#ticket-"+id+" .title", title)
}

// comesBack waits until the page has a stream that it did not have before.
func comesBack(t *testing.T, page *browsertest.Page, before int) {
	t.Helper()
	eventually(t, "another stream of "+page.URL(), func() bool { return len(page.Streams()) > before && page.OpenStreams() == 1 })
}

// torn is what a client says on the console when its stream breaks.
func torn(client views.Client) []string {
	lines := []string{"net::ERR_INCOMPLETE_CHUNKED_ENCODING", "net::ERR_CONNECTION_RESET"}
	switch client {
	case views.HTMX4:
		return append(lines, "htmx:sse:error: network error")
	case views.HTMX2:
		return append(lines, "[object Event]")
	default:
		return append(lines, "Event") // 1 logs the event, and no more than that
	}
}

func TestPagesTurn(t *testing.T) {
	d := startDesk(t, 60)
	boss := d.login(t, admin)
	eachClient(t, func(t *testing.T, client views.Client) {
		page := d.open(d.visitor(t, billing), in(client, "/tickets?limit=5"))
		first := rowsShown(page)
		browsertest.Eval[bool](page, `(() => {
			const look = () => window.moved ||= !!document.querySelector(".live-enter, .live-leave, .live-change, .live-move");
			new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
			return true;
		})()`)
		page.Click(`#ticket-pages a[rel="next"]`)
		page.WaitFor("the next page and its address", `location.search.includes("after=") && `+fmt.Sprintf("%s !== %q", shownRows, first))
		if browsertest.Eval[bool](page, `window.moved === true`) {
			t.Error("a page change looks like a change of the rows")
		}
		second := rowsShown(page)
		address := page.URL()
		d.oneStream(t, billing, page)
		row := strings.Fields(second)[2]
		follows(t, boss, page, row, "Seen after a page change")

		page.Reload()
		showsRows(page, second)
		connected(page)
		page.Back()
		showsRows(page, first)
		connected(page)
		follows(t, boss, page, strings.Fields(first)[0], "Seen after going back")
		page.Forward()
		showsRows(page, second)
		connected(page)
		follows(t, boss, page, row, "Seen after going forward")
		d.oneStream(t, billing, page)

		before := len(page.Streams())
		page.AllowConsole(torn(client)...)
		boss.client.CloseIdleConnections()
		d.cut()
		comesBack(t, page, before)
		connected(page)
		follows(t, boss, page, row, "Seen after the network broke")
		if at := page.URL(); at != address || rowsShown(page) != second {
			t.Errorf("after the network broke, the page is %s with %s, was %s with %s", at, rowsShown(page), address, second)
		}
		d.oneStream(t, billing, page)
	})
}

// TestQuickClicks turns pages faster than they come: the last click wins, in the list as in the address.
func TestQuickClicks(t *testing.T) {
	d := startDesk(t, 80)
	eachClient(t, func(t *testing.T, client views.Client) {
		page := d.open(d.visitor(t, admin), in(client, "/archive?limit=5"))
		page.AllowConsole("htmx:sendAbort", "htmx:afterRequest") // 1 and 2 say so when a click replaces the one before
		for _, rel := range []string{"next", "next", "next", "next", "last"} {
			browsertest.Eval[bool](page, fmt.Sprintf(`(document.querySelector("#archive-pages a[rel=%s]").click(), true)`, rel))
		}
		page.WaitFor("the page of the last click, and its address", `document.querySelector("#archive-pages [aria-current]").textContent.trim() === "16" &&
			new URL(location).searchParams.get("offset") === "75"`)
		shown := rowsShown(page)
		connected(page)
		d.oneStream(t, admin, page)
		page.Reload()
		showsRows(page, shown)
		connected(page)
	})
}

// TestTwoPagesOfOneBrowser are two windows that share a session and nothing else.
func TestTwoPagesOfOneBrowser(t *testing.T) {
	d := startDesk(t, 60)
	boss := d.login(t, admin)
	eachClient(t, func(t *testing.T, client views.Client) {
		who := d.visitor(t, billing)
		one, two := d.open(who, in(client, "/archive?limit=5")), d.open(who, in(client, "/archive?limit=5"))
		firsts := rowsShown(one)
		two.Click(`#archive-pages a[rel="next"]`)
		two.WaitFor("page two", fmt.Sprintf(`location.search.includes("offset=5") && %s !== %q`, shownRows, firsts))
		seconds := rowsShown(two)
		d.oneStream(t, billing, one, two)

		created := boss.create(t, "Pushes everything down")
		down := created + " " + firsts
		all := append(strings.Fields(down), strings.Fields(seconds)...)
		showsRows(one, strings.Join(all[:5], " "))
		showsRows(two, strings.Join(all[5:10], " "))
		for _, page := range []*browsertest.Page{one, two} {
			page.Reload()
			connected(page)
		}
		showsRows(one, strings.Join(all[:5], " "))
		showsRows(two, strings.Join(all[5:10], " "))
		boss.must(t, "/tickets/"+created+"/delete")
		showsRows(one, firsts)
		showsRows(two, seconds)
		d.oneStream(t, billing, one, two)
	})
}

// TestKeptRowsStay puts rows into lists while they cannot know, in both modes that keep rows where they are.
func TestKeptRowsStay(t *testing.T) {
	d := startDesk(t, 60)
	boss := d.login(t, admin)
	eachClient(t, func(t *testing.T, client views.Client) {
		who, word := d.visitor(t, billing), "kettle"+string(client)
		keep, hold := d.open(who, in(client, "/tickets?results=keep&limit=5")), d.open(who, in(client, "/tickets?limit=5"))
		// A list that was empty keeps what came first, which nobody knew when the page was loaded.
		found := d.open(who, in(client, "/tickets?results=keep&q="+word))
		rows := strings.Fields(rowsShown(keep))
		first := boss.create(t, word+" is the first")
		showsRows(found, first)

		streams := map[*browsertest.Page]int{}
		for _, page := range []*browsertest.Page{keep, hold, found} {
			page.AllowConsole(torn(client)...)
			streams[page] = len(page.Streams())
		}
		boss.create(t, word+" is the second")
		boss.create(t, "Came before the cut")
		boss.client.CloseIdleConnections() // only the pages' connections break
		d.cut()
		boss.must(t, "/tickets/"+rows[1]+"/delete")
		boss.must(t, "/tickets/"+rows[3], "title", "Changed meanwhile")
		boss.must(t, "/tickets/"+first, "title", word+" is still the first")
		for page, before := range streams {
			comesBack(t, page, before)
		}
		for _, page := range []*browsertest.Page{keep, hold} {
			says(page, "#ticket-"+rows[3]+" .title", "Changed meanwhile")
			showsRows(page, strings.Replace(strings.Join(rows, " "), rows[1], rows[1]+".gone", 1))
		}
		hold.WaitForText("#tickets-new", "3 new")
		says(found, "#ticket-"+first+" .title", "still the first")
		showsRows(found, first)
		d.oneStream(t, billing, keep, hold, found)
	})
}
