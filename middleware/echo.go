package middleware

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

// Config of the middleware. Keeper and Store are required. [adapter.Config] explains the fields, with their defaults.
type Config struct {
	Skipper     echomiddleware.Skipper // requests that are none of ours; default: none
	Keeper      *live.Keeper
	Store       sessions.Store                    // any of gorilla/sessions
	SessionName string                            // default "htmxlive"
	Keys        [][]byte                          // seal stream tokens; nodes share them; default: a random one
	Client      func(c echo.Context) views.Client // the page's generation of htmx; default: 4 if it says so, else 2
	Param       string                            // of the stream token; default "live"
	Element     string                            // id of the element that connects; default "live"
	ScriptPath  string                            // of htmxlive.js; default "/htmxlive.js", "-": nowhere
	Scripts     views.Scripts                     // of {{.Live.Scripts}}; default: htmx from the root of the site
	Stream      sse.Config                        // Retry defaults to 2 s, spread by half
	MaxOpening  int                               // streams with a handler that still runs; default 1000
	MaxURL      int                               // bytes of a GET's path and query; default 8 KiB
	MaxParams   int                               // of a GET's query; default 256
	Revocations Revocations                       // remembers ended sessions and kicks; default: a MemoryRevocations
	Development bool                              // shows errors in the page and looks for mistakes in it
	Logger      *slog.Logger                      // default slog.Default()

	RevocationInterval time.Duration // between two readings of Revocations; default 3 s
	RevocationGrace    time.Duration // of streams while Revocations cannot be read; default 1 minute
	LookupTimeout      time.Duration // for one look-up of Revocations; default 2 s
	TransactionTimeout time.Duration // the longest that a revocation takes to be readable; default: the keeper's
	FreshFor           time.Duration // after a POST no older shared result is trusted; default 10 s, negative: not at all
	Health             *Health       // is filled in, for readiness and metrics; nil: nobody asks
}

// Live is the middleware with its defaults. It panics if keeper or store is missing.
func Live(keeper *live.Keeper, store sessions.Store) echo.MiddlewareFunc {
	return LiveWithConfig(Config{Keeper: keeper, Store: store})
}

// LiveWithConfig is [Config.ToMiddleware] that panics on a wiring mistake.
func LiveWithConfig(cfg Config) echo.MiddlewareFunc {
	m, err := cfg.ToMiddleware()
	if err != nil {
		panic(err.Error())
	}
	return m
}

// ToMiddleware makes the middleware. Register it before what reads the session and guards pages: the session of a revoked
// login is empty there. An error is a wiring mistake.
func (cfg Config) ToMiddleware() (echo.MiddlewareFunc, error) {
	if cfg.Skipper == nil {
		cfg.Skipper = echomiddleware.DefaultSkipper
	}
	h, err := adapter.New(cfg.adapter())
	if err != nil {
		return nil, err
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if cfg.Skipper(c) {
				return next(c)
			}
			return cfg.serve(h, c, next)
		}
	}, nil
}

// adapter is cfg in terms of the adapter.
func (cfg Config) adapter() adapter.Config {
	return adapter.Config{
		Keeper: cfg.Keeper, Store: cfg.Store, SessionName: cfg.SessionName, Keys: cfg.Keys, Param: cfg.Param, Element: cfg.Element,
		ScriptPath: cfg.ScriptPath, Scripts: cfg.Scripts, Stream: cfg.Stream, MaxOpening: cfg.MaxOpening, MaxURL: cfg.MaxURL, MaxParams: cfg.MaxParams,
		Revocations: cfg.Revocations, Development: cfg.Development, Logger: cfg.Logger, StatusOf: statusOf,
		RevocationInterval: cfg.RevocationInterval, RevocationGrace: cfg.RevocationGrace, LookupTimeout: cfg.LookupTimeout,
		TransactionTimeout: cfg.TransactionTimeout, FreshFor: cfg.FreshFor, Health: cfg.Health,
	}
}

// KickUser ends the streams of a user everywhere, and Revocations remembers it, as [adapter.Config.KickUser] explains.
func (cfg Config) KickUser(ctx context.Context, user string) error {
	return cfg.adapter().KickUser(ctx, user)
}

// KickSession is KickUser of one session, by its live key.
func (cfg Config) KickSession(ctx context.Context, key string) error {
	return cfg.adapter().KickSession(ctx, key)
}

