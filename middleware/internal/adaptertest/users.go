package adaptertest

import (
	"net/http"
	"strings"
	"testing"
)

// testUserOfAHeader: a guard that takes the user from a header of each request (single sign-on) names it to a stream that is
// admitted already, as one of the session's user before.
func testUserOfAHeader(t *testing.T, face Face) {
	var a *app
	show := func(c Call) error {
		if err := a.keep(c.Socket()); err != nil {
			return err
		}
		return c.Render(http.StatusOK, page("page"))
	}
	a = newApp(t, face, settings{}, Route{Path: "/sso", Handle: func(c Call) error {
		if err := c.SetUser(c.R.Header.Get("X-User")); err != nil {
			return err
		}
		return show(c)
	}}, Route{Path: "/late", Handle: func(c Call) error {
		c.Socket()
		if err := c.SetUser(c.R.Header.Get("X-User")); err != nil {
			return err
		}
		return show(c)
	}})
	p := a.person()
	p.get("/login") // as ada
	connect := ConnectURL(t, p.get("/sso", "X-User", "ada").html)
	s := p.stream(connect, "X-User", "bob")
	if ev := s.Next(); ev.Data != "" {
		t.Errorf("the stream sends again what is shown: %+v", ev)
	}
	if err := a.keeper.KickUser(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	a.set(note{2, "two"})
	if ev := s.Next(); !strings.Contains(ev.Data, "two") {
		t.Errorf("when the user before is kicked: %+v", ev)
	}
	if err := a.keeper.KickUser(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	a.set(note{3, "three"})
	if ev := s.Next(); !strings.Contains(ev.Data, "delete:#live") {
		t.Errorf("when its user is kicked: %+v", ev)
	}
	// With the socket in the handler's hands it is too late: the page comes back as the user that its session has now.
	connect = ConnectURL(t, p.get("/late", "X-User", "bob").html)
	if ev, begun := p.stream(connect, "X-User", "eve").read(); begun || ev.Retry == "" {
		t.Errorf("too late: %+v", ev)
	}
}
