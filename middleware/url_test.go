package middleware_test

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
)

var urlAttribute = regexp.MustCompile(`(?:href|hx-get|sse-connect)="([^"]*)"`)

// urlsOf is every URL that a page has, as a browser reads it, which takes a backslash for a slash.
func urlsOf(html string) (urls []string) {
	for _, m := range urlAttribute.FindAllStringSubmatch(html, -1) {
		if u := strings.ReplaceAll(m[1], "&amp;", "&"); u != "data:," {
			urls = append(urls, u)
		}
	}
	return urls
}

func TestNoURLLeavesTheOrigin(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(numbered(1, 9)...)
	a.book(t, live.ResultsKeep)
	a.echo.GET("/*", a.showBook)
	for _, path := range []string{
		"//evil.example/x", "///evil.example/x", "/%5Cevil.example/x", "/%5c%5Cevil.example", "/%2Fevil.example/x", "/%09/evil.example/x",
		"/.//evil.example/x", "//evil.example/%2e%2e//x", "//evil.example@host/x", "/book/2",
	} {
		for _, headers := range [][]string{nil, {"HX-Request", "true", "HX-Live", "page"}} {
			res := a.get(t, path+"?limit=2", headers...)
			urls := urlsOf(res.html)
			if res.StatusCode != http.StatusOK || len(urls) < 4 {
				t.Errorf("%s %v: %d with %q", path, headers, res.StatusCode, urls)
			}
			for _, text := range urls {
				if !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.ContainsAny(text, "\\\t\r\n ") {
					t.Errorf("%s %v: the page has the URL %q", path, headers, text)
				}
			}
			// What it connects to is the same page.
			if ev := a.stream(t, adaptertest.ConnectURL(t, res.html)).Next(); ev.Data != "" || ev.ID == "" {
				t.Errorf("%s %v: its stream says %+v", path, headers, ev)
			}
		}
	}
}

// A query is read once: what the handler sees, what the links say and what the stream is of are one.
func TestOneQueryForPageAndStream(t *testing.T) {
	cfg := middleware.Config{Keeper: live.NewKeeper(live.Config{}), Store: cookies()}
	a := &app{notes: &notes{}, echo: echo.New()}
	a.echo.Pre(cfg.HideToken())
	a.echo.Use(func(next echo.HandlerFunc) echo.HandlerFunc { // as CSRF does that looks for its token in the query: Echo keeps what it parsed
		return func(c echo.Context) error {
			if c.QueryParams().Has("live") {
				t.Error("the token is a parameter")
			}
			return next(c)
		}
	})
	a.start(t, cfg)
	seen := make(chan string, 1)
	a.echo.GET("/q", func(c echo.Context) error {
		seen <- c.QueryParam("q") + "|" + c.Request().URL.Query().Get("q")
		if err := a.keep(c); err != nil {
			return err
		}
		return middleware.Render(c, http.StatusOK, pageNamed("page"))
	})
	for query, want := range map[string]string{"q=x;y": "x;y", "q=%zz": "%zz", "q=a%3Bb&z=%": "a;b", "q=1;q=2&p": "1;q=2", "%71=%zz": "%zz", "q=a;b%20c": "a;b c"} {
		res := a.get(t, "/q?"+query)
		if got := <-seen; got != want+"|"+want {
			t.Errorf("the page of %s is of %q", query, got)
		}
		a.stream(t, adaptertest.ConnectURL(t, res.html)).Next()
		if got := <-seen; got != want+"|"+want {
			t.Errorf("the stream of %s is of %q", query, got)
		}
	}
}

