package echo5_test

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/middleware/echo5"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/views"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, func(cfg adapter.Config, times int, routes []adaptertest.Route) http.Handler {
		e := echo.New()
		for range times {
			e.Use(echo5.LiveWithConfig(echo5.Config{
				Keeper: cfg.Keeper, Store: cfg.Store, Logger: cfg.Logger, Development: cfg.Development,
				ScriptPath: cfg.ScriptPath, Scripts: cfg.Scripts, MaxURL: cfg.MaxURL, MaxParams: cfg.MaxParams,
				Revocations: cfg.Revocations, RevocationInterval: cfg.RevocationInterval, RevocationGrace: cfg.RevocationGrace,
				LookupTimeout: cfg.LookupTimeout, TransactionTimeout: cfg.TransactionTimeout, FreshFor: cfg.FreshFor, Health: cfg.Health,
			}))
		}
		for _, r := range routes {
			e.GET(r.Path, handler(r))
		}
		return e
	})
}

func handler(route adaptertest.Route) echo.HandlerFunc {
	if route.Page != nil {
		return echo5.Handler(func(_ *echo.Context, s *live.Socket) (views.Component, error) { return route.Page(s) })
	}
	return func(c *echo.Context) error { return route.Handle(call(c)) }
}

func call(c *echo.Context) adaptertest.Call {
	return adaptertest.Call{
		W: c.Response(), R: c.Request(), Socket: func() *live.Socket { return echo5.Socket(c) },
		Render:        func(status int, page views.Component) error { return echo5.Render(c, status, page) },
		RotateSession: func() error { return echo5.RotateSession(c) },
		SetUser:       func(name string) error { return echo5.SetUser(c, name) },
		Revoke:        func() error { return echo5.Revoke(c) },
		User:          func() string { return echo5.User(c) },
	}
}
