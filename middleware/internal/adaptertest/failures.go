package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/views"
)

func testStatuses(t *testing.T, face Face) {
	a := newApp(t, face, settings{},
		Route{Path: "/gone", Handle: func(Call) error { return live.ErrGone }},
		Route{Path: "/forbidden", Handle: func(Call) error { return live.ErrForbidden }},
		Route{Path: "/refused", Handle: func(Call) error { return &adapter.Error{Status: http.StatusTeapot, Message: "No coffee."} }},
		Route{Path: "/redirect", Handle: func(c Call) error { http.Redirect(c.W, c.R, "/login", http.StatusSeeOther); return nil }},
		Route{Path: "/own", Handle: func(c Call) error {
			c.W.Header().Set("Content-Type", "text/event-stream")
			_, err := io.WriteString(c.W, "data: mine\n\n")
			return err
		}},
		Route{Path: "/sorry", Handle: func(c Call) error { return c.Render(http.StatusConflict, page("bare")) }},
	)
	p := a.person()
	for path, want := range map[string][2]int{ // of the page, of its stream
		"/gone": {404, 404}, "/forbidden": {403, 403}, "/refused": {418, 418}, "/redirect": {303, 401}, "/own": {200, 200}, "/sorry": {409, 409}, "/nowhere": {404, 404},
	} {
		for i, accept := range []string{"text/html", "text/event-stream"} {
			res := p.get(path, "Accept", accept)
			if res.StatusCode != want[i] || (res.Header.Get("Location") != "") != (want[i] == 303) {
				t.Errorf("%s for %s: %d to %q", path, accept, res.StatusCode, res.Header.Get("Location"))
			}
			if want[i] >= 300 && (res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Vary") != vary) {
				t.Errorf("%s for %s: headers %v", path, accept, res.Header)
			}
		}
	}
	if res := p.get("/own", "Accept", "text/event-stream"); res.html != "data: mine\n\n" {
		t.Errorf("a handler's own stream: %q", res.html)
	}
	for _, headers := range [][]string{{"HX-Request", "true", "HX-Live", "page"}, {"Accept", "text/event-stream"}} {
		if res := p.get("/notes", append(headers, "Sec-Fetch-Site", "cross-site")...); res.StatusCode != http.StatusForbidden {
			t.Errorf("another site's %v: %d", headers, res.StatusCode)
		}
	}
}

// mistakes are what an author can get wrong in a handler, and a word of the sentence that the log must hold.
func (a *app) mistakes() map[string]func(c Call) error {
	list := func(c Call, name string, q live.ListQuery[note, int]) error {
		_, err := live.KeepList(c.Socket(), name, q)
		return err
	}
	good := live.ListQuery[note, int]{Fetch: a.list, Key: func(n note) int { return n.ID }}
	with := func(change func(q *live.ListQuery[note, int])) live.ListQuery[note, int] {
		q := good
		change(&q)
		return q
	}
	return map[string]func(c Call) error{
		"has no Fetch": func(c Call) error { return list(c, "x", live.ListQuery[note, int]{Key: good.Key}) },
		"has no Key":   func(c Call) error { return list(c, "x", live.ListQuery[note, int]{Fetch: a.list}) },
		"topic": func(c Call) error {
			return list(c, "x", with(func(q *live.ListQuery[note, int]) { q.Subscribe = []string{""} }))
		},
		"no such table": func(c Call) error {
			return list(c, "x", with(func(q *live.ListQuery[note, int]) {
				q.Fetch = func(context.Context) ([]note, error) { return nil, errors.New("no such table") }
			}))
		},
		`fragment \"nots\"`: func(c Call) error {
			if err := a.keep(c.Socket()); err != nil {
				return err
			}
			return c.Render(http.StatusOK, page("wrong"))
		},
		"is undefined": func(c Call) error { return c.Render(http.StatusOK, page("nopage")) },
		"no such assign": func(c Call) error {
			return c.Socket().Compose(noteRows, "nothing")
		},
		"AssignsPerPage": func(c Call) error {
			for i := range 100 {
				if err := list(c, strconv.Itoa(i), good); err != nil {
					return err
				}
			}
			return nil
		},
		"the answer has begun": func(c Call) error {
			_, _ = io.WriteString(c.W, "hello")
			return c.SetUser("ada")
		},
		"the first tag": func(c Call) error {
			block := views.New(views.Block{ID: "x", Markup: views.Named(tmpl, "two")})
			return list(c, "x", with(func(q *live.ListQuery[note, int]) { q.Fragments = []fragment.Fragment{block} }))
		},
		"the component fails": func(c Call) error {
			return c.Render(http.StatusOK, views.ComponentFunc(func(context.Context, io.Writer) error { return errors.New("the component fails") }))
		},
	}
}