func TestTheTokenIsTakenOutInAnySpelling(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(numbered(1, 9)...)
	a.book(t, live.ResultsKeep)
	for _, spelling := range []string{"%6cive=t", "l%69v%65=t", "live", "live=t&live=u&%6Cive=v", "live=%zz", "live=t;x=1"} {
		res := a.get(t, "/book/2?limit=2&"+spelling, "HX-History-Restore-Request", "true")
		for _, text := range urlsOf(res.html) {
			u, err := url.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			if strings.Contains(res.html, `sse-connect="`+strings.ReplaceAll(text, "&", "&amp;")+`"`) {
				want = 1
			}
			if got := u.Query()["live"]; len(got) != want || slices.Contains(got, "t") || slices.Contains(got, "") {
				t.Errorf("%s: the page has the URL %q", spelling, text)
			}
		}
		if ev := a.stream(t, "/book/2?"+spelling).Next(); ev.ID == "" {
			t.Errorf("%s is no stream", spelling)
		}
	}
}

// A logger holds the request that it was given, and a middleware behind it may go on with another one.
func TestNoTokenIsLogged(t *testing.T) {
	for name, clone := range map[string]echo.MiddlewareFunc{
		"ContextTimeout": echomiddleware.ContextTimeout(time.Minute),
		"Clone": func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				c.SetRequest(c.Request().Clone(c.Request().Context()))
				return next(c)
			}
		},
	} {
		var log bytes.Buffer
		a := &app{notes: &notes{}, echo: echo.New()}
		cfg := middleware.Config{Keeper: live.NewKeeper(live.Config{}), Store: cookies()}
		a.echo.Pre(cfg.HideToken())
		a.echo.Use(echomiddleware.RequestLoggerWithConfig(echomiddleware.RequestLoggerConfig{
			LogURI: true, LogValuesFunc: func(_ echo.Context, v echomiddleware.RequestLoggerValues) error {
				_, err := log.WriteString(v.URI + "\n")
				return err
			},
		}), clone)
		a.start(t, cfg)
		connect := adaptertest.ConnectURL(t, a.get(t, "/notes?x=1").html)
		s := a.stream(t, connect)
		if ev := s.Next(); ev.Data != "" || ev.ID == "" {
			t.Errorf("%s: the token has not arrived: %+v", name, ev)
		}
		s.Close()
		a.stop(t)
		if text := log.String(); strings.Contains(text, "live=") || strings.Count(text, "/notes?x=1\n") != 2 {
			t.Errorf("%s: the log says %q", name, text)
		}
	}
}

func TestLinksLeadWhereTheBrowserIs(t *testing.T) {
	for name, c := range map[string]struct {
		pre  echo.MiddlewareFunc
		path string // that the browser asks for
		at   string // where links may lead
	}{
		"a slash is taken away": {echomiddleware.RemoveTrailingSlash(), "/book/2/", "/book/2"},
		"of two, one is":        {echomiddleware.RemoveTrailingSlash(), "/book/2//", "/book/2/"},
		"a slash is added":      {echomiddleware.AddTrailingSlash(), "/book/2", "/book/2/"},
		"rewritten":             {echomiddleware.Rewrite(map[string]string{"/old*": "/book$1"}), "/old/2", "/old/2"},
	} {
		a := newApp(t, middleware.Config{})
		a.notes.set(numbered(1, 9)...)
		a.book(t, live.ResultsKeep)
		a.echo.GET("/book/:client/", a.showBook)
		a.echo.Pre(c.pre)
		res := a.get(t, c.path)
		urls := urlsOf(res.html)
		for _, text := range urls {
			if path, _, _ := strings.Cut(text, "?"); path != c.at {
				t.Errorf("%s: the page has the URL %q", name, text)
			}
		}
		next := urls[slices.IndexFunc(urls, func(u string) bool { return strings.Contains(u, "after=") })]
		changed := a.get(t, next, "HX-Request", "true", "HX-Live", "page", "HX-Current-URL", a.URL+c.path)
		if strings.Contains(changed.html, "<!doctype") || !strings.Contains(changed.html, "note 6") {
			t.Errorf("%s: %s is answered with %d %s", name, next, changed.StatusCode, changed.html)
		}
		if ev := a.stream(t, adaptertest.ConnectURL(t, changed.html)).Next(); ev.Data != "" || ev.ID == "" {
			t.Errorf("%s: the stream says %+v", name, ev)
		}
	}
}
