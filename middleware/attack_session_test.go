package middleware_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
)

// logins adds the routes of somebody who logs in and out.
func (a *app) logins() {
	a.echo.GET("/login", func(c echo.Context) error {
		if err := middleware.RotateSession(c); err != nil {
			return err
		}
		return middleware.SetUser(c, "ada")
	})
	a.echo.GET("/logout", func(c echo.Context) error { return middleware.Revoke(c) })
	a.echo.GET("/who", func(c echo.Context) error { return c.String(http.StatusOK, "user "+middleware.User(c)) })
}

func cookieOf(res *http.Response) string {
	cookie, _, _ := strings.Cut(res.Header.Get("Set-Cookie"), ";")
	return cookie
}

// An attacker has planted the cookie of a session of theirs in the victim's browser. Wherever the store keeps sessions, the
// login is not in that session, and neither is what others do with the planted cookie afterwards.
func TestAPlantedSessionIsNotTheOneThatLogsIn(t *testing.T) {
	for name, store := range map[string]sessions.Store{
		"in the cookie": cookies(),
		"on the server": sessions.NewFilesystemStore(t.TempDir(), []byte("0123456789abcdef0123456789abcdef")),
	} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t, middleware.Config{Store: store})
			a.logins()
			a.client.Jar = nil
			planted := cookieOf(a.get(t, "/notes").Response)
			watching := a.stream(t, "/notes", "Cookie", planted)
			watching.Next()

			victim := cookieOf(a.get(t, "/login", "Cookie", planted).Response)
			if got := a.get(t, "/who", "Cookie", victim).html; got != "user ada" {
				t.Fatalf("the victim is %q", got)
			}
			if ev := watching.Rest(); !strings.Contains(ev.Data, "delete:#live") {
				t.Errorf("the attacker's stream goes on: %+v", ev)
			}
			if got := a.get(t, "/who", "Cookie", planted).html; got != "user " {
				t.Errorf("with the planted cookie the attacker is %q", got)
			}
			one, other := cookieOf(a.get(t, "/notes", "Cookie", planted).Response), cookieOf(a.get(t, "/notes", "Cookie", planted).Response)
			if one == "" || one == planted || one == other {
				t.Errorf("who comes with the planted cookie gets %q, the next %q: they share a session", one, other)
			}
			if got := a.get(t, "/who", "Cookie", victim).html; got != "user ada" {
				t.Errorf("afterwards the victim is %q", got)
			}
		})
	}
}

// insiders is a page for each of some users, which changes once its user has logged out.
type insiders struct {
	*app

	late            []atomic.Bool
	opened, refused atomic.Int64
}

func (in *insiders) page(c echo.Context) error {
	if middleware.User(c) == "" {
		return c.NoContent(http.StatusUnauthorized)
	}
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil {
		return err
	}
	_, err = live.KeepList(middleware.Socket(c), "notes", live.ListQuery[note, int]{
		Fetch: func(context.Context) ([]note, error) {
			if in.late[n].Load() {
				return []note{{1, "written after the logout"}}, nil
			}
			return []note{{1, "written before"}}, nil
		},
		Key: func(n note) int { return n.ID }, Subscribe: []string{"inside " + c.Param("n")}, Fragments: []fragment.Fragment{noteRows},
	})
	if err != nil {
		return err
	}
	return middleware.Render(c, http.StatusOK, pageNamed("page"))
}

func (in *insiders) ask(ctx context.Context, path, cookie, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, in.URL+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("Cookie", cookie)
	return in.client.Do(req)
}

// race opens streams of a session while it logs out, and reads them to their ends.
func (in *insiders) race(t *testing.T, n int) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	login, err := in.ask(ctx, "/login", "", "text/html")
	if err != nil {
		t.Error(err)
		return
	}
	_ = login.Body.Close()
	cookie := cookieOf(login)
	path := "/inside/" + strconv.Itoa(n)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { in.readToItsEnd(ctx, t, path, cookie) })
	}
	all.Go(func() {
		res, err := in.ask(ctx, "/logout", cookie, "text/html")
		if err != nil {
			t.Error(err)
			return
		}
		_ = res.Body.Close()
		in.late[n].Store(true)
		if err := in.keeper.Publish(ctx, "inside "+strconv.Itoa(n)); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
}

func (in *insiders) readToItsEnd(ctx context.Context, t *testing.T, path, cookie string) {
	res, err := in.ask(ctx, path, cookie, "text/event-stream")
	if err != nil {
		t.Error(err)
		return
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		in.refused.Add(1)
		return
	}
	in.opened.Add(1)
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("a stream has outlived its logout: %v", err)
	}
	if strings.Contains(string(text), "after the logout") {
		t.Errorf("after the logout a stream was sent %s", text)
	}
}

// A thousand sessions end while their streams open: whichever comes first, each stream ends, and none says what was written
// after the logout had been answered.
func TestNoStreamOutlivesItsLogout(t *testing.T) {
	const people, atOnce = 1000, 40
	in := &insiders{app: newApp(t, middleware.Config{Logger: slog.New(slog.DiscardHandler)}), late: make([]atomic.Bool, people)}
	in.logins()
	in.echo.GET("/inside/:n", in.page)
	in.client.Jar = nil
	in.client.Transport.(*http.Transport).MaxIdleConnsPerHost = 4 * atOnce
	slots := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for n := range people {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			in.race(t, n)
		})
	}
	all.Wait()
	t.Logf("%d streams were opened and ended, %d refused", in.opened.Load(), in.refused.Load())
	if in.opened.Load() == 0 {
		t.Error("no stream was opened in time to be ended")
	}
	if st := in.keeper.Stats(); st.Streams != 0 {
		t.Errorf("%d streams are left", st.Streams)
	}
}
