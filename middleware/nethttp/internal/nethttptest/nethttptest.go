// Package nethttptest makes handlers of the routes that every adapter is tested with, for all routers that take an
// http.Handler.
package nethttptest

import (
	"net/http"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/middleware/nethttp"
	"github.com/htmxlive/htmxlive/views"
)

// Handler is the handler of a route.
func Handler(route adaptertest.Route) http.Handler {
	if route.Page != nil {
		return nethttp.Handler(func(_ http.ResponseWriter, _ *http.Request, s *live.Socket) (views.Component, error) {
			return route.Page(s)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nethttp.Error(w, r, route.Handle(Call(w, r)))
	})
}

// Call is a request as a route's own handler gets it.
func Call(w http.ResponseWriter, r *http.Request) adaptertest.Call {
	return adaptertest.Call{
		W: w, R: r, Socket: func() *live.Socket { return nethttp.Socket(r) },
		Render:        func(status int, page views.Component) error { return nethttp.Render(w, r, status, page) },
		RotateSession: func() error { return nethttp.RotateSession(w, r) },
		SetUser:       func(name string) error { return nethttp.SetUser(w, r, name) },
		Revoke:        func() error { return nethttp.Revoke(w, r) },
		User:          func() string { return nethttp.User(r) },
	}
}
