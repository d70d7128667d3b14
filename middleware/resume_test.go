package middleware_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

func TestATokenIsBelievedOnce(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	connect := connectURL(t, a.get(t, "/notes").html)
	if ev := a.stream(t, connect).next(); ev.data != "" {
		t.Fatalf("first use: %+v", ev)
	}
	if ev := a.stream(t, connect).next(); !strings.Contains(ev.data, "one") {
		t.Fatalf("second use, as after a page came back from a cache: %+v", ev)
	}
}

func TestAForgedTokenOrIDIsNotBelievedAndStillAStream(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	connect := connectURL(t, a.get(t, "/notes").html)
	for name, path := range map[string]string{
		"garbage":   "/notes?live=garbage",
		"empty":     "/notes?live=",
		"changed":   strings.Replace(connect, "live=", "live=A", 1),
		"oversized": "/notes?live=" + strings.Repeat("A", 5000),
	} {
		if ev := a.stream(t, path).next(); !strings.Contains(ev.data, "one") {
			t.Errorf("%s token: %+v", name, ev)
		}
	}
	id := a.stream(t, "/notes").next().id
	if ev := a.stream(t, "/notes", "Last-Event-ID", id).next(); ev.data != "" {
		t.Fatalf("an id as it was sent: %+v", ev)
	}
	for name, id := range forgeries(t, id) {
		if ev := a.stream(t, "/notes", "Last-Event-ID", id).next(); !strings.Contains(ev.data, "one") {
			t.Errorf("%s: %+v", name, ev)
		}
	}
	a.client = newClient(t) // somebody else's session
	if ev := a.stream(t, connect).next(); !strings.Contains(ev.data, "one") {
		t.Errorf("a token of another session: %+v", ev)
	}
}

// forgeries are made of an id that is believed: each differs from it in one thing. It is base64 of when the stream began
// and of a digest; the rows that a page pins would stand sealed behind a dot.
func forgeries(t *testing.T, id string) map[string]string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(b) <= 4 {
		t.Fatalf("the id %q has another format", id)
	}
	change := func(at int, by byte) string {
		c := bytes.Clone(b)
		c[at] += by
		return base64.RawURLEncoding.EncodeToString(c)
	}
	return map[string]string{
		"another digest":     change(len(b)-1, 1),
		"of long ago":        change(0, 0xfe),
		"of the future":      change(0, 1),
		"half of it":         id[:len(id)/2],
		"no digest":          base64.RawURLEncoding.EncodeToString(b[:4]),
		"no base64":          "!" + id,
		"a seal of nobody":   id + "." + strings.Repeat("A", 80),
		"a seal too short":   id + ".AAAA",
		"an empty seal":      id + ".",
		"longer than any":    id + strings.Repeat("A", 5000),
		"a number, r3labs's": "7",
	}
}

