package adaptertest

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/htmxlive/htmxlive/middleware/adapter"
)

// expiring is a context with a time limit that is over when a test says so.
type expiring struct {
	context.Context //nolint:containedctx // it is a context

	over <-chan struct{}
}

func (c expiring) Done() <-chan struct{} { return c.over }

func (c expiring) Err() error {
	select {
	case <-c.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// testOuterTimeout: what limits the time of requests and stands before Live is heard of.
func testOuterTimeout(t *testing.T, face Face) {
	over := make(chan struct{})
	expire := sync.OnceFunc(func() { close(over) })
	defer expire()
	limited := func(cfg adapter.Config, times int, routes []Route) http.Handler {
		next := face(cfg, times, routes)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(expiring{r.Context(), over})) //nolint:contextcheck // it is inherited
		})
	}
	a := newApp(t, limited, settings{})
	p := a.person()
	one, two := p.stream("/notes"), p.stream("/notes")
	one.Next()
	two.Next()
	expire()
	one.Rest()
	two.Rest()
	if n := strings.Count(a.log.String(), "an outer timeout ends streams"); n != 1 {
		t.Errorf("of streams it was said %d times: %s", n, a.log)
	}
	if res := p.get("/notes"); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("a load: %d", res.StatusCode)
	}
	if log := a.log.String(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "deadline exceeded") {
		t.Errorf("a load that took too long is logged as %s", log)
	}
}
