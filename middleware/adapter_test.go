package middleware_test

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
	"github.com/htmxlive/htmxlive/views"
)

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, func(cfg adapter.Config, times int, routes []adaptertest.Route) http.Handler {
		e := echo.New()
		for range times {
			e.Use(middleware.LiveWithConfig(middleware.Config{
				Keeper: cfg.Keeper, Store: cfg.Store, Logger: cfg.Logger, Development: cfg.Development,
				ScriptPath: cfg.ScriptPath, Scripts: cfg.Scripts, MaxURL: cfg.MaxURL, MaxParams: cfg.MaxParams,
				Revocations: cfg.Revocations, RevocationInterval: cfg.RevocationInterval, RevocationGrace: cfg.RevocationGrace,
				LookupTimeout: cfg.LookupTimeout, TransactionTimeout: cfg.TransactionTimeout, FreshFor: cfg.FreshFor, Health: cfg.Health,
			}))
		}
		for _, r := range routes {
			e.GET(r.Path, routeHandler(r))
		}
		return e
	})
}

func routeHandler(route adaptertest.Route) echo.HandlerFunc {
	if route.Page != nil {
		return middleware.Handler(func(_ echo.Context, s *live.Socket) (views.Component, error) { return route.Page(s) })
	}
	return func(c echo.Context) error { return route.Handle(callOf(c)) }
}

func callOf(c echo.Context) adaptertest.Call {
	return adaptertest.Call{
		W: c.Response(), R: c.Request(), Socket: func() *live.Socket { return middleware.Socket(c) },
		Render:        func(status int, page views.Component) error { return middleware.Render(c, status, page) },
		RotateSession: func() error { return middleware.RotateSession(c) },
		SetUser:       func(name string) error { return middleware.SetUser(c, name) },
		Revoke:        func() error { return middleware.Revoke(c) },
		User:          func() string { return middleware.User(c) },
	}
}
