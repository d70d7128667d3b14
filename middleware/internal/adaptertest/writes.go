package adaptertest

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// alone is a broker without other nodes.
type alone struct{}

func (alone) Publish(context.Context, []byte) error      { return nil }
func (alone) Listen(context.Context, func([]byte)) error { return nil }
func (alone) Connected() bool                            { return true }

func testWhoHasWritten(t *testing.T, face Face) {
	wrote := func(a *app, method string) string {
		for _, c := range a.person().request(method, "/notes").Cookies() {
			if c.Name == "htmxlive-wrote" {
				if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
					t.Errorf("the cookie is %+v", c)
				}
				return time.Duration(c.MaxAge * int(time.Second)).String()
			}
		}
		return ""
	}
	among := settings{broker: alone{}}
	a := newApp(t, face, among)
	for method, want := range map[string]string{"POST": "10s", "PUT": "10s", "PATCH": "10s", "DELETE": "10s", "GET": "", "HEAD": "", "OPTIONS": ""} {
		if got := wrote(a, method); got != want {
			t.Errorf("%s: %q, want %q", method, got, want)
		}
	}
	never, longer := among, among
	never.FreshFor, longer.FreshFor = -1, 1500*time.Millisecond
	for what, c := range map[string]struct {
		settings
		want string
	}{"opted out": {never, ""}, "a time of its own": {longer, "2s"}, "no other node": {settings{}, ""}} {
		if got := wrote(newApp(t, face, c.settings), "POST"); got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}

// testOwnWrites: what a browser is shown that has written was fetched since, and whatever others see is at hand.
func testOwnWrites(t *testing.T, face Face) {
	var shared *live.Shared[struct{}, live.ListQuery[note, int]]
	var fetches atomic.Int64
	show := func(s *live.Socket) (views.Component, error) {
		_, err := live.KeepList(s, "notes", shared.With("all", struct{}{}))
		return page("page"), err
	}
	a := newApp(t, face, settings{broker: alone{}}, Route{Path: "/shared", Page: show})
	shared = live.Share(a.keeper, "notes", func(struct{}) live.ListQuery[note, int] {
		return live.ListQuery[note, int]{
			Fetch: func(ctx context.Context) ([]note, error) {
				fetches.Add(1)
				return a.list(ctx)
			},
			Key: func(n note) int { return n.ID }, Subscribe: []string{"notes"}, Fragments: []fragment.Fragment{noteRows},
		}
	})
	fetched := func(do func()) int64 {
		before := fetches.Load()
		do()
		return fetches.Load() - before
	}
	ann, bob := a.person(), a.person()
	bob.stream("/shared").Next()
	if n := fetched(func() { ann.get("/shared") }); n != 0 {
		t.Errorf("what is at hand was fetched %d times", n)
	}
	_ = ann.request(http.MethodPost, "/shared").Body.Close()
	if n := fetched(func() { ann.get("/shared") }); n != 1 {
		t.Errorf("the page of who has written: %d fetches", n)
	}
	if n := fetched(func() { ann.stream("/shared").Next() }); n != 1 {
		t.Errorf("the stream of who has written: %d fetches", n)
	}
	if n := fetched(func() { bob.get("/shared") }); n != 0 {
		t.Errorf("the page of somebody else: %d fetches", n)
	}
}
