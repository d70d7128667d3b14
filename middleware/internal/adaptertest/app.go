package adaptertest

import (
	"context"
	"html/template"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/views"
)

// note is a row of the little application that the tests drive.
type note struct {
	ID   int
	Text string
}

//nolint:gochecknoglobals // templates are parsed once
var (
	tmpl = template.Must(template.New("").Parse(`
{{define "page"}}<!doctype html>{{.Live.Scripts}}<body id="top"><ul id="notes">{{.Live.Fragment "notes"}}</ul>{{.Live.Connect}}{{end}}
{{define "bare"}}<!doctype html><p>no list</p>{{.Live.Connect}}{{end}}
{{define "wrong"}}<!doctype html>{{.Live.Fragment "nots"}}{{.Live.Connect}}{{end}}
{{define "scripts"}}{{.Live.Scripts}}{{end}}
{{define "two"}}<p>a</p><p>b</p>{{end}}
{{define "note"}}<li id="note-{{.ID}}">{{.Text}}</li>{{end}}`))
	noteRows = views.New(views.Rows{ID: "notes", Prefix: "note-", Row: views.Named(tmpl, "note")})
)

func page(name string) views.Component { return views.Template(tmpl, name, nil) }

// app is a running application with one live page at /notes.
type app struct {
	*httptest.Server

	t      *testing.T
	keeper *live.Keeper
	cfg    adapter.Config
	log    *Log

	mu   sync.Mutex
	rows []note // guarded by mu
	fail error  // guarded by mu
}

// settings are what a test wants of its app.
type settings struct {
	adapter.Config

	limits live.Limits
	broker live.Broker
	times  int
}

func newApp(t *testing.T, face Face, s settings, routes ...Route) *app {
	t.Helper()
	a := &app{t: t, log: &Log{}, rows: []note{{1, "one"}}}
	logger := a.log.Logger()
	a.keeper = live.NewKeeper(live.Config{Logger: logger, Limits: s.limits, Broker: s.broker})
	store := sessions.NewCookieStore([]byte("0123456789abcdef0123456789abcdef"))
	store.Options = &sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 3600}
	cfg := s.Config
	cfg.Keeper, cfg.Store, cfg.Logger = a.keeper, store, logger
	a.cfg = cfg
	routes = append([]Route{
		{Path: "/notes", Page: func(s *live.Socket) (views.Component, error) { return page("page"), a.keep(s) }},
		{Path: "/login", Handle: func(c Call) error {
			if err := c.RotateSession(); err != nil {
				return err
			}
			return c.SetUser("ada")
		}},
		{Path: "/logout", Handle: func(c Call) error { return c.Revoke() }},
		{Path: "/who", Handle: func(c Call) error {
			_, err := c.W.Write([]byte("user " + c.User()))
			return err
		}},
	}, routes...)
	a.Server = httptest.NewServer(face(cfg, max(1, s.times), routes))
	t.Cleanup(a.stop)
	return a
}

func (a *app) stop() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.t.Context()), 5*time.Second)
	defer cancel()
	if err := a.keeper.Close(ctx); err != nil {
		a.t.Errorf("close keeper: %v", err)
	}
	a.Close()
}

func (a *app) keep(s *live.Socket) error {
	_, err := live.KeepList(s, "notes", live.ListQuery[note, int]{
		Fetch: a.list, Key: func(n note) int { return n.ID }, Results: live.ResultsLose,
		Subscribe: []string{"notes"}, Fragments: []fragment.Fragment{noteRows},
	})
	return err
}

func (a *app) list(context.Context) ([]note, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.rows), a.fail
}

// set changes the data and says so.
func (a *app) set(rows ...note) {
	a.t.Helper()
	a.mu.Lock()
	a.rows = rows
	a.mu.Unlock()
	if err := a.keeper.Publish(a.t.Context(), "notes"); err != nil {
		a.t.Fatal(err)
	}
}

func (a *app) broken(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fail = err
}
