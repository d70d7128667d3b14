package nethttp_test

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/middleware/nethttp"
	"github.com/htmxlive/htmxlive/middleware/nethttp/internal/nethttptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, func(cfg adapter.Config, times int, routes []adaptertest.Route) http.Handler {
		mux := http.NewServeMux()
		for _, r := range routes {
			mux.Handle("GET "+r.Path, nethttptest.Handler(r))
		}
		var h http.Handler = mux
		for range times {
			h = nethttp.LiveWithConfig(cfg)(h)
		}
		return h
	})
}
