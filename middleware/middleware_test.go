package middleware_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/views"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(browser.Main(m)) }

func TestAPageFollowsTheData(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	page := a.get(t, "/notes")
	if !strings.Contains(page.html, `<ul id="notes"><li id="note-1">one</li></ul>`) {
		t.Fatalf("page: %s", page.html)
	}
	s := a.stream(t, adaptertest.ConnectURL(t, page.html))
	if ev := s.Next(); ev.Data != "" || ev.ID == "" {
		t.Fatalf("what is shown was sent again: %+v", ev)
	}
	a.notes.set(note{1, "one"}, note{2, "two"})
	a.publish(t, "notes")
	ev := s.Next()
	if !strings.Contains(ev.Data, `<li id="note-2">two</li>`) || strings.Contains(ev.Data, "one") {
		t.Fatalf("patch: %+v", ev)
	}
	s.Close()

	// A browser that comes back with the id of its last message gets what differs and no more.
	back := a.stream(t, adaptertest.ConnectURL(t, page.html), "Last-Event-ID", ev.ID)
	if again := back.Next(); again.Data != "" {
		t.Fatalf("sent again: %+v", again)
	}
	back.Close()
	a.notes.set(note{1, "one"}, note{2, "two"}, note{3, "three"})
	a.publish(t, "notes")
	if missed := a.stream(t, "/notes", "Last-Event-ID", ev.ID).Next(); !strings.Contains(missed.Data, "three") {
		t.Fatalf("missed: %+v", missed)
	}
}

func TestCurlGetsAFullMessageFirst(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	s := a.stream(t, "/notes")
	if ev := s.Next(); !strings.Contains(ev.Data, `<li id="note-1">one</li>`) {
		t.Fatalf("first message: %+v", ev)
	}
	for header, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Accel-Buffering": "no",
		"Vary": "Accept, HX-Request, HX-Live, HX-Boosted, HX-History-Restore-Request",
	} {
		if got := s.Header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	a.publish(t, "notes") // nothing visible changed
	a.notes.set(note{1, "uno"})
	a.publish(t, "notes")
	if ev := s.Next(); !strings.Contains(ev.Data, "uno") {
		t.Fatalf("a message without a visible change: %+v", ev)
	}
}

func TestKindsOfRequest(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	const both = "text/html, text/event-stream"
	for name, c := range map[string]struct {
		headers []string
		whole   bool
	}{
		"plain":                        {nil, true},
		"htmx 4 names both types":      {[]string{"Accept", both}, true},
		"boosted":                      {[]string{"HX-Request", "true", "HX-Boosted", "true"}, true},
		"history in 1 and 2":           {[]string{"HX-Request", "true", "HX-History-Restore-Request", "true"}, true},
		"history in 4":                 {[]string{"HX-History-Restore-Request", "true", "Accept", both}, true},
		"htmx on another page":         {[]string{"HX-Request", "true", "HX-Current-URL", a.URL + "/elsewhere"}, true},
		"htmx on the page itself":      {[]string{"HX-Request", "true", "HX-Current-URL", a.URL + "/notes?x=1"}, true},
		"page change":                  {[]string{"HX-Request", "true", "HX-Live", "page", "HX-Current-URL", a.URL + "/notes?x=1"}, false},
		"page change in 4":             {[]string{"HX-Request", "true", "HX-Live", "page", "HX-Request-Type", "partial", "Accept", both}, false},
		"page change of unknown place": {[]string{"HX-Request", "true", "HX-Live", "page"}, false},
	} {
		res := a.get(t, "/notes?x=2", c.headers...)
		if whole := strings.Contains(res.html, "<!doctype html>"); whole != c.whole || res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", name, res.StatusCode, res.html)
		}
		if res.Header.Get("Cache-Control") != "no-store" || !strings.Contains(res.Header.Get("Vary"), "HX-History-Restore-Request") {
			t.Errorf("%s: headers %v", name, res.Header)
		}
		if !c.whole && (!strings.Contains(res.html, "innerHTML:#notes") || !strings.Contains(res.html, `<div id="live" hx-swap-oob="true"`)) {
			t.Errorf("%s: %s", name, res.html)
		}
		if !c.whole && strings.Contains(c.headers[len(c.headers)-1], both) && !strings.Contains(res.html, "hx-sse:connect=") {
			t.Errorf("%s: connects like another generation: %s", name, res.html)
		}
	}
	if got := adaptertest.ConnectURL(t, a.get(t, "/notes?x=2&y=%26").html); !strings.HasPrefix(got, "/notes?x=2&y=%26&live=") {
		t.Errorf("the stream's URL is not the page's: %q", got)
	}
}

func TestTheStreamBeginsWhenTheHandlerHasReturned(t *testing.T) {
	a := newApp(t, middleware.Config{})
	closed := make(chan struct{})
	a.echo.GET("/tx", func(c echo.Context) error {
		defer close(closed)
		if err := a.keep(c); err != nil {
			return err
		}
		if c.Response().Committed {
			t.Error("the answer has begun inside the handler")
		}
		return middleware.Render(c, http.StatusOK, views.Template(tmpl, "page", nil))
	})
	a.stream(t, "/tx").Next()
	select {
	case <-closed:
	default:
		t.Error("the stream has begun, the handler has not returned")
	}
}

func TestAPageWithNothingLiveDoesNotConnect(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.echo.GET("/plain", func(c echo.Context) error {
		return middleware.Render(c, http.StatusOK, views.Template(tmpl, "plain", nil))
	})
	if res := a.get(t, "/plain"); strings.Contains(res.html, "connect") || res.Header.Get("Set-Cookie") != "" {
		t.Errorf("%v %s", res.Header, res.html)
	}
}

func TestAFailingQueryKeepsThePage(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	s := a.stream(t, "/notes")
	s.Next()
	a.notes.broken(http.ErrServerClosed)
	a.publish(t, "notes")
	a.notes.set(note{1, "uno"})
	a.notes.broken(nil)
	if ev := s.Next(); !strings.Contains(ev.Data, "uno") || strings.Contains(ev.Data, "error") {
		t.Fatalf("after the failure: %+v", ev)
	}
	a.notes.broken(http.ErrServerClosed)
	if res := a.get(t, "/notes"); res.StatusCode != http.StatusInternalServerError || strings.Contains(res.html, "Server closed") {
		t.Fatalf("a load that fails: %d %s", res.StatusCode, res.html)
	}
}

func TestChangePageOnAStreamSendsTheNewState(t *testing.T) {
	a := newApp(t, middleware.Config{Client: clientOfPath})
	a.book(t, live.ResultsLose)
	a.notes.set(numbered(1, 8)...)
	sockets := make(chan *live.Socket, 1)
	a.echo.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := next(c)
			if s := middleware.Socket(c); s.Connected() {
				sockets <- s
			}
			return err
		}
	})
	s := a.stream(t, "/book/2?x=1")
	s.Next()
	if err := (<-sockets).ChangePage("notes", paging.Next); err != nil {
		t.Fatal(err)
	}
	ev := s.Next()
	if !strings.Contains(ev.Data, "note 5") || !strings.Contains(ev.Data, `<div id="live" hx-swap-oob="true"`) {
		t.Fatalf("%+v", ev)
	}
	if to := adaptertest.ConnectURL(t, ev.Data); !strings.Contains(to, "after=") || !strings.Contains(to, "x=1") {
		t.Fatalf("the stream of the new state is %q", to)
	}
}
