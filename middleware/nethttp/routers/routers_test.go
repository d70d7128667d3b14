package routers_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/middleware/nethttp"
	"github.com/htmxlive/htmxlive/middleware/nethttp/internal/nethttptest"
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
			router.Method(http.MethodGet, r.Path, nethttptest.Handler(r))
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
				engine.GET(r.Path, gin.WrapH(nethttptest.Handler(r)))
				continue
			}
			engine.GET(r.Path, func(c *gin.Context) { // what gin's own handlers have at hand is enough
				nethttp.Error(c.Writer, c.Request, r.Handle(nethttptest.Call(c.Writer, c.Request)))
			})
		}
		var h http.Handler = engine
		for range times {
			h = nethttp.LiveWithConfig(cfg)(h)
		}
		return h
	})
}