func TestAStreamThatEndedOfOldAgeIsHealed(t *testing.T) {
	a := newApp(t, middleware.Config{Stream: sse.Config{MaxAge: time.Second}})
	a.notes.set(note{1, "one"})
	s := a.stream(t, "/notes")
	id := s.drained().id
	if id == "" {
		t.Fatal("no id")
	}
	if ev := a.stream(t, "/notes", "Last-Event-ID", id).next(); !strings.Contains(ev.data, "one") {
		t.Fatalf("after old age: %+v", ev)
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
	connect := connectURL(t, nodes[0].get(t, "/book/2").html)
	s := nodes[0].stream(t, connect)
	first := s.next()
	s.close()
	nodes[1].notes.set(numbered(2, 9)...)
	for name, s := range map[string]*events{
		"with the id":          nodes[1].stream(t, connect, "Last-Event-ID", first.id),
		"with the token alone": nodes[1].stream(t, connect),
	} {
		ev := s.next()
		if strings.Contains(ev.data, "note 9") || !strings.Contains(ev.data, "3 new") {
			t.Errorf("%s: %+v", name, ev)
		}
	}
	if ev := nodes[1].stream(t, "/book/2").next(); !strings.Contains(ev.data, "note 9") {
		t.Errorf("without either the page is shown afresh: %+v", ev)
	}
}

func TestSessionsOfALogin(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	a.echo.GET("/login", func(c echo.Context) error {
		if err := middleware.RotateSession(c); err != nil {
			return err
		}
		return middleware.SetUser(c, "ada")
	})
	a.echo.GET("/logout", func(c echo.Context) error { return middleware.Revoke(c) })

	before := a.stream(t, "/notes")
	before.next()
	a.get(t, "/login")
	if ev := before.drained(); !strings.Contains(ev.data, "delete:#live") {
		t.Errorf("a page from before the login: %+v", ev)
	}

	s := a.stream(t, "/notes")
	s.next()
	if res := a.get(t, "/notes"); res.Header.Get("Set-Cookie") != "" {
		t.Error("the session is saved again by a page")
	}
	a.get(t, "/logout")
	if ev := s.drained(); !strings.Contains(ev.data, "delete:#live") {
		t.Errorf("a page from before the logout: %+v", ev)
	}
}

func TestARevokedCookieIsNobody(t *testing.T) {
	store := cookies()
	a := newApp(t, middleware.Config{Store: store})
	user := func(c echo.Context) error {
		s, err := store.Get(c.Request(), "htmxlive")
		if err != nil {
			return err
		}
		name, _ := s.Values["live.user"].(string)
		return c.String(http.StatusOK, "user "+name)
	}
	a.echo.GET("/who", user)
	a.echo.GET("/login", func(c echo.Context) error { return middleware.SetUser(c, "ada") })
	a.echo.GET("/logout", func(c echo.Context) error { return middleware.Revoke(c) })

	cookie := a.get(t, "/login").Header.Get("Set-Cookie")
	cookie, _, _ = strings.Cut(cookie, ";")
	if got := a.get(t, "/who").html; got != "user ada" {
		t.Fatalf("after the login: %q", got)
	}
	a.get(t, "/logout")
	a.client.Jar = nil // the browser shows the old cookie again
	if got := a.get(t, "/who", "Cookie", cookie).html; got != "user " {
		t.Fatalf("with the cookie of before the logout: %q", got)
	}
}

func TestKickEndsTheStreamsOfAUser(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.echo.GET("/login", func(c echo.Context) error { return middleware.SetUser(c, "ada") })
	a.get(t, "/login")
	s := a.stream(t, "/notes")
	s.next()
	if err := a.keeper.KickUser(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if ev := s.drained(); !strings.Contains(ev.data, "delete:#live") {
		t.Errorf("%+v", ev)
	}
}

func TestTooManyStreamsOfASession(t *testing.T) {
	keeper := live.NewKeeper(live.Config{Limits: live.Limits{StreamsPerSession: 2}})
	a := newApp(t, middleware.Config{Keeper: keeper})
	a.get(t, "/notes")
	first := a.stream(t, "/notes")
	first.next()
	a.stream(t, "/notes").next()
	if res := a.get(t, "/notes", "Accept", "text/event-stream"); res.StatusCode != http.StatusTooManyRequests || !strings.Contains(res.html, "2") {
		t.Fatalf("%d %s", res.StatusCode, res.html)
	}
	a.client = newClient(t)
	a.get(t, "/notes")
	a.stream(t, "/notes").next() // another session has room
}

func TestDraining(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	s := a.stream(t, "/notes")
	s.next()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := a.keeper.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if ev := s.drained(); ev.retry == "" || strings.Contains(ev.data, "delete") {
		t.Errorf("the stream ends with %+v", ev)
	}
	if ev := a.stream(t, "/notes").drained(); ev.retry == "" || ev.data != "" {
		t.Errorf("a stream that comes too late: %+v", ev)
	}
	if res := a.get(t, "/notes"); res.StatusCode != http.StatusOK {
		t.Errorf("a page that is loaded meanwhile: %d", res.StatusCode)
	}
}

func TestAnOpenPageIsToldWhatHappenedWhileItWasAway(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	connect := connectURL(t, a.get(t, "/notes").html)
	s := a.stream(t, connect)
	id := s.next().id
	s.close()

	a.notes.broken(errors.New("the database is away"))
	if ev := a.stream(t, connect, "Last-Event-ID", id).drained(); ev.retry == "" || ev.data != "" {
		t.Errorf("a page whose query fails: %+v", ev)
	}
	if res := a.get(t, "/notes", "Accept", "text/event-stream"); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("curl: %d", res.StatusCode)
	}
	for _, err := range []error{live.ErrForbidden, live.ErrGone} {
		a.notes.broken(err)
		for _, headers := range [][]string{{"Last-Event-ID", id}, nil} {
			ev := a.stream(t, connect, headers...).drained()
			if !strings.Contains(ev.data, "innerHTML:#notes") || strings.Contains(ev.data, "one") || !strings.Contains(ev.data, "delete:#live") || !strings.Contains(ev.data, "refresh") {
				t.Errorf("a page whose subject is %v: %+v", err, ev)
			}
		}
		if res := a.get(t, "/notes", "Accept", "text/event-stream"); res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusNotFound {
			t.Errorf("curl: %d", res.StatusCode)
		}
	}
}

func TestTooManyOpeningStreamsComeBackLater(t *testing.T) {
	a := newApp(t, middleware.Config{MaxOpening: 1})
	opening, release := make(chan struct{}), make(chan struct{})
	a.echo.GET("/slow", func(c echo.Context) error {
		opening <- struct{}{}
		<-release
		return c.NoContent(http.StatusNoContent)
	})
	done := make(chan int)
	go func() { done <- a.get(t, "/slow", "Accept", "text/event-stream").StatusCode }()
	<-opening
	if ev := a.stream(t, "/notes").drained(); ev.retry == "" || ev.data != "" {
		t.Errorf("one too many: %+v", ev)
	}
	close(release)
	if status := <-done; status != http.StatusNoContent {
		t.Errorf("the one that had room: %d", status)
	}
	a.stream(t, "/notes").next()
}

func TestWiringMistakes(t *testing.T) {
	for name, cfg := range map[string]middleware.Config{
		"Keeper": {Store: cookies()},
		"Store":  {Keeper: live.NewKeeper(live.Config{})},
		"Keys":   {Keeper: live.NewKeeper(live.Config{}), Store: cookies(), Keys: [][]byte{[]byte("short")}},
	} {
		if _, err := cfg.ToMiddleware(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	defer func() {
		if v, _ := recover().(string); !strings.Contains(v, "middleware.Live") {
			t.Errorf("Socket without the middleware panics with %q", v)
		}
	}()
	middleware.Socket(echo.New().NewContext(nil, nil))
}

func TestAnUnsafeCookieStoreIsReported(t *testing.T) {
	var log bytes.Buffer
	cfg := middleware.Config{
		Keeper: live.NewKeeper(live.Config{}), Store: sessions.NewCookieStore([]byte("0123456789abcdef")),
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}
	if _, err := cfg.ToMiddleware(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "HttpOnly") || !strings.Contains(log.String(), "SameSite") {
		t.Errorf("log: %s", log.String())
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
	s := a.stream(t, connectURL(t, a.get(t, "/optional").html))
	first := s.next()
	a.change(t, note{1, "two"})
	if second := s.next(); strings.Contains(first.data+second.data, "refresh") || !strings.Contains(second.data, "two") {
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
	connect := connectURL(t, before.get(t, "/book/2").html)
	for a, pinned := range map[*app]bool{after: true, without: false} {
		a.notes.set(numbered(2, 9)...)
		if ev := a.stream(t, connect).next(); strings.Contains(ev.data, "note 9") == pinned {
			t.Errorf("rows that an old key has sealed stay: %t, but %+v", pinned, ev)
		}
	}
	if one, other := before.get(t, "/book/2").html, before.get(t, "/book/2").html; connectURL(t, one)[:60] == connectURL(t, other)[:60] {
		t.Error("two tokens begin alike: their keys may be one")
	}
}
