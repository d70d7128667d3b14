package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestHEADAnswersLikeGETWithoutABody(t *testing.T) {
	d := open(t, 10)
	ann, nobody := d.as(t, d.ann), d.visitor(t)
	for path, p := range map[string]*person{
		"/healthz": nobody, "/readyz": nobody, "/metrics": nobody, "/favicon.ico": nobody, "/login": nobody, "/tickets": nobody, "/nothing": nobody,
		"/": ann, "/tickets?limit=5": ann, "/tickets/1": ann, "/tickets/4711": ann, "/archive": ann, "/dashboard": ann, "/system": ann,
		"/debug/live": ann, "/tickets?limit=0": ann, "/missing": ann,
	} {
		get, head := p.get(path), p.send(http.MethodHead, path, "")
		if head.code != get.code || head.header.Get("Location") != get.header.Get("Location") {
			t.Errorf("HEAD %s: %d to %q, GET: %d to %q", path, head.code, head.header.Get("Location"), get.code, get.header.Get("Location"))
		}
		if head.body != "" {
			t.Errorf("HEAD %s has a body: %q", path, head.body)
		}
	}
	if head := nobody.send(http.MethodHead, "/healthz", ""); head.code != http.StatusOK {
		t.Errorf("a probe gets %d", head.code)
	}
}

func TestKnownPathsRefuseOtherMethods(t *testing.T) {
	d := open(t, 10)
	ann, nobody := d.as(t, d.ann), d.visitor(t)
	both, page, form := "GET, HEAD, POST", "GET, HEAD", "POST"
	for path, allow := range map[string]string{
		"/": page, "/tickets": both, "/tickets/1": both, "/tickets/1/comments": form, "/tickets/1/delete": form, "/archive": page,
		"/dashboard": page, "/system": page, "/debug/live": page, "/login": both, "/logout": form,
		"/healthz": page, "/readyz": page, "/metrics": page, "/assets/helpdesk.css": page, "/favicon.ico": page,
	} {
		methods := []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "BREW"}
		switch allow {
		case page:
			methods = append(methods, http.MethodPost)
		case form:
			methods = append(methods, http.MethodGet)
		}
		for _, method := range methods {
			for who, p := range map[string]*person{"Ann": ann, "nobody": nobody} {
				a := p.send(method, path, "")
				if a.code != http.StatusMethodNotAllowed || a.header.Get("Allow") != allow {
					t.Errorf("%s %s by %s: %d, Allow %q, want 405 and %q", method, path, who, a.code, a.header.Get("Allow"), allow)
				}
			}
		}
	}
	ann.send(http.MethodPut, "/tickets", "").mustHave(t, "<!doctype html>", "405", "That cannot be done here")
	if a := ann.send(http.MethodPut, "/nothing", ""); a.code != http.StatusNotFound || a.header.Get("Allow") != "" {
		t.Errorf("PUT to an unknown path: %d, Allow %q", a.code, a.header.Get("Allow"))
	}
	if a := nobody.send(http.MethodPut, "/nothing", ""); a.code != http.StatusSeeOther {
		t.Errorf("PUT to an unknown path before the login: %d", a.code)
	}
	if metrics := ann.get("/metrics").body; strings.Contains(metrics, "BREW") || !strings.Contains(metrics, `method="other"`) {
		t.Error("an invented method becomes a series")
	}
}

func TestRepeatedParametersAreRefused(t *testing.T) {
	d := open(t, 10)
	ann := d.as(t, d.ann)
	for query, name := range map[string]string{
		"q=a&q=b": "q", "q=a&q=a": "q", "status=open&status=foo": "status", "status=open&status=closed": "status",
		"results=keep&results=x": "results", "results=keep&results=lose": "results", "htmx=2&htmx=9": "htmx", "htmx=2&htmx=4": "htmx",
		"limit=5&limit=6": "limit", "sort=newest&sort=updated": "sort",
	} {
		a := ann.get("/tickets?" + query)
		if a.code != http.StatusBadRequest {
			t.Errorf("%s: %d, want 400", query, a.code)
		}
		a.mustHave(t, "The parameter "+name+" is given more than once.")
	}
	if a := ann.get("/tickets?q=a&status=open&results=keep&htmx=2&x=1&x=2"); a.code != http.StatusOK {
		t.Errorf("each of them once: %d", a.code)
	}
}

func TestLoginIsNoStreamAndLeadsToNone(t *testing.T) {
	d := open(t, 5)
	p := d.visitor(t)
	if a := p.get("/login", "Accept", "text/event-stream"); a.code != http.StatusNotAcceptable || strings.Contains(a.body, "<") {
		t.Errorf("the stream of the login: %d %q", a.code, a.body)
	}
	p.get("/login?next=%2Ftickets%3Flive%3Dabc%26q%3Dx").mustHave(t, `name="next" value="/tickets?q=x"`)
	for next, want := range map[string]string{
		"/tickets?live=abc": "/tickets", "/tickets?live=abc&live=def": "/tickets", "/tickets?q=x&live=abc": "/tickets?q=x",
		"/tickets?q=live=": "/tickets?q=live=", "/tickets?%6Cive=abc": "/tickets", "/tickets?alive=1&b=2": "/tickets?alive=1&b=2",
	} {
		a := p.post("/login", "agent", fmt.Sprint(d.ann.ID), "next", next)
		if got := a.header.Get("Location"); got != want {
			t.Errorf("next=%q leads to %q, want %q", next, got, want)
		}
	}
}

func TestErrorsOfLibrariesAreSentencesToo(t *testing.T) {
	d := open(t, 5)
	ann := d.as(t, d.ann)
	foreign := ann.get("/tickets", "HX-Request", "true", "HX-Live", "page", "Sec-Fetch-Site", "cross-site")
	if foreign.code != http.StatusForbidden {
		t.Errorf("from another site: %d, want 403", foreign.code)
	}
	foreign.mustHave(t, "Cross-site requests for live pages are refused.")

	const most = 64 // live.Limits.StreamsPerSession, by default
	browser := d.browser(t, d.ann)
	for range most {
		browser.Open("/system")
	}
	many := d.visitor(t).get("/system", "Accept", "text/event-stream", "Cookie", cookieOf(browser))
	if want := fmt.Sprintf("You have %d pages of the helpdesk open", most); many.code != http.StatusTooManyRequests || !strings.HasPrefix(many.body, want) {
		t.Errorf("one more stream than there may be: %d %q", many.code, many.body)
	}
}

func TestDrainingRaisesNoAlarm(t *testing.T) {
	d := open(t, 5)
	if err := d.keeper.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := d.visitor(t)
	if a := p.get("/readyz"); a.code != http.StatusServiceUnavailable {
		t.Fatalf("/readyz: %d, want 503", a.code)
	}
	d.Close() // so that all has been logged
	if text := d.log.String(); strings.Contains(text, "level=ERROR") || !strings.Contains(text, "path=/readyz status=503") {
		t.Errorf("what was expected is logged as\n%s", text)
	}
}
