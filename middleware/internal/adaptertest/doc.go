// Package adaptertest is what every adapter for a router has to pass: one table of tests, run against a real server that
// the adapter's own test builds of the routes it is given.
package adaptertest

import (
	"net/http"
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/views"
)

// Call is a request as a handler of any router sees it.
type Call struct {
	W http.ResponseWriter
	R *http.Request

	Socket        func() *live.Socket
	Render        func(status int, page views.Component) error
	RotateSession func() error
	SetUser       func(name string) error
	Revoke        func() error
	User          func() string
}

// Route is a GET. It has either a Page, which the adapter's Handler serves, or a handler of its own.
type Route struct {
	Path   string
	Page   func(s *live.Socket) (views.Component, error)
	Handle func(c Call) error
}

// Face builds the server of the routes, with the adapter's Live around all of them as often as times says. It takes from
// cfg what the adapter's own Config has.
type Face func(cfg adapter.Config, times int, routes []Route) http.Handler

// Run holds an adapter to the table.
func Run(t *testing.T, face Face) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(t *testing.T, face Face)
	}{
		{"page", testPage},
		{"script", testScript},
		{"script tags", testScriptTags},
		{"stream", testStream},
		{"page change", testPageChange},
		{"redirected page change", testRedirectedPageChange},
		{"which stream follows a swap", testStreamOfASwap},
		{"resume", testResume},
		{"logout", testLogout},
		{"statuses", testStatuses},
		{"errors are logged", testErrorsAreLogged},
		{"development", testDevelopment},
		{"limits", testLimits},
		{"bodies", testBodies},
		{"twice", testTwice},
		{"kick before the handler", testKickBeforeTheHandler},
		{"user of a header", testUserOfAHeader},
		{"revocations are read", testRevocationsAreRead},
		{"kicks are read", testKicksAreRead},
		{"revocations that cannot be read", testRevocationsAway},
		{"who has written", testWhoHasWritten},
		{"own writes", testOwnWrites},
		{"outer timeout", testOuterTimeout},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, face) })
	}
}
