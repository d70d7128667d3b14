package middleware_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/middleware"
)

// crowd opens so many streams with each of the cookies, all at the same time. It returns the answers that are streams and the
// texts of those that are refused.
func (a *app) crowd(t *testing.T, cookies []string, each int) (streams []*http.Response, refused []string) {
	t.Helper()
	var mu sync.Mutex // guards the results
	var all sync.WaitGroup
	for _, cookie := range cookies {
		for range each {
			all.Go(func() {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL+"/notes", http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Accept", "text/event-stream")
				req.Header.Set("Cookie", cookie)
				res, err := a.client.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if res.StatusCode == http.StatusOK {
					streams = append(streams, res)
					return
				}
				text, _ := io.ReadAll(res.Body)
				_ = res.Body.Close()
				refused = append(refused, res.Status+" "+string(text))
			})
		}
	}
	all.Wait()
	return streams, refused
}

func leaveAll(streams []*http.Response) {
	for _, res := range streams {
		_ = res.Body.Close()
	}
}

func mustSay(t *testing.T, refused []string, texts ...string) {
	t.Helper()
	for _, answer := range refused {
		for _, text := range texts {
			if !strings.Contains(answer, text) {
				t.Fatalf("one that is refused is told %q", answer)
			}
		}
	}
}

// A thousand streams of one session, opened at the same time: exactly as many as it may have are there, the others are told why, and
// nobody else notices. When they are gone the session has room again.
func TestAThousandStreamsOfOneSession(t *testing.T) {
	const most = 64 // live.Limits.StreamsPerSession, by default
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "one"})
	neighbour := a.stream(t, "/notes")
	neighbour.Next()
	a.client = newClient(t)
	a.client.Jar = nil
	greedy := cookieOf(a.get(t, "/notes").Response)

	streams, refused := a.crowd(t, []string{greedy}, 1000)
	defer leaveAll(streams)
	if len(streams) != most || len(refused) != 1000-most {
		t.Errorf("%d streams are open and %d refused, want %d and %d", len(streams), len(refused), most, 1000-most)
	}
	mustSay(t, refused, "429", "64")
	a.notes.set(note{1, "two"})
	a.publish(t, "notes")
	if ev := neighbour.Next(); !strings.Contains(ev.Data, "two") {
		t.Errorf("the neighbour is sent %+v", ev)
	}
	a.stream(t, "/notes").Next() // and a newcomer has room

	leaveAll(streams)
	until(t, "the streams to end", func() bool { return a.keeper.Stats().Streams == 2 })
	again, refused := a.crowd(t, []string{greedy}, most)
	defer leaveAll(again)
	if len(refused) != 0 {
		t.Errorf("when all had left, %d of %d were refused", len(refused), most)
	}
}

// One user in many sessions has no more than one user may have.
func TestAThousandStreamsOfOneUser(t *testing.T) {
	const most, sessions = 256, 20 // live.Limits.StreamsPerUser, by default
	a := newApp(t, middleware.Config{})
	neighbour := a.stream(t, "/notes")
	neighbour.Next()
	a.echo.GET("/login/:name", func(c echo.Context) error { return middleware.SetUser(c, c.Param("name")) })
	a.client = newClient(t)
	a.client.Jar = nil
	var greedy []string
	for range sessions {
		greedy = append(greedy, cookieOf(a.get(t, "/login/ada").Response))
	}
	streams, refused := a.crowd(t, greedy, 1000/sessions)
	defer leaveAll(streams)
	if len(streams) != most || len(refused) != 1000-most {
		t.Errorf("%d streams are open and %d refused, want %d and %d", len(streams), len(refused), most, 1000-most)
	}
	mustSay(t, refused, "429", "256")
	a.stream(t, "/notes", "Cookie", cookieOf(a.get(t, "/login/bob").Response)).Next() // another user has room
	a.notes.set(note{1, "two"})
	a.publish(t, "notes")
	if ev := neighbour.Next(); !strings.Contains(ev.Data, "two") {
		t.Errorf("the neighbour is sent %+v", ev)
	}
}

// until asks until it is so.
func until(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	tick, end := time.NewTicker(5*time.Millisecond), time.NewTimer(30*time.Second)
	defer tick.Stop()
	defer end.Stop()
	for !isSo() {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("waited 30 s for %s", what)
		}
	}
}
