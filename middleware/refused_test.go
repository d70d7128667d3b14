package middleware_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/views"
)

func TestAnythingButSuccessIsTheAnswerOfAStream(t *testing.T) {
	a := newApp(t, middleware.Config{})
	_, bad := paging.MustConfig(paging.Config{Mode: paging.Offset, Sorts: []paging.Sort{{Name: "id", Keys: []paging.Key{{Column: "id"}}}}}).Parse(map[string][]string{"limit": {"-5"}}, "")
	if bad == nil {
		t.Fatal("limit=-5 parsed")
	}
	answers := map[string]func(c echo.Context) error{
		"/redirect": func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, "/login") },
		"/gone":     func(echo.Context) error { return live.ErrGone },
		"/not":      func(echo.Context) error { return live.ErrForbidden },
		"/bad":      func(echo.Context) error { return bad },
		"/broken":   func(echo.Context) error { return http.ErrAbortHandler },
		"/page": func(c echo.Context) error {
			return middleware.Render(c, http.StatusTeapot, views.Template(tmpl, "plain", nil))
		},
		"/own": func(c echo.Context) error {
			return c.Blob(http.StatusOK, "text/event-stream", []byte("data: mine\n\n"))
		},
	}
	for path, h := range answers {
		a.echo.GET(path, h)
	}
	for path, want := range map[string]int{
		"/redirect": 401, "/gone": 404, "/not": 403, "/bad": 400, "/broken": 500, "/page": 418, "/own": 200, "/missing": 404,
	} {
		res := a.get(t, path, "Accept", "text/event-stream")
		if res.StatusCode != want || res.Header.Get("Location") != "" {
			t.Errorf("%s: %d to %q", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if res := a.get(t, "/redirect"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/login" {
		t.Errorf("a page is redirected to %d %q", res.StatusCode, res.Header.Get("Location"))
	}
	if res := a.get(t, "/bad", "HX-Request", "true", "HX-Live", "page"); res.StatusCode != http.StatusBadRequest || !strings.Contains(res.html, "limit") {
		t.Errorf("page change: %d %s", res.StatusCode, res.html)
	}
	if res := a.get(t, "/own", "Accept", "text/event-stream"); res.html != "data: mine\n\n" {
		t.Errorf("a handler's own stream: %q", res.html)
	}
}

// What net/url leaves out of a query string is a page that was not asked for, if nobody says so.
func TestAMalformedParameterOfAPageIsRefusedByItsName(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(numbered(1, 9)...)
	a.book(t, live.ResultsKeep)
	for query, param := range map[string]string{
		"after=%zz": "after", "x=1&limit=5%&y": "limit", "limit=5;after=x": "limit", "&&before=%": "before",
	} {
		for _, headers := range [][]string{nil, {"Accept", "text/event-stream"}, {"HX-Request", "true", "HX-Live", "page"}} {
			res := a.get(t, "/book/2?"+query, headers...)
			if res.StatusCode != http.StatusBadRequest || !strings.Contains(res.html, param) {
				t.Errorf("%s %q: %d %s", query, headers, res.StatusCode, res.html)
			}
		}
	}
	res := a.get(t, "/book/2?utm=%zz&limit=2")
	if rows := strings.Count(res.html, "<tr "); res.StatusCode != http.StatusOK || rows != 2 {
		t.Errorf("a parameter that nobody reads: %d with %d rows", res.StatusCode, rows)
	}
	s := a.stream(t, adaptertest.ConnectURL(t, res.html))
	if ev := s.Next(); ev.ID == "" {
		t.Errorf("its stream says %+v", ev)
	}
}

func TestAnotherSiteIsRefused(t *testing.T) {
	a := newApp(t, middleware.Config{})
	for name, c := range map[string]struct {
		headers []string
		want    int
	}{
		"stream of another site":       {[]string{"Accept", "text/event-stream", "Sec-Fetch-Site", "cross-site"}, 403},
		"stream of a sibling":          {[]string{"Accept", "text/event-stream", "Sec-Fetch-Site", "same-site"}, 403},
		"page change of another site":  {[]string{"HX-Request", "true", "HX-Live", "page", "Sec-Fetch-Site", "cross-site"}, 403},
		"old browser, another origin":  {[]string{"HX-Request", "true", "HX-Live", "page", "Origin", "https://evil.example"}, 403},
		"old browser, opaque origin":   {[]string{"HX-Request", "true", "HX-Live", "page", "Origin", "null"}, 403},
		"old browser, own origin":      {[]string{"HX-Request", "true", "HX-Live", "page", "Origin", a.URL}, 200},
		"page change of the site":      {[]string{"HX-Request", "true", "HX-Live", "page", "Sec-Fetch-Site", "same-origin"}, 200},
		"a link on another site":       {[]string{"Sec-Fetch-Site", "cross-site"}, 200},
		"page change typed in by hand": {[]string{"HX-Request", "true", "HX-Live", "page", "Sec-Fetch-Site", "none"}, 200},
	} {
		if res := a.get(t, "/notes", c.headers...); res.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, c.want)
		}
	}
}
