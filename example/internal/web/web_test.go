package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/views"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// link is where a page link leads.
func link(t *testing.T, a answer, rel string) string {
	t.Helper()
	found := regexp.MustCompile(`rel="` + rel + `" href="([^"]*)"`).FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("no link %q in\n%s", rel, a.body)
	}
	return strings.ReplaceAll(found[1], "&amp;", "&")
}

func TestTicketIsCreatedEditedDiscussedAndDeleted(t *testing.T) {
	d := open(t, 10)
	ann := d.as(t, d.ann)
	a := ann.post("/tickets", "title", "A <b>new</b> one", "body", "First line\r\nSecond", "priority", "high")
	path := a.header.Get("Location")
	if a.code != http.StatusSeeOther || path != "/tickets/11" {
		t.Fatalf("create: %d to %q", a.code, path)
	}
	ann.follow(path).next() // a stream shows no notice, and takes none
	ann.get(path).mustHave(t, "A &lt;b&gt;new&lt;/b&gt; one", "First line\nSecond", `<span class="rank high">high</span>`, "<p>Ticket 11 is created.</p>")
	if again := ann.get(path); strings.Contains(again.body, "is created") {
		t.Errorf("the notice is shown twice: %s", again.body)
	}

	if a := ann.post(path, "status", "pending", "assignee", fmt.Sprint(d.anne.ID)); a.code != http.StatusSeeOther || a.header.Get("Location") != path {
		t.Errorf("edit: %d to %q", a.code, a.header.Get("Location"))
	}
	if a := ann.post(path+"/comments", "body", "On my way"); a.code != http.StatusSeeOther {
		t.Errorf("comment: %d", a.code)
	}
	ann.get(path).mustHave(t, `<span class="pill pending">pending</span>`, d.anne.Name, "On my way", "<p>Ticket 11 is saved.</p>")
	if a := ann.post(path + "/delete"); a.code != http.StatusSeeOther || a.header.Get("Location") != "/tickets" {
		t.Errorf("delete: %d to %q", a.code, a.header.Get("Location"))
	}
	ann.get("/tickets").mustHave(t, "<p>Ticket 11 is deleted.</p>")
	if a := ann.get(path); a.code != http.StatusNotFound {
		t.Errorf("the deleted ticket: %d", a.code)
	}
}

func TestFormOnlyChangesWhatWasTouched(t *testing.T) {
	d := open(t, 10)
	id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Old title"}))
	path := fmt.Sprintf("/tickets/%d", id)
	ann, anne := d.as(t, d.ann), d.as(t, d.anne)
	// Both open the form; Anne saves a title, then Ann a status with the old title still in her form.
	anne.post(path, "title", "New title", "was_title", "Old title", "status", "open", "was_status", "open")
	ann.post(path, "title", "Old title", "was_title", "Old title", "status", "solved", "was_status", "open")
	ann.get(path).mustHave(t, "New title", `<span class="pill solved">solved</span>`)
}

func TestInvalidFormsComeBackFilledIn(t *testing.T) {
	d := open(t, 10)
	boss := d.as(t, d.boss)
	a := boss.post("/tickets", "title", "  ", "body", "Nothing is lost", "priority", "extreme")
	if a.code != http.StatusUnprocessableEntity {
		t.Errorf("%d, want 422", a.code)
	}
	a.mustHave(t, "Nothing is lost", "Please write something here.", "There is no priority &#34;extreme&#34;", "Please choose the team", "<!doctype html>")

	part := boss.send(http.MethodPost, "/tickets", encode("title", "", "body", "Nothing is lost"), "HX-Request", "true")
	if part.code != http.StatusUnprocessableEntity || part.header.Get("HX-Reswap") != "none" || !strings.HasPrefix(part.body, `<form id="ticket-form"`) {
		t.Errorf("htmx gets %d, swapped %q: %s", part.code, part.header.Get("HX-Reswap"), part.body)
	}
	part.mustHave(t, "Nothing is lost", `hx-swap-oob="true"`)

	long := boss.post("/tickets/1/comments", "body", strings.Repeat("x", store.MaxBody+1))
	if long.code != http.StatusUnprocessableEntity {
		t.Errorf("a comment that is too long: %d", long.code)
	}
	long.mustHave(t, "At most 10000 characters")
	if a := boss.post("/tickets/1/comments", "body", strings.Repeat("x", 300<<10)); a.code != http.StatusRequestEntityTooLarge {
		t.Errorf("300 KB: %d, want 413", a.code)
	}
}

// A cookie that no form of ours has left says nothing.
func TestNoticesAreOurs(t *testing.T) {
	d := open(t, 5)
	ann := d.as(t, d.ann)
	session := cookieValue(t, ann, "helpdesk")
	for _, value := range []string{"hacked.5", "saved", "saved.", "saved.x", "saved.-1", "saved.5.6", "<b>.5"} {
		a := d.visitor(t).get("/tickets", "Cookie", "helpdesk="+session+"; notice="+value)
		if a.code != http.StatusOK || !strings.Contains(a.body, `<div id="notice" class="notice" role="status"></div>`) {
			t.Errorf("%s: %d %s", value, a.code, a.body)
		}
	}
	a := d.visitor(t).send(http.MethodHead, "/tickets", "", "Cookie", "helpdesk="+session+"; notice=saved.5")
	if got := strings.Join(a.header.Values("Set-Cookie"), " "); strings.Contains(got, "notice") {
		t.Errorf("a HEAD takes the notice: %s", got)
	}
	d.visitor(t).get("/tickets", "Cookie", "helpdesk="+session+"; notice=saved.5").mustHave(t, "<p>Ticket 5 is saved.</p>")
}

