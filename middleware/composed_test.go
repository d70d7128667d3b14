package middleware_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

// What is rendered for its page alone is sent by the request's goroutine: each change, and not only the first.
func TestAComposedFragmentFollowsEachChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, all, e := live.NewKeeper(live.Config{}), &notes{}, echo.New()
		e.Use(middleware.LiveWithConfig(middleware.Config{
			Keeper: k, Store: cookies(), Stream: sse.Config{Retry: 4 * time.Second, Rand: func() float64 { return 0.5 }},
		}))
		e.GET("/composed", func(c echo.Context) error {
			socket := middleware.Socket(c)
			if _, err := live.KeepList(socket, "notes", live.ListQuery[note, int]{
				Fetch: all.list, Key: func(n note) int { return n.ID }, Results: live.ResultsLose, Subscribe: []string{"notes"},
			}); err != nil {
				return err
			}
			if err := socket.Compose(noteRows, "notes"); err != nil {
				return err
			}
			return middleware.Render(c, http.StatusOK, views.Template(tmpl, "page", nil))
		})
		ctx, leave := context.WithCancel(t.Context())
		r := httptest.NewRequest(http.MethodGet, "/composed", nil).WithContext(ctx)
		r.Header.Set("Accept", "text/event-stream")
		w, left := httptest.NewRecorder(), make(chan struct{})
		go func() {
			defer close(left)
			e.ServeHTTP(w, r)
		}()
		for i := range 5 {
			text := fmt.Sprint("version ", i)
			all.set(note{1, text})
			if err := k.Publish(t.Context(), "notes"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%q was not sent", text)
			}
		}
		if text := w.Body.String(); strings.Count(text, "retry:") != 1 || !strings.Contains(text, "retry: 4000\n") {
			t.Errorf("when to come back is said otherwise than once: %s", text)
		}
		leave()
		<-left
		if err := k.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
