package adaptertest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/views"
)

const vary = "Accept, HX-Request, HX-Live, HX-Boosted, HX-History-Restore-Request"

func testPage(t *testing.T, face Face) {
	a := newApp(t, face, settings{})
	res := a.person().get("/notes")
	if res.StatusCode != http.StatusOK || !strings.Contains(res.html, `<ul id="notes"><li id="note-1">one</li></ul>`) {
		t.Errorf("%d %s", res.StatusCode, res.html)
	}
	if url := ConnectURL(t, res.html); !strings.HasPrefix(url, "/notes?live=") {
		t.Errorf("connects to %q", url)
	}
	if !strings.Contains(res.html, `src="/htmxlive.js"`) || !strings.Contains(res.html, `src="/htmx2/htmx.min.js"`) {
		t.Errorf("loads no scripts: %s", res.html)
	}
	h := res.Header
	if h.Get("Cache-Control") != "no-store" || h.Get("Vary") != vary || !strings.HasPrefix(h.Get("Content-Type"), "text/html") || h.Get("Set-Cookie") == "" {
		t.Errorf("headers %v", h)
	}
	if again := a.person().get("/who"); again.html != "user " || again.Header.Get("Set-Cookie") != "" {
		t.Errorf("a page that is not live: %q with %v", again.html, again.Header)
	}
}

func testScript(t *testing.T, face Face) {
	p := newApp(t, face, settings{}).person()
	res := p.get("/htmxlive.js")
	if res.html != views.Script() || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/javascript") || res.Header.Get("Cache-Control") == "" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if again := p.get("/htmxlive.js", "If-None-Match", res.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("asked for again: %d", again.StatusCode)
	}
	off := settings{}
	off.ScriptPath = "-"
	if res := newApp(t, face, off).person().get("/htmxlive.js"); res.StatusCode != http.StatusNotFound {
		t.Errorf("switched off: %d", res.StatusCode)
	}
}

// testScriptTags: the tags are those of the configuration, with the nonce that the request's context holds, and the script
// that they name is there.
func testScriptTags(t *testing.T, face Face) {
	s := settings{}
	s.Scripts, s.ScriptPath = views.Scripts{CDN: true}, "/live/script.js"
	p := newApp(t, withNonce(face), s, Route{Path: "/scripts", Page: func(*live.Socket) (views.Component, error) { return page("scripts"), nil }}).person()
	if res := p.get("/live/script.js"); res.html != views.Script() {
		t.Errorf("the script is %d %s", res.StatusCode, res.html)
	}
	want := string(views.HTMX2.Scripts(views.Scripts{CDN: true, Script: "/live/script.js", Nonce: "n0nce"}))
	if res := p.get("/scripts"); res.html != want {
		t.Errorf("the tags are %d\n%swant\n%s", res.StatusCode, res.html, want)
	}
}

// withNonce is face behind a middleware that sets a Content-Security-Policy.
func withNonce(face Face) Face {
	return func(cfg adapter.Config, times int, routes []Route) http.Handler {
		next := face(cfg, times, routes)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(views.WithNonce(r.Context(), "n0nce")))
		})
	}
}

func testStream(t *testing.T, face Face) {
	returned := make(chan struct{})
	var a *app
	a = newApp(t, face, settings{}, Route{Path: "/tx", Handle: func(c Call) error {
		defer close(returned)
		if err := a.keep(c.Socket()); err != nil {
			return err
		}
		return c.Render(http.StatusOK, page("page"))
	}})
	p := a.person()
	s := p.stream("/tx")
	if ev := s.Next(); !strings.Contains(ev.Data, `<li id="note-1">one</li>`) {
		t.Errorf("first message: %+v", ev)
	}
	select {
	case <-returned:
	default:
		t.Error("the stream has begun, the handler has not returned")
	}
	if s.Header.Get("Cache-Control") != "no-store" || s.Header.Get("Vary") != vary {
		t.Errorf("headers %v", s.Header)
	}
	a.set(note{1, "one"}, note{2, "two"})
	if ev := s.Next(); !strings.Contains(ev.Data, "two") || strings.Contains(ev.Data, "one") {
		t.Errorf("a patch: %+v", ev)
	}
}

