package middleware_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
)

func TestTooManyStreamsOfASession(t *testing.T) {
	keeper := live.NewKeeper(live.Config{Limits: live.Limits{StreamsPerSession: 2}})
	a := newApp(t, middleware.Config{Keeper: keeper})
	a.get(t, "/notes")
	first := a.stream(t, "/notes")
	first.Next()
	a.stream(t, "/notes").Next()
	if res := a.get(t, "/notes", "Accept", "text/event-stream"); res.StatusCode != http.StatusTooManyRequests || !strings.Contains(res.html, "2") {
		t.Fatalf("%d %s", res.StatusCode, res.html)
	}
	a.client = newClient(t)
	a.get(t, "/notes")
	a.stream(t, "/notes").Next() // another session has room
}

func TestDraining(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	s := a.stream(t, "/notes")
	s.Next()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := a.keeper.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if ev := s.Rest(); ev.Retry == "" || strings.Contains(ev.Data, "delete") {
		t.Errorf("the stream ends with %+v", ev)
	}
	if ev := a.stream(t, "/notes").Rest(); ev.Retry == "" || ev.Data != "" {
		t.Errorf("a stream that comes too late: %+v", ev)
	}
	if res := a.get(t, "/notes"); res.StatusCode != http.StatusOK {
		t.Errorf("a page that is loaded meanwhile: %d", res.StatusCode)
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
	if ev := a.stream(t, "/notes").Rest(); ev.Retry == "" || ev.Data != "" {
		t.Errorf("one too many: %+v", ev)
	}
	close(release)
	if status := <-done; status != http.StatusNoContent {
		t.Errorf("the one that had room: %d", status)
	}
	a.stream(t, "/notes").Next()
}