// panicked is an error as live makes one of a panic.
type panicked struct{ error }

func (panicked) Stack() []byte { return []byte("goroutine 1 [running]") }

func testErrorsAreLogged(t *testing.T, face Face) {
	var a *app
	var routes []Route
	words := map[string]string{}
	for word := range new(app).mistakes() {
		path := fmt.Sprintf("/mistake-%d", len(routes))
		words[path] = word
		routes = append(routes, Route{Path: path, Handle: func(c Call) error { return a.mistakes()[word](c) }})
	}
	routes = append(routes, Route{Path: "/nothing", Page: func(*live.Socket) (views.Component, error) { return nil, nil }})
	words["/nothing"] = "neither a page nor an error"
	routes = append(routes, Route{Path: "/panics", Handle: func(c Call) error {
		c.Socket()
		return fmt.Errorf("load: %w", panicked{errors.New("panic: oh")})
	}})
	words["/panics"] = `stack="goroutine 1 [running]"`
	a = newApp(t, face, settings{}, routes...)
	for path, word := range words {
		before := len(a.log.String())
		res := a.person().get(path)
		log := a.log.String()[before:]
		if !strings.Contains(log, "level=ERROR") || !strings.Contains(log, word) || !strings.Contains(log, "path="+path) || !strings.Contains(log, "method=GET") {
			t.Errorf("%q is logged as %q", word, log)
		}
		if word != "the answer has begun" && (res.StatusCode != http.StatusInternalServerError || strings.Contains(res.html, word)) {
			t.Errorf("%q: answered with %d %s", word, res.StatusCode, res.html)
		}
	}
	// An open page that comes back is asked to try again.
	p := a.person()
	connect := ConnectURL(t, p.get("/notes").html)
	a.broken(errors.New("the database is away"))
	if ev := p.stream(connect).Rest(); ev.Retry == "" || ev.Data != "" {
		t.Errorf("a page that comes back: %+v", ev)
	}
	if res := p.get("/notes", "Accept", "text/event-stream"); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("curl: %d", res.StatusCode)
	}
}

func testDevelopment(t *testing.T, face Face) {
	var s settings
	s.Development = true
	a := newApp(t, face, s, Route{Path: "/panics", Page: func(s *live.Socket) (views.Component, error) {
		_, err := live.Keep(s, "x", live.Query[int]{Fetch: func(context.Context) (int, error) { panic("oh <no>") }})
		return nil, err
	}})
	a.broken(errors.New("no such table: <notes>"))
	res := a.person().get("/notes")
	if res.StatusCode != http.StatusInternalServerError || !strings.Contains(res.html, "no such table: &lt;notes&gt;") || !strings.Contains(res.html, "GET /notes") {
		t.Errorf("%d %s", res.StatusCode, res.html)
	}
	if res := a.person().get("/panics"); !strings.Contains(res.html, "oh &lt;no&gt;") || strings.Contains(res.html, "goroutine") {
		t.Errorf("a panic: %d %s", res.StatusCode, res.html)
	}
}

func testTwice(t *testing.T, face Face) {
	a := newApp(t, face, settings{times: 2})
	p := a.person()
	for range 2 {
		if ev := p.stream(ConnectURL(t, p.get("/notes").html)).Next(); ev.Data != "" || ev.ID == "" {
			t.Errorf("the stream says %+v", ev)
		}
	}
	if n := strings.Count(a.log.String(), "stands twice"); n != 1 {
		t.Errorf("warned %d times: %s", n, a.log.String())
	}
}
