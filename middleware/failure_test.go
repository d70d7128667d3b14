package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/views"
)

// moody is a store of revocations that fails when it is told to.
type moody struct {
	middleware.MemoryRevocations

	down atomic.Bool
}

func (m *moody) Lookup(ctx context.Context, keys ...string) ([]middleware.Revocation, error) {
	if m.down.Load() {
		return nil, errors.New("the database is away")
	}
	return m.MemoryRevocations.Lookup(ctx, keys...)
}

func TestALookUpThatFailsEndsNoPageForGood(t *testing.T) {
	var store moody
	a := newApp(t, middleware.Config{Revocations: &store})
	a.notes.set(note{1, "one"})
	connect := adaptertest.ConnectURL(t, a.get(t, "/notes").html)
	s := a.stream(t, connect)
	s.Next()
	store.down.Store(true)
	a.keeper.Resync()
	a.notes.set(note{1, "two"})
	if ev := s.Next(); !strings.Contains(ev.Data, "two") {
		t.Errorf("an open page: %+v", ev)
	}
	if ev := a.stream(t, connect).Rest(); ev.Retry == "" || ev.Data != "" {
		t.Errorf("a page that comes back: %+v", ev)
	}
	if res := a.get(t, "/notes", "Accept", "text/event-stream"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("curl: %d", res.StatusCode)
	}
	store.down.Store(false)
	if ev := a.stream(t, connect).Next(); !strings.Contains(ev.Data, "two") {
		t.Errorf("afterwards: %+v", ev)
	}
}

func TestAKnownPageThatIsRefusedIsNotAPanic(t *testing.T) {
	keeper := live.NewKeeper(live.Config{Limits: live.Limits{StreamsPerSession: 1}})
	a := newApp(t, middleware.Config{Keeper: keeper})
	connect := adaptertest.ConnectURL(t, a.get(t, "/notes").html)
	a.stream(t, connect).Next()
	if res := a.get(t, connect, "Accept", "text/event-stream", "Last-Event-ID", "AAAAAA"); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one page too many: %d %s", res.StatusCode, res.html)
	}
}

func TestAFullNodeAsksPagesToComeBack(t *testing.T) {
	keeper := live.NewKeeper(live.Config{Limits: live.Limits{Streams: 1}})
	a := newApp(t, middleware.Config{Keeper: keeper})
	connect := adaptertest.ConnectURL(t, a.get(t, "/notes").html)
	a.stream(t, connect).Next()
	if ev := a.stream(t, connect).Rest(); ev.Retry == "" {
		t.Errorf("a page: %+v", ev)
	}
	if res := a.get(t, "/notes", "Accept", "text/event-stream"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("curl: %d", res.StatusCode)
	}
}

func TestAGuardThatRefusesAStreamLeavesNothing(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.echo.GET("/guarded", func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, "/login") })
	res := a.get(t, "/guarded", "Accept", "text/event-stream")
	if res.StatusCode != http.StatusUnauthorized || res.Header.Get("Set-Cookie") != "" {
		t.Errorf("%d, cookie %q", res.StatusCode, res.Header.Get("Set-Cookie"))
	}
	if st := a.keeper.Stats(); st.Topics != 0 {
		t.Errorf("%+v", st)
	}
}

func TestEveryAnswerOfALiveURLTellsCaches(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.echo.GET("/redirect", func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, "/login") })
	a.echo.GET("/bad", func(echo.Context) error { return echo.NewHTTPError(http.StatusBadRequest) })
	a.echo.GET("/style.css", func(c echo.Context) error { return c.Blob(http.StatusOK, "text/css", nil) })
	for _, path := range []string{"/redirect", "/bad", "/notes"} {
		for _, headers := range [][]string{nil, {"HX-Request", "true", "HX-Live", "page"}, {"HX-Request", "true", "HX-Live", "page", "Sec-Fetch-Site", "cross-site"}} {
			res := a.get(t, path, headers...)
			if res.Header.Get("Cache-Control") != "no-store" || !strings.Contains(res.Header.Get("Vary"), "HX-Request") {
				t.Errorf("%s %v: %v", path, headers, res.Header)
			}
		}
	}
	if res := a.get(t, "/style.css"); res.Header.Get("Cache-Control") != "" {
		t.Errorf("a file: %v", res.Header)
	}
}

