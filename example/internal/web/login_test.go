package web_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
)

func TestLoginGuardsEveryPage(t *testing.T) {
	d := open(t, 30)
	p := d.visitor(t)
	for _, path := range []string{"/", "/tickets", "/tickets/1", "/archive", "/dashboard", "/system", "/debug/live", "/nothing"} {
		a := p.get(path)
		if a.code != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/login") {
			t.Errorf("%s: %d to %q, want 303 to /login", path, a.code, a.header.Get("Location"))
		}
		if a := p.get(path, "Accept", "text/event-stream"); a.code != http.StatusUnauthorized {
			t.Errorf("the stream of %s: %d, want 401", path, a.code)
		}
	}
	for _, path := range []string{"/tickets", "/tickets/1", "/tickets/1/comments", "/tickets/1/delete"} {
		if a := p.post(path, "title", "x", "body", "x"); a.code != http.StatusSeeOther {
			t.Errorf("POST %s: %d, want 303", path, a.code)
		}
	}
	login := p.get("/login")
	login.mustHave(t, fmt.Sprintf(`<button name="agent" value="%d" data-team="%s" data-role="agent">`, d.ann.ID, d.ann.Team.Name),
		fmt.Sprintf(`<button name="agent" value="%d" data-team="" data-role="admin">`, d.boss.ID))
	for _, agent := range []string{"", "x", "4711", "-1"} {
		if a := p.post("/login", "agent", agent); a.code != http.StatusBadRequest {
			t.Errorf("login as %q: %d, want 400", agent, a.code)
		}
	}
}

func TestLoginLeadsBackAndNowhereElse(t *testing.T) {
	d := open(t, 5)
	p := d.visitor(t)
	if to := p.get("/archive?offset=0").header.Get("Location"); to != "/login?next=%2Farchive%3Foffset%3D0" {
		t.Errorf("sent to %q", to)
	}
	for next, want := range map[string]string{
		"/tickets/3": "/tickets/3", "https://evil.example/": "/tickets", "//evil.example": "/tickets", `/\evil.example`: "/tickets",
		"javascript:alert(1)": "/tickets",
	} {
		a := p.post("/login", "agent", fmt.Sprint(d.ann.ID), "next", next)
		if got := a.header.Get("Location"); got != want {
			t.Errorf("next=%q leads to %q, want %q", next, got, want)
		}
	}
}

func TestLogoutEndsStreamsAndTheCookie(t *testing.T) {
	d := open(t, 5)
	browser := d.browser(t, d.ann)
	list, other := browser.Open("/tickets"), browser.Open("/archive?offset=0")
	cookie := cookieOf(browser)
	other.Click("Log out")
	list.AwaitThat("the stream ends", list.Ended)
	// The cookie from before is remembered as ended, by the next process too.
	thief := d.visitor(t)
	if a := thief.get("/tickets", "Cookie", cookie); a.code != http.StatusSeeOther {
		t.Errorf("the cookie from before the logout still opens /tickets: %d", a.code)
	}
}

func TestRestartLogsNobodyOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "helpdesk.db")
	first := openAt(t, path, 100)
	p := first.as(t, first.ann)
	next := link(t, p.get("/tickets?limit=5"), "next")
	second := openAt(t, path, 100) // another process on the same database
	cookies := p.client.Jar.Cookies(must(http.NewRequest(http.MethodGet, first.URL, nil)).URL)
	q := second.visitor(t)
	if a := q.get(next, "Cookie", cookies[0].String()); a.code != http.StatusOK {
		t.Errorf("the second process answers %d to the cookie and cursor of the first", a.code)
	}
}

func TestAgentsSeeTheirTeamAlone(t *testing.T) {
	d := open(t, 60)
	id, err := d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Secret of Ann's team"})
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/tickets/%d", id)
	ben := d.as(t, d.ben)
	for _, page := range []string{"/tickets?limit=100", "/archive?limit=100", "/tickets?q=secret"} {
		if a := ben.get(page); a.code != http.StatusOK || strings.Contains(a.body, "Secret of") {
			t.Errorf("%s (%d) shows Ben a ticket of Ann's team", page, a.code)
		}
	}
	for _, a := range []answer{ben.get(path), ben.post(path, "status", "closed"), ben.post(path + "/delete"), ben.post(path+"/comments", "body", "x"), ben.get("/debug/live")} {
		if a.code != http.StatusForbidden {
			t.Errorf("%d, want 403: %s", a.code, a.body)
		}
	}
	d.as(t, d.boss).get(path).mustHave(t, "Secret of")
}
