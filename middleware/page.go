package middleware

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/views"
)

// Revocations remembers which sessions have ended.
type Revocations = adapter.Revocations

// Revocation is one session that has ended.
type Revocation = adapter.Revocation

// MemoryRevocations is Revocations in this process.
type MemoryRevocations = adapter.MemoryRevocations

// Handler makes a handler of a function that keeps query results on the page's socket and returns the page that shows
// them. An error is the answer, as everywhere in Echo. A nil page without an error means that the function has answered
// by itself, with a redirect for example.
func Handler(f func(c echo.Context, s *live.Socket) (views.Component, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, err := requestOf(c); err != nil {
			return err
		}
		page, err := f(c, Socket(c))
		switch {
		case err != nil:
			return err
		case page != nil:
			return Render(c, http.StatusOK, page)
		case !c.Response().Committed:
			return adapter.ErrNoPage
		}
		return nil
	}
}

// Socket is the page's live assigns. It panics on a route that is not behind Live. A stream that is
// refused (too many of the session, draining) finds out by what Keep returns.
func Socket(c echo.Context) *live.Socket {
	q, err := requestOf(c)
	if err != nil {
		panic(err.Error())
	}
	return q.Socket(c.Request().Context())
}

// Render ends the handler of a live page: it writes the page, or the fragments of its new state to an
// htmx page change, or nothing to a stream, which begins when the handler has returned. Everything is
// rendered before anything is written. [Handler] calls it.
func Render(c echo.Context, status int, component views.Component) error {
	q, err := requestOf(c)
	if err != nil {
		return err
	}
	return q.Render(c.Request().Context(), c.Response(), status, component)
}

// RotateSession gives the session a new live key and ends the pages of the old one. Call it at login, before
// SetUser, so that a key from before cannot watch what comes after. It saves the session.
func RotateSession(c echo.Context) error {
	q, err := requestOf(c)
	if err != nil {
		return err
	}
	return q.RotateSession(c.Response(), c.Request())
}

// Revoke ends the session: its streams on every node at once, and its cookie, which is remembered as
// ended however often a browser shows it again. Call it at logout. The session is empty afterwards.
func Revoke(c echo.Context) error {
	q, err := requestOf(c)
	if err != nil {
		return err
	}
	return q.Revoke(c.Response(), c.Request())
}

// SetUser names the session's user, so that the keeper can end all streams of one user. It saves the session.
func SetUser(c echo.Context, user string) error {
	q, err := requestOf(c)
	if err != nil {
		return err
	}
	return q.SetUser(c.Response(), c.Request(), user)
}

// User is the name that SetUser gave the session; empty without one, after its end, and on routes that are not behind Live.
func User(c echo.Context) string {
	return adapter.User(c.Request())
}

func requestOf(c echo.Context) (*adapter.Request, error) { return adapter.From(c.Request()) }
