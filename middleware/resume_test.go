package middleware_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

func TestATokenIsBelievedOnce(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	connect := adaptertest.ConnectURL(t, a.get(t, "/notes").html)
	if ev := a.stream(t, connect).Next(); ev.Data != "" {
		t.Fatalf("first use: %+v", ev)
	}
	if ev := a.stream(t, connect).Next(); !strings.Contains(ev.Data, "one") {
		t.Fatalf("second use, as after a page came back from a cache: %+v", ev)
	}
}

func TestAForgedTokenOrIDIsNotBelievedAndStillAStream(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	connect := adaptertest.ConnectURL(t, a.get(t, "/notes").html)
	for name, path := range map[string]string{
		"garbage":   "/notes?live=garbage",
		"empty":     "/notes?live=",
		"changed":   strings.Replace(connect, "live=", "live=A", 1),
		"oversized": "/notes?live=" + strings.Repeat("A", 5000),
	} {
		if ev := a.stream(t, path).Next(); !strings.Contains(ev.Data, "one") {
			t.Errorf("%s token: %+v", name, ev)
		}
	}
	id := a.stream(t, "/notes").Next().ID
	if ev := a.stream(t, "/notes", "Last-Event-ID", id).Next(); ev.Data != "" {
		t.Fatalf("an id as it was sent: %+v", ev)
	}
	for name, id := range forgeries(t, id) {
		if ev := a.stream(t, "/notes", "Last-Event-ID", id).Next(); !strings.Contains(ev.Data, "one") {
			t.Errorf("%s: %+v", name, ev)
		}
	}
	a.client = newClient(t) // somebody else's session
	if ev := a.stream(t, connect).Next(); !strings.Contains(ev.Data, "one") {
		t.Errorf("a token of another session: %+v", ev)
	}
}

// forgeries are made of an id that is believed: each differs from it in one thing. It is a letter and base64 of a digest;
// the rows that a page pins would stand sealed behind a dot.
func forgeries(t *testing.T, id string) map[string]string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(id[1:])
	if err != nil || len(b) != 8 {
		t.Fatalf("the id %q has another format", id)
	}
	other := bytes.Clone(b)
	other[7]++
	return map[string]string{
		"another digest":     id[:1] + base64.RawURLEncoding.EncodeToString(other),
		"half of it":         id[:len(id)/2],
		"no digest":          id[:1],
		"no letter":          id[1:],
		"no base64":          id[:1] + "!" + id[1:],
		"a seal of nobody":   id + "." + strings.Repeat("A", 80),
		"a seal too short":   id + ".AAAA",
		"an empty seal":      id + ".",
		"longer than any":    id + strings.Repeat("A", 5000),
		"a number, r3labs's": "7",
	}
}

// A stream that ended of old age sends nothing when nothing changed: of its first message only id and retry.
func TestOldAgeSendsNothingWhenNothingChanged(t *testing.T) {
	a := newApp(t, middleware.Config{Stream: sse.Config{MaxAge: time.Second}})
	a.notes.set(note{1, "one"})
	id := a.stream(t, adaptertest.ConnectURL(t, a.get(t, "/notes").html)).Rest().ID
	if id == "" {
		t.Fatal("no id")
	}
	for range 2 { // and so it does when that one has ended of old age
		ev := a.stream(t, "/notes", "Last-Event-ID", id).Rest()
		if ev.Data != "" || ev.ID != id {
			t.Fatalf("after old age: %+v, want the id %q alone", ev, id)
		}
	}
	a.notes.set(note{1, "two"})
	if ev := a.stream(t, "/notes", "Last-Event-ID", id).Next(); !strings.Contains(ev.Data, "two") {
		t.Fatalf("what changed meanwhile: %+v", ev)
	}
}

func TestKeptRowsStayOverReconnectsNodesAndLostIDs(t *testing.T) {
	keys := [][]byte{bytes.Repeat([]byte("k"), 32)}
	nodes := [2]*app{}
	for i := range nodes {
		nodes[i] = newApp(t, middleware.Config{Keys: keys, Client: clientOfPath})
		nodes[i].book(t, live.ResultsHold)
		nodes[i].notes.set(numbered(1, 5)...)
	}
	nodes[1].client = nodes[0].client // one browser: loopback ports share cookies
	connect := adaptertest.ConnectURL(t, nodes[0].get(t, "/book/2").html)
	s := nodes[0].stream(t, connect)
	first := s.Next()
	s.Close()
	nodes[1].notes.set(numbered(2, 9)...)
	for name, s := range map[string]*adaptertest.Events{
		"with the id":          nodes[1].stream(t, connect, "Last-Event-ID", first.ID),
		"with the token alone": nodes[1].stream(t, connect),
	} {
		ev := s.Next()
		if strings.Contains(ev.Data, "note 9") || !strings.Contains(ev.Data, "3 new") {
			t.Errorf("%s: %+v", name, ev)
		}
	}
	if ev := nodes[1].stream(t, "/book/2").Next(); !strings.Contains(ev.Data, "note 9") {
		t.Errorf("without either the page is shown afresh: %+v", ev)
	}
}