func TestAPathKeepsItsEncodedSlashes(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.echo.GET("/files/:name", func(c echo.Context) error {
		if err := a.keep(c); err != nil {
			return err
		}
		return middleware.Render(c, http.StatusOK, views.Template(tmpl, "page", nil))
	})
	connect := adaptertest.ConnectURL(t, a.get(t, "/files/a%2Fb%3Fc").html)
	if !strings.HasPrefix(connect, "/files/a%2Fb%3Fc?") {
		t.Fatalf("connects to %s", connect)
	}
	if ev := a.stream(t, connect).Next(); ev.Data != "" {
		t.Errorf("its token is not believed: %+v", ev)
	}
}

func TestALoginSetsOneCookie(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.echo.GET("/login", func(c echo.Context) error {
		if err := middleware.RotateSession(c); err != nil {
			return err
		}
		return middleware.SetUser(c, "ada")
	})
	if lines := a.get(t, "/login").Header.Values("Set-Cookie"); len(lines) != 1 {
		t.Errorf("%q", lines)
	}
}

func TestWiringMistakesOfAHandler(t *testing.T) {
	a := newApp(t, middleware.Config{})
	keeps := map[string]func(s *live.Socket) error{
		"Fetch": func(s *live.Socket) error { _, err := live.Keep(s, "x", live.Query[int]{}); return err },
		"Key": func(s *live.Socket) error {
			_, err := live.KeepList(s, "x", live.ListQuery[note, int]{Fetch: a.notes.list})
			return err
		},
	}
	for lacks, keep := range keeps {
		a.echo.GET("/"+lacks, func(c echo.Context) error {
			err := keep(middleware.Socket(c))
			if err == nil || !strings.Contains(err.Error(), "no "+lacks) {
				t.Errorf("without %s: %v", lacks, err)
			}
			return err
		})
		if res := a.get(t, "/"+lacks); res.StatusCode != http.StatusInternalServerError {
			t.Errorf("without %s: %d", lacks, res.StatusCode)
		}
	}
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	keeper := live.NewKeeper(live.Config{})
	fetching, release := make(chan struct{}), make(chan struct{})
	q := live.Share(keeper, "stuck", func(int) live.Query[int] {
		return live.Query[int]{Fetch: func(context.Context) (int, error) { close(fetching); <-release; return 1, nil }}
	})
	loading, leave := context.WithCancel(t.Context())
	tr, _ := keeper.Connect(loading, live.SocketConfig{})
	done := make(chan struct{})
	go func() { defer close(done); _, _ = live.Keep(tr.Socket(), "stuck", q.With("all", 1)) }()
	<-fetching
	leave()
	<-done
	tr.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := keeper.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close returned %v", err)
	}
	close(release)
}

// flushes counts what reaches the writer below Echo's.
type flushes struct {
	http.ResponseWriter
	count atomic.Int64
}

func (f *flushes) FlushError() error {
	f.count.Add(1)
	return http.NewResponseController(f.ResponseWriter).Flush()
}

func (f *flushes) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// Echo's Flush hides errors, so the writer below it is flushed itself, and that is enough.
func TestAMessageIsFlushedOnce(t *testing.T) {
	a := newApp(t, middleware.Config{})
	below := make(chan *flushes, 1)
	a.echo.GET("/counted", func(c echo.Context) error {
		if err := a.keep(c); err != nil {
			return err
		}
		f := &flushes{ResponseWriter: c.Response().Writer}
		c.Response().Writer = f
		below <- f
		return middleware.Render(c, http.StatusOK, views.Template(tmpl, "page", nil))
	})
	s := a.stream(t, "/counted")
	s.Next()
	f := <-below
	before := f.count.Load()
	for i := range 5 {
		a.change(t, note{1, fmt.Sprint("change ", i)})
		s.Next()
	}
	if got := f.count.Load() - before; got != 5 {
		t.Errorf("5 messages were flushed %d times", got)
	}
}
