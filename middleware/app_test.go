package middleware_test

import (
	"context"
	"html/template"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/views"
)

// note is a row of the little application that the tests drive.
type note struct {
	ID   int `db:"id"`
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
{{define "double"}}<!doctype html><p id="note-1">a stranger</p><ul id="notes">{{.Live.Fragment "notes"}}</ul>{{.Live.Connect}}{{end}}
{{define "mute"}}<!doctype html><ul id="notes">{{.Live.Fragment "notes"}}</ul>{{end}}
{{define "plain"}}<!doctype html><p>nothing live</p>{{.Live.Connect}}{{end}}
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

	results live.Results // of the book
}

func newApp(t *testing.T, cfg middleware.Config) *app {
	t.Helper()
	a := &app{notes: &notes{}, echo: echo.New()}
	if cfg.Keeper == nil {
		cfg.Keeper = live.NewKeeper(live.Config{})
	}
	if cfg.Store == nil {
		cfg.Store = cookies()
	}
	a.start(t, cfg)
	return a
}

// start puts the middleware behind what stands before it already, and serves.
func (a *app) start(t *testing.T, cfg middleware.Config) {
	t.Helper()
	a.keeper = cfg.Keeper
	a.echo.Use(middleware.LiveWithConfig(cfg))
	a.echo.GET("/notes", func(c echo.Context) error {
		if err := a.keep(c); err != nil {
			return err
		}
		return middleware.Render(c, http.StatusOK, pageNamed("page"))
	})
	a.Server = httptest.NewServer(a.echo)
	a.client = newClient(t)
	t.Cleanup(func() { a.stop(t) })
}

func (a *app) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
	defer cancel()
	if err := a.keeper.Close(ctx); err != nil {
		t.Errorf("close keeper: %v", err)
	}
	a.Close()
}

func pageNamed(name string) views.Component { return views.Template(tmpl, name, nil) }

func (a *app) keep(c echo.Context) error {
	_, err := live.KeepList(middleware.Socket(c), "notes", live.ListQuery[note, int]{
		Fetch: a.notes.list, Key: func(n note) int { return n.ID }, Results: live.ResultsLose,
		Subscribe: []string{"notes"}, Fragments: []fragment.Fragment{noteRows},
	})
	return err
}

func cookies() sessions.Store {
	store := sessions.NewCookieStore([]byte("0123456789abcdef0123456789abcdef"))
	store.Options = &sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 3600}
	return store
}

// newClient is a browser without a screen: it has cookies and follows no redirects.
func newClient(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// answered is a response that has been read.
type answered struct {
	*http.Response

	html string
}

// get is a request with headers given as pairs, and its whole answer.
func (a *app) get(t *testing.T, path string, headers ...string) answered {
	t.Helper()
	res := a.send(t, path, headers...)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{res, string(b)}
}

func (a *app) send(t *testing.T, path string, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL+path, http.NoBody)
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
	return res
}

func (a *app) publish(t *testing.T, topics ...string) {
	t.Helper()
	if err := a.keeper.Publish(t.Context(), topics...); err != nil {
		t.Fatal(err)
	}
}

// stream opens a stream, which the test must find to be one.
func (a *app) stream(t *testing.T, path string, headers ...string) *adaptertest.Events {
	t.Helper()
	return adaptertest.ReadEvents(t, a.send(t, path, append([]string{"Accept", "text/event-stream"}, headers...)...))
}
