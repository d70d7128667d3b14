package routers_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/middleware/nethttp"
	"github.com/htmxlive/htmxlive/views"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	goleak.VerifyTestMain(m)
}

// TestChi: Live is a middleware of chi like any other.
func TestChi(t *testing.T) {
	adaptertest.Run(t, func(cfg adapter.Config, times int, routes []adaptertest.Route) http.Handler {
		router := chi.NewRouter()
		for range times {
			router.Use(nethttp.LiveWithConfig(cfg))
		}
		for _, r := range routes {
			router.Method(http.MethodGet, r.Path, handler(r))
		}
		return router
	})
}

// TestGin: Live stands around the engine, because gin's own middlewares see no http.ResponseWriter that they could replace.
func TestGin(t *testing.T) {
	adaptertest.Run(t, func(cfg adapter.Config, times int, routes []adaptertest.Route) http.Handler {
		engine := gin.New()
		for _, r := range routes {
			if r.Page != nil {
				engine.GET(r.Path, gin.WrapH(handler(r)))
				continue
			}
			engine.GET(r.Path, func(c *gin.Context) { // what gin's own handlers have at hand is enough
				nethttp.Error(c.Request, r.Handle(call(c.Writer, c.Request)))
			})
		}
		var h http.Handler = engine
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
