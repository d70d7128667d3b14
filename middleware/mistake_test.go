package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/views"
)

func TestMistakesThatAPageSurvivesAreSaidOnceForEachPath(t *testing.T) {
	var l adaptertest.Log
	a := newApp(t, middleware.Config{Logger: l.Logger()})
	other := views.New(views.Rows{ID: "others", Prefix: "other-", Row: views.Named(tmpl, "note")})
	handlers := map[string]func(c echo.Context) error{
		`the fragment \"others\" is kept and stands nowhere`: func(c echo.Context) error {
			if err := a.keep(c); err != nil {
				return err
			}
			_, err := live.KeepList(middleware.Socket(c), "others", live.ListQuery[note, int]{
				Fetch: func(context.Context) ([]note, error) { return nil, nil }, Key: func(n note) int { return n.ID }, Fragments: []fragment.Fragment{other},
			})
			if err != nil {
				return err
			}
			return middleware.Render(c, http.StatusOK, pageNamed("page"))
		},
		"Render twice": func(c echo.Context) error {
			if err := middleware.Render(c, http.StatusOK, pageNamed("plain")); err != nil {
				return err
			}
			return middleware.Render(c, http.StatusOK, pageNamed("plain"))
		},
		"never calls Render": func(c echo.Context) error {
			if err := a.keep(c); err != nil {
				return err
			}
			return c.HTML(http.StatusOK, "<!doctype html>")
		},
		"never connects": func(c echo.Context) error {
			if err := a.keep(c); err != nil {
				return err
			}
			return middleware.Render(c, http.StatusOK, pageNamed("mute"))
		},
	}
	for sentence, h := range handlers {
		path := "/" + strings.ReplaceAll(strings.Fields(sentence)[0], `"`, "") + strings.ReplaceAll(strings.Fields(sentence)[1], `\"`, "")
		a.echo.GET(path, h)
		a.echo.GET(path+"/another", h)
		for _, path := range []string{path, path, path + "/another"} {
			if res := a.get(t, path); res.StatusCode != http.StatusOK || strings.Count(res.html, "<!doctype html>") != 1 {
				t.Errorf("%s: %d %s", sentence, res.StatusCode, res.html)
			}
		}
		if n := strings.Count(l.String(), sentence); n != 2 {
			t.Errorf("%q was said %d times: %s", sentence, n, l.String())
		}
	}
	if n := strings.Count(l.String(), "level=WARN"); n != 2*len(handlers) {
		t.Errorf("said %d: %s", n, l.String())
	}
}

func TestADevelopersPageIsLookedAt(t *testing.T) {
	for development, want := range map[bool]int{true: 2, false: 0} {
		var l adaptertest.Log
		a := newApp(t, middleware.Config{Logger: l.Logger(), Development: development})
		a.notes.set(note{1, "one"})
		a.echo.GET("/double", func(c echo.Context) error {
			if err := a.keep(c); err != nil {
				return err
			}
			return middleware.Render(c, http.StatusOK, pageNamed("double"))
		})
		for range 2 {
			if res := a.get(t, "/double"); res.StatusCode != http.StatusOK {
				t.Errorf("%d %s", res.StatusCode, res.html)
			}
		}
		a.get(t, "/notes")
		if n := strings.Count(l.String(), "level=WARN"); n != want || strings.Contains(l.String(), "note-1") != development {
			t.Errorf("in development %t, said %d: %s", development, n, l.String())
		}
	}
}

// A row that cannot be rendered stops no page; why it cannot is for the log, and in development for the page.
func TestARowThatFailsIsAPlaceholder(t *testing.T) {
	for development, want := range map[bool]string{
		true:  `<li id="note-2" data-live="failed">This entry cannot be shown: no &lt;such&gt; thing</li>`,
		false: `<li id="note-2" data-live="failed">This entry cannot be shown.</li>`,
	} {
		var l adaptertest.Log
		a := newApp(t, middleware.Config{Logger: l.Logger(), Development: development})
		rows := views.New(views.Rows{ID: "notes", Prefix: "note-", Row: views.Typed(func(n note) views.Component {
			return views.ComponentFunc(func(_ context.Context, w io.Writer) error {
				if n.Text == "bad" {
					return errors.New("no <such> thing")
				}
				_, err := fmt.Fprintf(w, `<li id="note-%d">%s</li>`, n.ID, n.Text)
				return err
			})
		})})
		a.echo.GET("/bad", func(c echo.Context) error {
			if _, err := live.KeepList(middleware.Socket(c), "notes", live.ListQuery[note, int]{
				Fetch: a.notes.list, Key: func(n note) int { return n.ID }, Fragments: []fragment.Fragment{rows},
			}); err != nil {
				return err
			}
			return middleware.Render(c, http.StatusOK, pageNamed("page"))
		})
		a.notes.set(note{1, "one"}, note{2, "bad"}, note{3, "three"})
		if res := a.get(t, "/bad"); res.StatusCode != http.StatusOK || !strings.Contains(res.html, `<li id="note-1">one</li>`+want+`<li id="note-3">three</li>`) {
			t.Errorf("in development %t: %d %s", development, res.StatusCode, res.html)
		}
	}
}

// A page that answers with a redirect, or with a page of an error, has kept what it has kept.
func TestWhatIsNoMistake(t *testing.T) {
	var l adaptertest.Log
	a := newApp(t, middleware.Config{Logger: l.Logger()})
	a.echo.GET("/moved", func(c echo.Context) error {
		if err := a.keep(c); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/notes")
	})
	a.get(t, "/moved")
	a.get(t, "/notes")
	a.get(t, "/nowhere")
	a.stream(t, "/notes").Next()
	if text := l.String(); text != "" {
		t.Errorf("log: %s", text)
	}
}

func TestABrowserThatLeavesWhileItsStreamOpensIsNoError(t *testing.T) {
	var l adaptertest.Log
	a := newApp(t, middleware.Config{Logger: l.Logger()})
	fetching, failed := make(chan struct{}), make(chan error, 1)
	a.echo.GET("/slow", func(c echo.Context) error {
		_, err := live.Keep(middleware.Socket(c), "x", live.Query[int]{Fetch: func(ctx context.Context) (int, error) {
			close(fetching)
			<-ctx.Done()
			return 0, ctx.Err()
		}})
		failed <- err
		return err
	})
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL+"/slow", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	go func() { <-fetching; leave() }()
	if res, err := a.client.Do(req); err == nil {
		_ = res.Body.Close()
		t.Fatal("answered")
	}
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the handler's error: %v", err)
	}
	a.stop(t) // waits for the handler
	if text := l.String(); strings.Contains(text, "level=ERROR") || !strings.Contains(text, "level=DEBUG") {
		t.Errorf("log: %s", text)
	}
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
