package adaptertest

import (
	"net/http"
	"strings"
	"testing"
)

// testRedirectedPageChange: htmx loads the page that a page change is redirected to. The browser would follow the redirect
// with the mark, and what it found would be swapped nowhere.
func testRedirectedPageChange(t *testing.T, face Face) {
	a := newApp(t, face, settings{}, Route{Path: "/moved", Handle: func(c Call) error {
		http.Redirect(c.W, c.R, "/who", http.StatusSeeOther)
		return nil
	}})
	p := a.person()
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"page change": {[]string{"HX-Request", "true", "HX-Live", "page", "HX-Current-URL", a.URL + "/moved"}, http.StatusOK},
		"form":        {[]string{"HX-Request", "true", "HX-Current-URL", a.URL + "/moved"}, http.StatusSeeOther},
		"boosted":     {[]string{"HX-Request", "true", "HX-Boosted", "true", "HX-Live", "page"}, http.StatusSeeOther},
		"plain":       {nil, http.StatusSeeOther},
	} {
		res := p.get("/moved", c.headers...)
		header := "Location"
		if c.status == http.StatusOK {
			header = "HX-Redirect"
		}
		if got := res.Header.Get(header); res.StatusCode != c.status || got != "/who" || len(res.Header["Location"])+len(res.Header["Hx-Redirect"]) != 1 {
			t.Errorf("%s: %d with %v", name, res.StatusCode, res.Header)
		}
	}
}

// testStreamOfASwap: a whole page that htmx swaps into a part of another brings its stream along, unless what it shows
// stays as it is.
func testStreamOfASwap(t *testing.T, face Face) {
	a := newApp(t, face, settings{})
	p := a.person()
	for name, c := range map[string]struct {
		path, target, current string
		replaces              bool
		push                  string
	}{
		"the list, at its address":  {"/notes", "notes", "/notes", true, ""},
		"the list in htmx 4":        {"/notes", "ul#notes", "/notes", true, ""},
		"the list of another state": {"/notes?x=2", "notes", "/notes?x=1", true, "/notes?x=2"},
		"the list of another page":  {"/notes", "notes", "/who", true, "/notes"},
		"a row":                     {"/notes", "note-1", "/notes", false, ""},
		"a dialog":                  {"/notes", "dialog", "/who", false, ""},
		"the body":                  {"/notes", "", "/notes", false, ""},
		"the body in htmx 4":        {"/notes", "body", "/notes", false, ""},
		"the body by its id":        {"/notes", "top", "/notes", false, ""},
		"another body by its id":    {"/notes", "top", "/who", false, "/notes"},
	} {
		headers := []string{"HX-Request", "true", "HX-Current-URL", a.URL + c.current}
		if c.target != "" {
			headers = append(headers, "HX-Target", c.target)
		}
		res := p.get(c.path, headers...)
		if !strings.Contains(res.html, "<!doctype html>") {
			t.Fatalf("%s: %s", name, res.html)
		}
		if got := strings.Contains(res.html, `<div hx-swap-oob="beforeend:body"><div id="live"`); got != c.replaces {
			t.Errorf("%s: replaces the stream: %v\n%s", name, got, res.html)
		}
		if got := res.Header.Get("HX-Push-Url"); got != c.push {
			t.Errorf("%s: pushes %q, want %q", name, got, c.push)
		}
		if ev := p.stream(ConnectURL(t, res.html)).Next(); strings.Contains(ev.Data, "one") != c.replaces {
			t.Errorf("%s: its stream begins with %+v", name, ev)
		}
	}
}
