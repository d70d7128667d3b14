package middleware_test

import (
	"bufio"
	"context"
	"html/template"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// note is a row of the little application that the tests drive.
type note struct {
	ID   int
	Text string
}

// notes is its data.
type notes struct {
	mu   sync.Mutex
	rows []note
	fail error
}

func (n *notes) list(context.Context) ([]note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.rows), n.fail
}

func (n *notes) set(rows ...note) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rows = rows
}

func (n *notes) broken(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fail = err
}

var tmpl = template.Must(template.New("").Parse(`
{{define "page"}}<!doctype html><ul id="notes">{{.Live.Fragment "notes"}}</ul>{{.Live.Connect}}{{end}}
{{define "note"}}<li id="note-{{.ID}}">{{.Text}}</li>{{end}}
{{define "gone"}}<li id="note-{{.}}" class="gone">deleted</li>{{end}}`))

var noteRows = views.New(views.Rows{ID: "notes", Prefix: "note-", Row: views.Named(tmpl, "note"), RowGone: views.Named(tmpl, "gone")})

// app is a running application with one live page at /notes.
type app struct {
	*httptest.Server
	keeper *live.Keeper
	notes  *notes
	client *http.Client
	echo   *echo.Echo
}

func newApp(t *testing.T, cfg middleware.Config) *app {
	t.Helper()
	a := &app{notes: &notes{}, echo: echo.New()}
	if cfg.Keeper == nil {
		cfg.Keeper = live.NewKeeper(live.Config{})
	}
	a.keeper = cfg.Keeper
	if cfg.Store == nil {
		store := sessions.NewCookieStore([]byte("0123456789abcdef0123456789abcdef"))
		store.Options = &sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
		cfg.Store = store
	}
	a.echo.Use(middleware.LiveWithConfig(cfg))
	a.echo.GET("/notes", func(c echo.Context) error {
		_, err := live.KeepList(middleware.Socket(c), "notes", live.ListQuery[note, int]{
			Fetch: a.notes.list, Key: func(n note) int { return n.ID }, Results: live.ResultsLose,
			Subscribe: []string{"notes"}, Fragments: []live.Fragment{noteRows},
		})
		if err != nil {
			return err
		}
		return middleware.Render(c, http.StatusOK, views.Template(tmpl, "page", nil))
	})
	a.Server = httptest.NewServer(a.echo)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	a.client = &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
		defer cancel()
		if err := a.keeper.Close(ctx); err != nil {
			t.Errorf("close keeper: %v", err)
		}
		a.client.CloseIdleConnections()
		a.Close()
	})
	return a
}

// get is a request with headers given as pairs.
func (a *app) get(t *testing.T, path string, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := a.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// connectURL is the stream's URL in a page.
func connectURL(t *testing.T, html string) string {
	t.Helper()
	_, rest, ok := strings.Cut(html, `sse-connect="`)
	if !ok {
		t.Fatalf("no connect element in %q", html)
	}
	u, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(u, "&amp;", "&")
}

// event is one block of a stream.
type event struct{ id, data, retry string }

// events reads a stream.
type events struct {
	t *testing.T
	r *bufio.Scanner
}

func streamOf(t *testing.T, res *http.Response) *events {
	t.Helper()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("stream answered %d", res.StatusCode)
	}
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("stream has type %q", got)
	}
	r := bufio.NewScanner(res.Body)
	r.Buffer(nil, 1<<20)
	return &events{t: t, r: r}
}

// next is the next block with an id or data; false at the end of the stream.
func (e *events) next() (event, bool) {
	e.t.Helper()
	var ev event
	for e.r.Scan() {
		line := e.r.Text()
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "id":
			ev.id = value
		case "retry":
			ev.retry = value
		case "data":
			ev.data += value + "\n"
		case "":
			if ev.id != "" || ev.data != "" {
				return ev, true
			}
		}
	}
	return ev, false
}
