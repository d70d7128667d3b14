package acceptance_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

// TestLogout ends the streams of all windows of a person at once, and of nobody else.
func TestLogout(t *testing.T) {
	d := startDesk(t, 20)
	boss := d.login(t, admin)
	eachClient(t, func(t *testing.T, client views.Client) {
		who := browser.Person(t)
		page := who.Open(d.url(in(client, "/login")))
		page.Click(`button[value="` + billing + `"]`)
		page.WaitFor("the list", `location.pathname === "/tickets"`)
		page.Navigate(d.url(in(client, "/tickets?limit=5")))
		connected(page)
		list, ticket := d.open(who, in(client, "/archive")), d.open(who, in(client, "/tickets/"+boss.create(t, "Looked at")))
		// Another window of the same agent, in another browser, is another session.
		elsewhere := d.open(d.visitor(t, billing), in(client, "/archive"))
		d.waitForStreams(t, billing, 4)

		page.Click(".who summary")
		page.Click(".who form button")
		page.WaitFor("the login", `location.pathname === "/login"`)
		for _, p := range []*browsertest.Page{list, ticket} {
			p.WaitForStreams(0)
			p.WaitFor("that the page says so", `document.getElementById("live-status").dataset.state === "offline"`)
		}
		d.waitForStreams(t, billing, 1)
		created := boss.create(t, "Not for those who left")
		elsewhere.WaitFor("the new row", fmt.Sprintf(`document.querySelector("#archive-rows tr").dataset.id === %q`, created))
		elsewhere.WaitForStreams(1)
		if list.Has("#ticket-" + created) {
			t.Error("a page follows after the logout")
		}
		list.Reload()
		list.WaitFor("the login", `location.pathname === "/login"`)
	})
}

// tour is every kind of page.
var tour = []string{"/tickets", "/tickets?limit=5&sort=updated", "/tickets/3", "/archive?limit=5", "/dashboard", "/system", "/debug/live"}

// TestPolicy visits every page of every generation under the Content-Security-Policy that the helpdesk serves. That nothing
// is violated is seen on the console, where any violation is an error and fails the test.
func TestPolicy(t *testing.T) {
	d := startDesk(t, 30)
	who := d.login(t, admin)
	eachClient(t, func(t *testing.T, client views.Client) {
		visitor := d.visitor(t, admin)
		for _, path := range tour {
			res, err := who.get(t.Context(), in(client, path))
			if err != nil || res.StatusCode != http.StatusOK {
				t.Fatal(path, res.Response, err)
			}
			policy := res.Header.Get("Content-Security-Policy")
			if strings.Contains(policy, "unsafe-") || strings.Contains(policy, "*") || !strings.Contains(policy, "default-src 'none'; script-src 'nonce-") {
				t.Errorf("the policy of %s is %s", path, policy)
			}
		}
		page := d.open(visitor, in(client, tour[0]))
		for _, path := range tour[1:] {
			page.Navigate(d.url(in(client, path)))
			connected(page)
		}
		if list := page.Streams(); len(list) != len(tour) {
			t.Errorf("%d streams for %d pages: %v", len(list), len(tour), list)
		}
		d.oneStream(t, admin, page)
	})
	t.Run("a violation is seen", func(t *testing.T) {
		page := d.open(d.visitor(t, admin), "/tickets")
		page.AllowConsole("Content Security Policy")
		browsertest.Eval[bool](page, `(() => {
			const script = document.createElement("script");
			script.textContent = "window.ran = true";
			document.body.append(script);
			return true;
		})()`)
		eventually(t, "a complaint about the script", func() bool { return strings.Contains(strings.Join(page.Console(), "\n"), "Content Security Policy") })
		if browsertest.Eval[bool](page, `window.ran === true`) {
			t.Error("the script ran")
		}
	})
}
