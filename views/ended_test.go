package views_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/htmxlive/htmxlive/views"
)

// On a page whose stream was ended for good a page link or form loads the page that it leads to, which is live again.
func TestAPageWithoutAStreamGoesOnByLoading(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		var changes atomic.Int64
		var s *site
		s = newSite(t, client, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("HX-Request") != "" {
				changes.Add(1)
				fmt.Fprintf(w, `<p id="text" hx-swap-oob="true">changed %s</p>%s`, r.URL.RawQuery, client.Reconnect("live", "/stream"))
				return
			}
			fmt.Fprintf(w, `%s<main id="main"><p id="text">loaded %s</p><p id="live-status"></p><a %s><b>Next</b></a><form %s><input name="q" value="x"><button>Find</button></form></main>%s`,
				s.head(), r.URL.RawQuery, views.PageLink("/?page=2", ""), views.PageForm("/", ""), client.Connect("live", "/stream"))
		})
		page := browser.Person(t).Open(s.URL)
		page.AllowConsole("Event")
		for press, query := range map[string]string{"a b": "page=2", "button": "q=x"} {
			page.Navigate(s.URL)
			waitForState(page, "live")
			page.WaitForStreams(1)
			s.push(t, string(views.Disconnect("live")))
			waitForState(page, "offline")
			page.WaitForStreams(0)
			page.Click(press)
			page.WaitForText("#text", "loaded "+query)
			waitForState(page, "live")
			page.WaitForStreams(1)
		}
		if n := changes.Load(); n != 0 {
			t.Errorf("%d page changes were asked for", n)
		}
		page.Click("a")
		page.WaitForText("#text", "changed page=2")
	})
}