func testPageChange(t *testing.T, face Face) {
	a := newApp(t, face, settings{})
	p := a.person()
	res := p.get("/notes?x=2", "HX-Request", "true", "HX-Live", "page", "HX-Current-URL", a.URL+"/notes?x=1")
	if res.StatusCode != http.StatusOK || strings.Contains(res.html, "doctype") ||
		!strings.Contains(res.html, "innerHTML:#notes") || !strings.Contains(res.html, `<div id="live" hx-swap-oob="true"`) {
		t.Fatalf("%d %s", res.StatusCode, res.html)
	}
	if ev := p.stream(ConnectURL(t, res.html)).Next(); ev.Data != "" || ev.ID == "" {
		t.Errorf("its stream sends again what is shown: %+v", ev)
	}
	for name, headers := range map[string][]string{
		"unmarked":          {"HX-Request", "true", "HX-Current-URL", a.URL + "/notes"},
		"after a form":      {"HX-Request", "true", "HX-Target", "note-1", "HX-Current-URL", a.URL + "/notes"},
		"mark taken back":   {"HX-Request", "true", "HX-Live", "", "HX-Current-URL", a.URL + "/notes"},
		"mark without htmx": {"HX-Live", "page"},
		"boosted":           {"HX-Request", "true", "HX-Live", "page", "HX-Boosted", "true"},
		"history":           {"HX-Request", "true", "HX-Live", "page", "HX-History-Restore-Request", "true"},
		"elsewhere":         {"HX-Request", "true", "HX-Live", "page", "HX-Current-URL", a.URL + "/who"},
	} {
		if res := p.get("/notes", headers...); !strings.Contains(res.html, "<!doctype html>") {
			t.Errorf("%s: %d %s", name, res.StatusCode, res.html)
		}
	}
}

func testResume(t *testing.T, face Face) {
	a := newApp(t, face, settings{})
	p := a.person()
	connect := ConnectURL(t, p.get("/notes").html)
	s := p.stream(connect)
	if ev := s.Next(); ev.Data != "" || ev.ID == "" {
		t.Fatalf("what is shown was sent again: %+v", ev)
	}
	a.set(note{1, "one"}, note{2, "two"})
	last := s.Next()
	s.Close()
	back := p.stream(connect, "Last-Event-ID", last.ID)
	if ev := back.Next(); ev.Data != "" {
		t.Errorf("with the id of the last message: %+v", ev)
	}
	back.Close()
	a.set(note{1, "one"}, note{2, "two"}, note{3, "three"})
	if ev := p.stream(connect, "Last-Event-ID", last.ID).Next(); !strings.Contains(ev.Data, "three") {
		t.Errorf("what was missed: %+v", ev)
	}
	shown := ConnectURL(t, p.get("/notes").html)
	for name, url := range map[string]string{ // as the script of a page asks, whose EventSource was made anew
		"the id of the last message": connect + p.stream("/notes").Next().ID,
		"no message yet":             shown + "0", "still none": shown + "0",
	} {
		if ev := p.stream(url).Next(); ev.Data != "" || ev.ID == "" {
			t.Errorf("what is shown was sent again to a page that says %s: %+v", name, ev)
		}
	}
	for name, how := range map[string][]string{
		"a token that was used": {connect}, "a forged token": {strings.Replace(connect, "live=", "live=A", 1)},
		"a forged id":            {"/notes", "Last-Event-ID", last.ID + ".AAAA"},
		"a forged id in the URL": {connect + "dAAAA"},
	} {
		if ev := p.stream(how[0], how[1:]...).Next(); !strings.Contains(ev.Data, "one") {
			t.Errorf("%s: %+v", name, ev)
		}
	}
}

func testLogout(t *testing.T, face Face) {
	a := newApp(t, face, settings{})
	p := a.person()
	before := p.stream("/notes")
	before.Next()
	cookie, _, _ := strings.Cut(p.get("/login").Header.Get("Set-Cookie"), ";")
	if ev := before.Rest(); !strings.Contains(ev.Data, "delete:#live") {
		t.Errorf("a page from before the login: %+v", ev)
	}
	if res := p.get("/who"); res.html != "user ada" {
		t.Errorf("after the login: %q", res.html)
	}
	s := p.stream("/notes")
	s.Next()
	p.get("/logout")
	if ev := s.Rest(); !strings.Contains(ev.Data, "delete:#live") {
		t.Errorf("a page from before the logout: %+v", ev)
	}
	p.Jar = nil // the browser shows the old cookie again
	if res := p.get("/who", "Cookie", cookie); res.html != "user " {
		t.Errorf("with the cookie from before the logout: %q", res.html)
	}
}