func cookieValue(t *testing.T, p *person, name string) string {
	t.Helper()
	base := must(url.Parse(p.base))
	for _, c := range p.client.Jar.Cookies(base) {
		if c.Name == name {
			return c.Value
		}
	}
	t.Fatalf("there is no cookie %q", name)
	return ""
}

func TestForeignFormsAreRefused(t *testing.T) {
	d := open(t, 10)
	ann := d.as(t, d.ann)
	body := encode("title", "From elsewhere")
	for name, headers := range map[string][]string{
		"by Sec-Fetch-Site": {"Sec-Fetch-Site", "cross-site"},
		"by Origin":         {"Origin", "http://evil.example"},
	} {
		if a := ann.send(http.MethodPost, "/tickets", body, headers...); a.code != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", name, a.code)
		}
	}
	if a := ann.send(http.MethodPost, "/tickets", body, "Sec-Fetch-Site", "same-origin", "Origin", d.URL); a.code != http.StatusSeeOther {
		t.Errorf("our own form: %d, want 303", a.code)
	}
}

func TestErrorsArePagesForPeopleAndLinesForPrograms(t *testing.T) {
	d := open(t, 10)
	ann := d.as(t, d.ann)
	for path, code := range map[string]int{
		"/nothing": 404, "/tickets/4711": 404, "/tickets/abc": 404, "/tickets?limit=-5": 400, "/tickets?limit=0": 400, "/tickets?after=forged": 400,
		"/tickets?status=lost": 400, "/tickets?results=maybe": 400, "/tickets?htmx=3": 400, "/tickets?sort=colour": 400, "/archive?offset=-1": 400,
		"/tickets?after=%zz": 400, "/tickets?limit=5;after=x": 400, "/tickets?status=%zz": 400, "/archive?offset=%": 400,
		"/debug/live": 403,
	} {
		page := ann.get(path)
		if page.code != code {
			t.Errorf("%s: %d, want %d", path, page.code, code)
		}
		page.mustHave(t, "<!doctype html>", fmt.Sprint(code), "To the tickets")
		if part := ann.get(path, "HX-Request", "true", "HX-Current-URL", d.URL+"/tickets"); part.code != code || part.header.Get("HX-Reswap") != "none" || strings.Contains(part.body, "<html") {
			t.Errorf("htmx gets %d, swapped %q, from %s: %s", part.code, part.header.Get("HX-Reswap"), path, part.body)
		}
		if line := ann.get(path, "Accept", "text/event-stream"); line.code != code || strings.Contains(line.body, "<") {
			t.Errorf("the stream of %s: %d %q", path, line.code, line.body)
		}
	}
	ann.get("/tickets?limit=-5").mustHave(t, "The parameter limit must be")
}

func TestPagesCarryAStrictPolicy(t *testing.T) {
	d := open(t, 10)
	ann := d.as(t, d.ann)
	for _, path := range []string{"/tickets", "/tickets/1", "/archive", "/dashboard", "/system", "/nothing"} {
		a := ann.get(path)
		policy := a.header.Get("Content-Security-Policy")
		nonce := regexp.MustCompile(`script-src 'nonce-([A-Z2-7]+)'`).FindStringSubmatch(policy)
		if nonce == nil || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %q", path, policy)
			continue
		}
		for _, tag := range regexp.MustCompile(`<script[^>]*>`).FindAllString(a.body, -1) {
			if !strings.Contains(tag, `nonce="`+nonce[1]+`"`) {
				t.Errorf("%s: a script without the nonce: %s", path, tag)
			}
		}
		if found := regexp.MustCompile(`(?i)\s(style|on[a-z]+)="`).FindString(a.body); found != "" {
			t.Errorf("%s: the policy stops %s", path, found)
		}
	}
}

func TestClientStaysInEveryLink(t *testing.T) {
	d := open(t, 80)
	ann := d.as(t, d.ann)
	for _, page := range []string{"/tickets?htmx=4&limit=5", "/archive?htmx=4&limit=5", "/dashboard?htmx=4", "/system?htmx=4"} {
		a := ann.get(page)
		a.body = strings.Replace(a.body, string(views.PageForm("/tickets", "")), "", 1) // the form sends it in a field
		for _, found := range regexp.MustCompile(`(?:href|hx-get|hx-post|action)="(/[^"]*)"`).FindAllStringSubmatch(a.body, -1) {
			to := found[1]
			if !strings.Contains(to, "htmx=4") && !strings.HasPrefix(to, "/assets/") {
				t.Errorf("%s: %s leaves htmx 4", page, found[0])
			}
		}
	}
}

func TestOperations(t *testing.T) {
	d := open(t, 10)
	p := d.visitor(t)
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "live_streams 0"} {
		a := p.get(path)
		if a.code != http.StatusOK {
			t.Errorf("%s: %d", path, a.code)
		}
		a.mustHave(t, want)
	}
	if err := d.keeper.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := p.get("/readyz"); a.code != http.StatusServiceUnavailable {
		t.Errorf("/readyz while draining: %d, want 503", a.code)
	}
	if a := p.get("/healthz"); a.code != http.StatusOK {
		t.Errorf("/healthz while draining: %d, want 200", a.code)
	}
}
