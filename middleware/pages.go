package middleware

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/paging"
)

// pages is the middleware: what all live pages of an application have in common.
type pages struct {
	cfg  Config
	seal *sealer
	boot *boot

	opening atomic.Int64 // streams whose handlers run
}

// page is one request on its way through the middleware.
type page struct {
	pages   *pages
	c       echo.Context
	kind    kind
	token   string
	session *sessions.Session
	key     string // the session's live key, once the page is live
	socket  *live.Socket
	shown   live.State // what the browser shows already, until the stream begins
	kept    string     // stream: the end of its messages' ids, see sealKept
	known   bool       // stream: of a page that was rendered before
	began   time.Time

	rendered bool // Render was called: a stream may begin
}

// contextKey is where the page is found in an echo.Context.
const contextKey = "github.com/htmxlive/htmxlive/middleware"

func pageOf(c echo.Context) (*page, error) {
	if p, ok := c.Get(contextKey).(*page); ok {
		return p, nil
	}
	return nil, errNoMiddleware
}

func (m *pages) middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if m.cfg.Skipper(c) {
			return next(c)
		}
		s, err := m.enter(c)
		if err != nil {
			return err
		}
		token, found := takeToken(c.Request(), m.cfg.Param)
		p := &page{pages: m, c: c, token: token, session: s, kind: classify(c.Request(), found), began: time.Now()}
		c.Set(contextKey, p)
		defer p.close()
		if p.kind != whole && !sameSite(c.Request()) {
			return echo.NewHTTPError(http.StatusForbidden, "cross-site requests for live pages are refused")
		}
		if p.kind == stream {
			return answer(p.stream(next))
		}
		return answer(next(c))
	}
}

func (p *page) close() {
	if p.socket != nil {
		p.socket.Close()
	}
}

// Socket is the page's live assigns. It panics on a route that is not behind Live.
func Socket(c echo.Context) *live.Socket {
	p, err := pageOf(c)
	if err != nil {
		panic(err.Error())
	}
	if p.socket == nil {
		p.openWhole()
	}
	return p.socket
}

// openWhole makes the socket of a request that is not a stream, which cannot fail.
func (p *page) openWhole() {
	p.markLive()
	p.socket, _ = p.pages.cfg.Keeper.NewSocket(p.c.Request().Context(), p.socketConfig(false))
}

func (p *page) socketConfig(connected bool) live.SocketConfig {
	r := p.c.Request()
	return live.SocketConfig{
		Session: p.key, User: textOf(p.session, liveUser), Path: r.URL.Path, Query: r.URL.Query(),
		Connected: connected, Shown: p.shown, Valid: p.valid(p.key),
	}
}

// markLive sets what every answer of a live URL says to caches.
func (p *page) markLive() {
	h := p.c.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept, HX-Request, HX-Boosted, HX-History-Restore-Request")
}

// answer gives errors of the library the status they mean. What the user should not see stays inside.
func answer(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*echo.HTTPError](err); ok {
		return err
	}
	if bad, ok := errors.AsType[*paging.Error](err); ok {
		return echo.NewHTTPError(http.StatusBadRequest, bad.Error()).SetInternal(err)
	}
	if limit, ok := errors.AsType[*live.LimitError](err); ok && limit.Limit == "StreamsPerSession" {
		message := fmt.Sprintf("too many open pages (%d) in this session: close some", limit.Max)
		return echo.NewHTTPError(http.StatusTooManyRequests, message).SetInternal(err)
	}
	switch {
	case errors.Is(err, live.ErrGone):
		return echo.NewHTTPError(http.StatusNotFound, "not found").SetInternal(err)
	case errors.Is(err, live.ErrForbidden):
		return echo.NewHTTPError(http.StatusForbidden, "forbidden").SetInternal(err)
	case errors.Is(err, live.ErrClosed):
		return echo.NewHTTPError(http.StatusServiceUnavailable, "restarting, try again in a moment").SetInternal(err)
	}
	return err
}
