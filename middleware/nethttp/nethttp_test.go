package nethttp_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/sessions"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
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

// An error is answered wherever the handler stands, and whatever it is asked for.
func TestError(t *testing.T) {
	fails := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { nethttp.Error(w, r, live.ErrForbidden) })
	var log adaptertest.Log
	behind := nethttp.LiveWithConfig(nethttp.Config{
		Keeper: live.NewKeeper(live.Config{}), Store: sessions.NewCookieStore([]byte("0123456789abcdef")), Logger: log.Logger(),
	})
	broken := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { nethttp.Error(w, r, errors.New("no such table")) })
	nothing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { nethttp.Error(w, r, nil) })
	for name, c := range map[string]struct {
		h    http.Handler
		want int
	}{
		"outside Live":             {fails, http.StatusInternalServerError},
		"behind Live":              {behind(fails), http.StatusForbidden},
		"broken":                   {behind(broken), http.StatusInternalServerError},
		"without an error":         {behind(nothing), http.StatusOK},
		"outside without an error": {nothing, http.StatusOK},
	} {
		w := httptest.NewRecorder()
		c.h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/form", http.NoBody))
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
	}
}