func (cfg Config) serve(h *adapter.Handler, c echo.Context, next echo.HandlerFunc) error {
	res := c.Response()
	q := h.Begin(res, c.Request())
	if q == nil {
		return next(c)
	}
	if cfg.Client != nil {
		q.SetClient(func() views.Client { return cfg.Client(c) })
	}
	res.Before(func() { res.Status = q.BeforeHeader(res.Status, res.Header()) })
	c.SetRequest(q.HTTP())
	err := q.Serve(func() error { return next(c) })
	if e, ok := errors.AsType[*adapter.Error](err); ok {
		return echo.NewHTTPError(e.Status, e.Message).SetInternal(err)
	}
	return err
}

// statusOf is the status of Echo's own errors.
func statusOf(err error) int {
	if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		return he.Code
	}
	return 0
}

// HideToken does to a request's address what Live does to it, before everything else: register it with e.Pre. It keeps stream
// tokens out of request logs, whatever clones a request before Live. And it writes a malformed query (?q=x;y) such that
// all read the same of it: Echo keeps the parameters that it parsed, so where a middleware before Live asks for one (CSRF
// and KeyAuth with a look-up in the query, c.QueryParam), Live is too late for that.
func (cfg Config) HideToken() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.SetRequest(adapter.HideToken(c.Request(), cfg.Param))
			return next(c)
		}
	}
}

// Script serves the optional script of htmxlive, for a route of its own. [Config].ScriptPath makes that unnecessary.
func Script() http.Handler { return adapter.Script() }

type (
	// Revocations remembers which sessions have ended, and who was kicked.
	Revocations = adapter.Revocations
	// Revocation is one session that has ended, or one kick.
	Revocation = adapter.Revocation
	// MemoryRevocations is Revocations in this process.
	MemoryRevocations = adapter.MemoryRevocations
	// Health says how the middleware does.
	Health = adapter.Health
)

// Handler makes a handler of a function that keeps query results on the page's socket and returns the page that shows
// them. An error is the answer, as everywhere in Echo. A nil page without an error: the function has answered by itself.
func Handler(f func(c echo.Context, s *live.Socket) (views.Component, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		q, err := adapter.From(c.Request())
		if err != nil {
			return err
		}
		page, err := f(c, Socket(c))
		switch {
		case err != nil:
			return err
		case page != nil:
			return Render(c, http.StatusOK, page)
		case !q.Answered():
			return adapter.ErrNoPage
		}
		return nil
	}
}

// Socket is the page's live assigns. It panics on a route that is not behind Live. A refused stream hears of it from Keep.
func Socket(c echo.Context) *live.Socket {
	q, err := adapter.From(c.Request())
	if err != nil {
		panic(err.Error())
	}
	return q.Socket(c.Request().Context())
}

// Render ends the handler of a live page: it writes the page, or the fragments of its new state to an htmx page change, or
// nothing to a stream, which begins when the handler has returned. [Handler] calls it.
func Render(c echo.Context, status int, component views.Component) error {
	q, err := adapter.From(c.Request())
	if err != nil {
		return err
	}
	return q.Render(c.Request().Context(), c.Response(), status, component)
}

// RotateSession gives the session a new live key and ends the pages of the old one: at login, before SetUser. It saves it.
func RotateSession(c echo.Context) error {
	q, err := adapter.From(c.Request())
	if err != nil {
		return err
	}
	return q.RotateSession(c.Response(), c.Request())
}

// Revoke ends the session, its streams on every node, and for good its cookie: at logout. It is empty afterwards.
func Revoke(c echo.Context) error {
	q, err := adapter.From(c.Request())
	if err != nil {
		return err
	}
	return q.Revoke(c.Response(), c.Request())
}

// SetUser names the session's user, for [Config.KickUser]. It saves the session.
func SetUser(c echo.Context, user string) error {
	q, err := adapter.From(c.Request())
	if err != nil {
		return err
	}
	return q.SetUser(c.Response(), c.Request(), user)
}

// User is the name that SetUser gave the session; empty without one, after its end, and on routes that are not behind Live.
func User(c echo.Context) string { return adapter.User(c.Request()) }

// CookieStore is gorilla's cookie store with options that are safe for a session, as [adapter.CookieStore] explains.
func CookieStore(keys ...[]byte) *sessions.CookieStore { return adapter.CookieStore(keys...) }