func TestAnOpenPageIsToldWhatHappenedWhileItWasAway(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	connect := adaptertest.ConnectURL(t, a.get(t, "/notes").html)
	s := a.stream(t, connect)
	id := s.Next().ID
	s.Close()

	a.notes.broken(errors.New("the database is away"))
	if ev := a.stream(t, connect, "Last-Event-ID", id).Rest(); ev.Retry == "" || ev.Data != "" {
		t.Errorf("a page with a query that fails: %+v", ev)
	}
	if res := a.get(t, "/notes", "Accept", "text/event-stream"); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("curl: %d", res.StatusCode)
	}
	for _, err := range []error{live.ErrForbidden, live.ErrGone} {
		a.notes.broken(err)
		for _, headers := range [][]string{{"Last-Event-ID", id}, nil} {
			ev := a.stream(t, connect, headers...).Rest()
			if !strings.Contains(ev.Data, "innerHTML:#notes") || strings.Contains(ev.Data, "one") || !strings.Contains(ev.Data, "delete:#live") || !strings.Contains(ev.Data, "refresh") {
				t.Errorf("a page of a subject that is %v: %+v", err, ev)
			}
		}
		if res := a.get(t, "/notes", "Accept", "text/event-stream"); res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusNotFound {
			t.Errorf("curl: %d", res.StatusCode)
		}
	}
}

// A handler that shows a page without its subject has not refused it: the page is not loaded again for ever.
func TestAPageThatDoesWithoutItsSubjectIsNotLoadedAgain(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	a.echo.GET("/optional", func(c echo.Context) error {
		if err := a.keep(c); err != nil {
			return err
		}
		_, err := live.Keep(middleware.Socket(c), "extra", live.Query[int]{
			Fetch: func(context.Context) (int, error) { return 0, live.ErrGone }, Subscribe: []string{"extra"},
		})
		if err != nil && !errors.Is(err, live.ErrGone) {
			return err
		}
		return middleware.Render(c, http.StatusOK, views.Template(tmpl, "page", nil))
	})
	s := a.stream(t, adaptertest.ConnectURL(t, a.get(t, "/optional").html))
	first := s.Next()
	a.change(t, note{1, "two"})
	if second := s.Next(); strings.Contains(first.Data+second.Data, "refresh") || !strings.Contains(second.Data, "two") {
		t.Errorf("the stream says %+v, %+v", first, second)
	}
}

// What an old key has sealed opens for its life: only the first key seals, all open.
func TestKeysRotate(t *testing.T) {
	older, newer := bytes.Repeat([]byte("o"), 32), bytes.Repeat([]byte("n"), 32)
	before := newApp(t, middleware.Config{Keys: [][]byte{older}, Client: clientOfPath})
	after := newApp(t, middleware.Config{Keys: [][]byte{newer, older}, Client: clientOfPath})
	without := newApp(t, middleware.Config{Keys: [][]byte{newer}, Client: clientOfPath})
	for _, a := range []*app{before, after, without} {
		a.client = before.client // one browser: loopback ports share cookies
		a.book(t, live.ResultsHold)
		a.notes.set(numbered(1, 5)...)
	}
	connect := adaptertest.ConnectURL(t, before.get(t, "/book/2").html)
	for a, pinned := range map[*app]bool{after: true, without: false} {
		a.notes.set(numbered(2, 9)...)
		if ev := a.stream(t, connect).Next(); strings.Contains(ev.Data, "note 9") == pinned {
			t.Errorf("rows that an old key has sealed stay: %t, but %+v", pinned, ev)
		}
	}
	if one, other := before.get(t, "/book/2").html, before.get(t, "/book/2").html; adaptertest.ConnectURL(t, one)[:60] == adaptertest.ConnectURL(t, other)[:60] {
		t.Error("two tokens begin alike: their keys may be one")
	}
}
