package middleware_test

import (
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// A step in the history that leaves the rows and the stream of another page loads the page that the address names: once,
// should the two still differ then.
func TestAddressAndStreamAgree(t *testing.T) {
	t.Parallel()
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			t.Parallel()
			a := newApp(t, middleware.Config{Client: clientOfPath})
			a.book(t, live.ResultsKeep)
			a.notes.set(numbered(1, 8)...)
			page := browser.Person(t).Open(a.URL + "/book/" + string(client))
			page.AllowConsole("Event", "Abort") // htmx 4 reports a stream that the page leaves
			page.WaitForStreams(1)
			page.Click(`a[rel="next"]`)
			page.WaitFor("the second page", rowIDs+` === "row-5 row-4 row-3" && location.search.includes("after=")`)
			page.WaitForStreams(1)
			browsertest.Eval[bool](page, `history.replaceState(null, "", location.pathname + "?limit=2") || dispatchEvent(new Event("popstate"))`)
			page.WaitFor("the rows of the address", `location.search === "?limit=2" && `+rowIDs+` === "row-8 row-7"`)
			page.WaitForStreams(1)
			a.change(t, append(numbered(1, 7), note{8, "changed"})...)
			page.WaitForText("#row-8", "changed")
		})
	}
}
