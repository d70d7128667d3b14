package web

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/htmxlive/htmxlive/example/internal/machine"
	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/views"
)

// Config is what a Desk is made of. Everything but Scripts and Secure is required.
type Config struct {
	DB     *store.DB
	Keeper *live.Keeper
	Logger *slog.Logger

	SessionKeys [][]byte // for the session cookie: pairs of an authentication and an encryption key
	LiveKeys    [][]byte // for stream tokens and ids
	PagingKeys  [][]byte // for cursors

	Scripts string // the folder in which npm put htmx; without it pages work, but are not live
	Secure  bool   // cookies only travel over HTTPS

	BrokerTime time.Duration // how long /readyz stays well while this node does not hear the others; default 10 s

	LookupTime     time.Duration // how long a request waits to know whose it is; default 2 s
	HandlerTime    time.Duration // how long a handler may take, the forms and pages of which wait for the database; default 10 s
	RightsInterval time.Duration // how often the pages of an agent look whether they may still be seen, where nothing tells of a change; default 1 min

	BodyTime   time.Duration // how long a form may take to arrive; default 30 s
	AnswerTime time.Duration // how long an answer that is no stream may take to be read; default 30 s
}

// A Desk is the helpdesk's web side.
type Desk struct {
	db         *store.DB
	keeper     *live.Keeper
	log        *slog.Logger
	sessions   *sessions.CookieStore
	cursors    *paging.Codec
	looks      map[views.Client]*look
	assets     *assets
	metrics    *metrics
	sampler    *machine.Sampler
	health     middleware.Health
	brokerTime time.Duration

	lookupTime, rightsInterval time.Duration
}

// New makes the handler that serves the whole helpdesk.
func New(cfg Config) (http.Handler, error) {
	d := &Desk{
		db: cfg.DB, keeper: cfg.Keeper, log: cfg.Logger,
		sessions: cookies(cfg), cursors: paging.NewCodec(cfg.PagingKeys...), sampler: machine.New(),
		brokerTime: cmp.Or(cfg.BrokerTime, brokerTime),
		lookupTime: cmp.Or(cfg.LookupTime, lookupTime), rightsInterval: cmp.Or(cfg.RightsInterval, rightsInterval),
	}
	var err error
	if d.assets, err = newAssets(cfg.Scripts); err != nil {
		return nil, err
	}
	if d.looks, err = newLooks(d.assets); err != nil {
		return nil, err
	}
	d.metrics = newMetrics(d)

	e := echo.New()
	e.HTTPErrorHandler = d.answerError
	liveConfig := middleware.Config{
		Keeper: cfg.Keeper, Store: d.sessions, SessionName: sessionName, Keys: cfg.LiveKeys, Logger: cfg.Logger,
		Revocations: cfg.DB.Revocations(), Param: tokenParam, Health: &d.health, LookupTimeout: d.lookupTime,
		Client: func(c echo.Context) views.Client { return lookOf(c).client },
	}
	e.Pre(liveConfig.HideToken())
	e.Use(nameRequests, d.metrics.count, d.logRequests, d.recoverPanics, secureHeaders, d.limitWire(cfg))
	d.operations(e)
	d.files(e)
	liven, err := liveConfig.ToMiddleware()
	if err != nil {
		return nil, err
	}
	pages := e.Group("", d.chooseLook, refuseForeignForms, liven, limitHandlers(cmp.Or(cfg.HandlerTime, handlerTime)))
	d.login(pages)
	d.pages(pages.Group("", d.requireAgent))
	// Last, to replace the one that each group brings along.
	pages.RouteNotFound(everything, echo.NotFoundHandler, refuseMethods(e), d.requireAgent)
	return e, nil
}

// pages are the routes behind the login.
func (d *Desk) pages(g *echo.Group) {
	get(g, "/", func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, lookOf(c).link("/tickets")) })
	newTickets(d).routes(g)
	newTicket(d).routes(g)
	newArchive(d).routes(g)
	newDashboard(d).routes(g)
	newSystem(d).routes(g)
	newInspector(d).routes(g)
}

const sessionName = "helpdesk"

func cookies(cfg Config) *sessions.CookieStore {
	s := sessions.NewCookieStore(cfg.SessionKeys...)
	s.Options = &sessions.Options{
		Path: "/", MaxAge: int((30 * 24 * time.Hour).Seconds()), HttpOnly: true, Secure: cfg.Secure, SameSite: http.SameSiteLaxMode,
	}
	s.MaxAge(s.Options.MaxAge)
	return s
}

// recoverPanics turns a panic of a handler into an error with the stack in its log line, and a page that says sorry.
func (d *Desk) recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	guard := echomiddleware.RecoverConfig{DisableErrorHandler: true, LogErrorFunc: func(_ echo.Context, err error, stack []byte) error {
		return errors.Join(err, errors.New(string(stack)))
	}}
	return echomiddleware.RecoverWithConfig(guard)(next)
}
