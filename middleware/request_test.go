package middleware_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// A handler, and a logger around it, sees the page's own URL: all of it, and no token.
func TestTheTokenIsTakenOut(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.echo.GET("/url", func(c echo.Context) error {
		return c.String(http.StatusOK, c.Request().RequestURI+" "+c.Request().URL.RawQuery)
	})
	for query, want := range map[string]string{
		"live=t":                   "",
		"live=t&x=1&x=2":           "x=1&x=2",
		"x=1&x=2&live=t&broken=%z": "x=1&x=2&broken=%z",
	} {
		parts := strings.SplitN(a.get(t, "/url?"+query, "Accept", "text/event-stream").html, " ", 2)
		u, err := url.Parse(parts[0])
		if err != nil || u.Path != "/url" || len(parts) != 2 || u.RawQuery != parts[1] {
			t.Errorf("%q: the URI is %q", query, parts)
			continue
		}
		all := u.Query()
		wanted := url.Values{}
		for pair := range strings.SplitSeq(want, "&") {
			if name, value, ok := strings.Cut(pair, "="); ok {
				wanted.Add(name, value)
			}
		}
		if all.Encode() != wanted.Encode() {
			t.Errorf("%q: the query is %q, want %q", query, all.Encode(), wanted.Encode())
		}
	}
}

// What a form is answered with is no page change, wherever it was sent from.
func TestAFormIsAnsweredWithAPage(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	a.echo.POST("/notes", func(c echo.Context) error {
		if err := a.keep(c); err != nil {
			return err
		}
		return middleware.Render(c, http.StatusOK, views.Template(tmpl, "page", nil))
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL+"/notes", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("HX-Request", "true")
	req.Header.Set("HX-Current-URL", a.URL+"/notes")
	res, err := a.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "<!doctype html>") {
		t.Errorf("answered with %d %s", res.StatusCode, b)
	}
}

// A form may be sent to an address that no page can have. A live page of it would connect to a stream that is refused.
func TestAFormWithAnAddressThatNoPageCanHave(t *testing.T) {
	a := newApp(t, middleware.Config{MaxURL: 1000, MaxParams: 10})
	a.notes.set(note{1, "one"})
	a.echo.POST("/notes", func(c echo.Context) error {
		if err := a.keep(c); err != nil {
			return err
		}
		return middleware.Render(c, http.StatusUnprocessableEntity, pageNamed("page"))
	})
	a.echo.POST("/hook", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	long, many := "q="+strings.Repeat("x", 1000), strings.Repeat("x&", 11)
	for path, want := range map[string]int{
		"/notes?q=1": http.StatusUnprocessableEntity, "/notes?" + long: http.StatusRequestURITooLong, "/notes?" + many: http.StatusBadRequest,
		"/hook?" + long: http.StatusNoContent, "/hook?" + many: http.StatusNoContent,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := a.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%.20s: %d, want %d", path, res.StatusCode, want)
		}
	}
}
