package middleware_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/middleware"
)

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
	before.Next()
	a.get(t, "/login")
	if ev := before.Rest(); !strings.Contains(ev.Data, "delete:#live") {
		t.Errorf("a page from before the login: %+v", ev)
	}

	s := a.stream(t, "/notes")
	s.Next()
	if res := a.get(t, "/notes"); res.Header.Get("Set-Cookie") != "" {
		t.Error("the session is saved again by a page")
	}
	a.get(t, "/logout")
	if ev := s.Rest(); !strings.Contains(ev.Data, "delete:#live") {
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
	s.Next()
	if err := a.keeper.KickUser(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if ev := s.Rest(); !strings.Contains(ev.Data, "delete:#live") || !strings.Contains(ev.Data, `data-live="cleared"`) {
		t.Errorf("%+v", ev)
	}
}

// What is of one process is of no use at the next node.
func TestWhatNodesDoNotShareIsReported(t *testing.T) {
	keys := [][]byte{[]byte("0123456789abcdef0123456789abcdef")}
	said := func(broker live.Broker, store sessions.Store, keys [][]byte, revocations middleware.Revocations) string {
		t.Helper()
		keeper := live.NewKeeper(live.Config{Broker: broker})
		defer keeper.Close(t.Context())
		var log bytes.Buffer
		cfg := middleware.Config{Keeper: keeper, Store: store, Keys: keys, Revocations: revocations, Logger: slog.New(slog.NewTextHandler(&log, nil))}
		if _, err := cfg.ToMiddleware(); err != nil {
			t.Fatal(err)
		}
		return log.String()
	}
	var bus livetest.Bus
	shared := struct{ middleware.Revocations }{}
	for what, got := range map[string]string{
		"give CookieStore keys":   said(bus.Node(), middleware.CookieStore(), keys, shared),
		"give Config.Keys":        said(bus.Node(), middleware.CookieStore(keys[0]), nil, shared),
		"give Config.Revocations": said(bus.Node(), middleware.CookieStore(keys[0]), keys, nil),
	} {
		if strings.Count(got, "\n") != 1 || !strings.Contains(got, what) {
			t.Errorf("%s: log: %s", what, got)
		}
	}
	for what, got := range map[string]string{
		"all is shared": said(bus.Node(), middleware.CookieStore(keys[0]), keys, shared),
		"one node":      said(nil, middleware.CookieStore(), nil, nil),
	} {
		if got != "" {
			t.Errorf("%s: log: %s", what, got)
		}
	}
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
