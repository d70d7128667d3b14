package nethttp_test

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/middleware/nethttp"
	"github.com/htmxlive/htmxlive/views"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, func(cfg adapter.Config, times int, routes []adaptertest.Route) http.Handler {
		mux := http.NewServeMux()
		for _, r := range routes {
			mux.Handle("GET "+r.Path, handler(r))
		}
		var h http.Handler = mux
		for range times {
			h = nethttp.LiveWithConfig(cfg)(h)
		}
		return h
	})
}

func handler(route adaptertest.Route) http.Handler {
	if route.Page != nil {
		return nethttp.Handler(func(_ http.ResponseWriter, _ *http.Request, s *live.Socket) (views.Component, error) {
			return route.Page(s)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nethttp.Error(r, route.Handle(call(w, r)))
	})
}

func call(w http.ResponseWriter, r *http.Request) adaptertest.Call {
	return adaptertest.Call{
		W: w, R: r, Socket: func() *live.Socket { return nethttp.Socket(r) },
		Render:        func(status int, page views.Component) error { return nethttp.Render(w, r, status, page) },
		RotateSession: func() error { return nethttp.RotateSession(w, r) },
		SetUser:       func(name string) error { return nethttp.SetUser(w, r, name) },
		Revoke:        func() error { return nethttp.Revoke(w, r) },
		User:          func() string { return nethttp.User(r) },
	}
}
