package middleware

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
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
	source  source // stream: what it sends. Beside the rest, because each message needs both

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
		if c.Request().URL.Path == m.cfg.ScriptPath {
			return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", []byte(views.Script()))
		}
		token, found := takeToken(c.Request(), m.cfg.Param)
		p := &page{pages: m, c: c, token: token, kind: classify(c.Request(), found), began: time.Now()}
		c.Set(contextKey, p)
		defer p.close()
		c.Response().Before(p.beforeAnswer)
		if p.kind != whole && !sameSite(c.Request()) {
			return echo.NewHTTPError(http.StatusForbidden, "Cross-site requests for live pages are refused.")
		}
		var err error
		if p.session, err = m.enter(c); err != nil {
			return p.failed(err)
		}
		if p.kind == stream {
			return p.stream(next)
		}
		return answer(next(c))
	}
}

// failed answers an error. The stream of a page that is open, or says so, is asked to come back: an
// error would stop htmx 1.9 for good.
func (p *page) failed(err error) error {
	err = answer(err)
	said := p.token != "" || sse.LastEventID(p.c.Request()) != ""
	if p.kind != stream || !said || statusOf(err) < http.StatusInternalServerError {
		return err
	}
	ctx := p.c.Request().Context()
	p.pages.cfg.Logger.ErrorContext(ctx, "middleware: a page could not come back, it tries again", "path", p.c.Request().URL.Path, "error", err)
	p.comeBack()
	return nil
}

func statusOf(err error) int {
	if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		return he.Code
	}
	return http.StatusInternalServerError
}

func (p *page) close() {
	if p.socket != nil {
		p.socket.Close()
	}
}

// Socket is the page's live assigns. It panics on a route that is not behind Live. A stream that is
// refused (too many of the session, draining) finds out by what Keep returns.
func Socket(c echo.Context) *live.Socket {
	p, err := pageOf(c)
	if err != nil {
		panic(err.Error())
	}
	if p.socket == nil {
		p.openSocket()
	}
	return p.socket
}

func (p *page) openSocket() {
	if p.kind == stream {
		p.recall()
	}
	// An error is what Keep returns.
	p.socket, _ = p.pages.cfg.Keeper.NewSocket(p.c.Request().Context(), p.socketConfig(p.kind == stream))
	p.shown = live.State{} // not to be held for as long as a stream is open
}

func (p *page) socketConfig(connected bool) live.SocketConfig {
	r := p.c.Request()
	return live.SocketConfig{
		Session: p.key, User: textOf(p.session, liveUser), Path: r.URL.EscapedPath(), Query: queryOf(r.URL.RawQuery),
		Connected: connected, Shown: p.shown, Valid: p.valid(p.key),
	}
}

// beforeAnswer has the last word about status and headers.
func (p *page) beforeAnswer() {
	if p.kind == stream {
		refuseRedirect(p.c.Response())
	}
	p.forbidCaching()
}

// forbidCaching sets what every answer of a live URL says to caches, errors and redirects included. A
// file that is served behind the middleware keeps its own.
func (p *page) forbidCaching() {
	res := p.c.Response()
	h, kind := res.Header(), res.Header().Get(echo.HeaderContentType)
	redirectOrError := res.Status >= 300 && res.Status != http.StatusNotModified
	if !redirectOrError && !strings.HasPrefix(kind, echo.MIMETextHTML) && !strings.HasPrefix(kind, "text/event-stream") {
		return
	}
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Add(echo.HeaderVary, "Accept, HX-Request, HX-Boosted, HX-History-Restore-Request")
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
	if limit, ok := errors.AsType[*live.LimitError](err); ok {
		switch limit.Limit {
		case "StreamsPerSession":
			message := fmt.Sprintf("Too many pages (%d) are open in this session: close some.", limit.Max)
			return echo.NewHTTPError(http.StatusTooManyRequests, message).SetInternal(err)
		case "Streams", "MaxFetches":
			return echo.NewHTTPError(http.StatusServiceUnavailable, "Too much is going on, try again in a moment.").SetInternal(err)
		}
	}
	switch {
	case errors.Is(err, live.ErrGone):
		return echo.NewHTTPError(http.StatusNotFound, "Not found.").SetInternal(err)
	case errors.Is(err, live.ErrForbidden):
		return echo.NewHTTPError(http.StatusForbidden, "Forbidden.").SetInternal(err)
	case errors.Is(err, live.ErrClosed):
		return echo.NewHTTPError(http.StatusServiceUnavailable, "Restarting, try again in a moment.").SetInternal(err)
	}
	return err
}
