package middleware_test

import (
	"context"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// mine panics where it is laid.
type mine struct{ place atomic.Value }

func (m *mine) step(place string) {
	if m.place.Load() == place {
		panic("a secret of " + place)
	}
}

// trapped is a page in each part of which a mine may be laid.
func (a *app) trapped(m *mine) echo.HandlerFunc {
	parts := template.Must(template.New("").Funcs(template.FuncMap{"step": func(place string) string { m.step(place); return "" }}).Parse(
		`{{define "page"}}<!doctype html><ul id="notes">{{.Live.Fragment "notes"}}</ul>{{step "a page's template"}}{{.Live.Connect}}{{end}}`))
	return func(c echo.Context) error {
		m.step("a handler")
		defer m.step("a deferred call")
		s := middleware.Socket(c)
		_, err := live.KeepList(s, "notes", live.ListQuery[note, int]{
			Fetch: func(ctx context.Context) ([]note, error) {
				m.step("a fetch")
				return a.notes.list(ctx)
			},
			Key:         func(n note) int { m.step("a key"); return n.ID },
			SubscribeTo: func([]note) []string { m.step("computed topics"); return nil },
			AfterFetch: func(context.Context, []note, func(string, any)) error {
				m.step("AfterFetch")
				return nil
			},
			Subscribe: []string{"notes"}, Fragments: []fragment.Fragment{noteRows}, Results: live.ResultsLose,
		})
		if err != nil {
			return err
		}
		m.step("a handler that has kept something")
		return middleware.Render(c, http.StatusOK, component(func(ctx context.Context, w io.Writer) error {
			if _, err := io.WriteString(w, "half a page"); err != nil {
				return err
			}
			m.step("a component")
			return views.Template(parts, "page", nil).Render(ctx, w)
		}))
	}
}

type component func(ctx context.Context, w io.Writer) error

func (f component) Render(ctx context.Context, w io.Writer) error { return f(ctx, w) }

// Wherever an application panics while a page loads, changes or opens its stream: the answer is 500 with nothing of the page, of the panic
// or of the stack in it, the place among the streams is free again, and other pages go on.
func TestAPanicTellsNobodyAndHarmsNobody(t *testing.T) {
	recovers := echomiddleware.RecoverWithConfig(echomiddleware.RecoverConfig{LogErrorFunc: func(_ echo.Context, err error, _ []byte) error { return err }})
	inAll := []string{"a handler", "a handler that has kept something", "a fetch", "a key", "computed topics", "AfterFetch"}
	places := map[string][]string{
		"page":        append(slices.Clone(inAll), "a component", "a page's template"),
		"page change": inAll,
		"stream":      append(slices.Clone(inAll), "a deferred call"), // before the stream begins; a page has been written by then
	}
	for _, order := range []string{"recovered around Live", "recovered inside of it"} {
		t.Run(order, func(t *testing.T) {
			a := &app{notes: &notes{}, echo: echo.New()}
			cfg := middleware.Config{Keeper: live.NewKeeper(live.Config{Logger: slog.New(slog.DiscardHandler)}), Store: cookies(), Logger: slog.New(slog.DiscardHandler)}
			if order == "recovered around Live" {
				a.echo.Use(recovers)
			}
			a.start(t, cfg)
			if order != "recovered around Live" {
				a.echo.Use(recovers)
			}
			var m mine
			m.place.Store("")
			a.echo.GET("/trapped", a.trapped(&m))
			a.notes.set(note{1, "one"})
			neighbour := a.stream(t, "/notes")
			neighbour.Next()
			for kind, headers := range map[string][]string{"page": nil, "stream": {"Accept", "text/event-stream"}, "page change": {"HX-Request", "true", "HX-Live", "page"}} {
				for _, place := range places[kind] {
					m.place.Store(place)
					a.mustFailSilently(t, kind+", "+place, headers)
				}
			}
			m.place.Store("")
			if res := a.get(t, "/trapped"); res.StatusCode != http.StatusOK || !strings.Contains(res.html, "one") {
				t.Errorf("afterwards: %d %s", res.StatusCode, res.html)
			}
			a.notes.set(note{1, "two"})
			a.publish(t, "notes")
			if ev := neighbour.Next(); !strings.Contains(ev.Data, "two") {
				t.Errorf("the neighbour is sent %+v", ev)
			}
			until(t, "the places of streams to be free", func() bool { return a.keeper.Stats().Streams == 1 })
		})
	}
}

// mustFailSilently asks for the trapped page.
func (a *app) mustFailSilently(t *testing.T, what string, headers []string) {
	t.Helper()
	res := a.send(t, "/trapped", headers...)
	defer res.Body.Close()
	if res.StatusCode != http.StatusInternalServerError {
		t.Errorf("%s: %d", what, res.StatusCode)
		return // it may be a stream
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	for _, secret := range []string{"secret", "goroutine", ".go:", "half a page", "panic"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s: the answer says %q: %s", what, secret, text)
		}
	}
}
