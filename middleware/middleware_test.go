package middleware_test

import (
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/middleware"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(browser.Main(m)) }

func TestAPageFollowsTheData(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	page := body(t, a.get(t, "/notes"))
	if !strings.Contains(page, `<ul id="notes"><li id="note-1">one</li></ul>`) {
		t.Fatalf("page: %s", page)
	}
	res := a.get(t, connectURL(t, page), "Accept", "text/event-stream")
	s := streamOf(t, res)
	if ev, _ := s.next(); ev.data != "" || ev.id == "" {
		t.Fatalf("what is shown was sent again: %+v", ev)
	}
	a.notes.set(note{1, "one"}, note{2, "two"})
	if err := a.keeper.Publish(t.Context(), "notes"); err != nil {
		t.Fatal(err)
	}
	ev, _ := s.next()
	if !strings.Contains(ev.data, `<li id="note-2">two</li>`) || strings.Contains(ev.data, "one") {
		t.Fatalf("patch: %+v", ev)
	}
	_ = res.Body.Close()

	// A browser that comes back with the id of its last message gets what differs and no more.
	back := streamOf(t, a.get(t, "/notes", "Accept", "text/event-stream", "Last-Event-ID", ev.id))
	if again, _ := back.next(); again.data != "" {
		t.Fatalf("sent again: %+v", again)
	}
}

func TestCurlGetsAFullMessageFirst(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	s := streamOf(t, a.get(t, "/notes", "Accept", "text/event-stream"))
	if ev, _ := s.next(); !strings.Contains(ev.data, `<li id="note-1">one</li>`) {
		t.Fatalf("first message: %+v", ev)
	}
}

func TestAPageChangeIsAnsweredWithFragmentsAndANewStream(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	res := a.get(t, "/notes?x=2", "HX-Request", "true", "HX-Current-URL", a.URL+"/notes")
	html := body(t, res)
	if res.StatusCode != http.StatusOK || !strings.Contains(html, "innerHTML:#notes") || !strings.Contains(html, `<div id="live" hx-swap-oob="true"`) {
		t.Fatalf("%d %s", res.StatusCode, html)
	}
	if got := connectURL(t, html); !strings.HasPrefix(got, "/notes?live=") || !strings.Contains(got, "x=2") {
		t.Fatalf("connects to %q", got)
	}
}
