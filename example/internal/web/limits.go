package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"
)

// How long a request and its answer may take on the wire. The server itself has no such limits: they would cut every
// stream. A stream has a deadline for each write instead.
const (
	bodyTime    = 30 * time.Second       // for a form to arrive
	answerTime  = 30 * time.Second       // for an answer to be read, from its beginning
	refusalTime = 250 * time.Millisecond // for a refused body to pass by: a connection that is closed on it may lose the answer
)

// How long a request waits for the database.
const (
	lookupTime     = 2 * time.Second
	handlerTime    = 10 * time.Second
	rightsInterval = time.Minute
)

// limitHandlers limits how long a handler may take. Streams begin when theirs has returned.
func limitHandlers(most time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			unlimited := c.Request()
			ctx, cancel := context.WithTimeout(unlimited.Context(), most)
			defer cancel()
			defer c.SetRequest(unlimited)
			c.SetRequest(unlimited.WithContext(ctx))
			return next(c)
		}
	}
}

// limitWire refuses bodies where none is wanted, and those that are longer, or arrive more slowly, than any form of ours.
// An answer that is not read in time ends. A stream is neither: it has no body, and sets the deadlines of its writes itself.
func (d *Desk) limitWire(cfg Config) echo.MiddlewareFunc {
	body, answer := cmp.Or(cfg.BodyTime, bodyTime), cmp.Or(cfg.AnswerTime, answerTime)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		limited := echomiddleware.BodyLimit("256K")(next)
		return func(c echo.Context) error {
			wire := http.NewResponseController(c.Response())
			if err := limitAnswer(c, wire, answer); err != nil {
				return err
			}
			if r := c.Request(); r.Method != http.MethodGet && r.Method != http.MethodHead {
				if err := supported(wire.SetReadDeadline(time.Now().Add(body))); err != nil {
					return err
				}
				return limited(c)
			}
			if c.Request().ContentLength != 0 {
				return refuseBody(c, wire)
			}
			return next(c) // a deadline for reading would end a stream
		}
	}
}

// limitAnswer sets the deadline of an answer when it begins, and takes away the one that the answer before it on the same
// connection may have left.
func limitAnswer(c echo.Context, wire *http.ResponseController, most time.Duration) error {
	c.Response().Before(func() {
		if !isStream(c) {
			_ = wire.SetWriteDeadline(time.Now().Add(most)) // it was possible a moment ago
		}
	})
	return supported(wire.SetWriteDeadline(time.Time{}))
}

// refuseBody answers without waiting for the body. The connection ends, since the next request would be behind it.
func refuseBody(c echo.Context, wire *http.ResponseController) error {
	c.Response().Header().Set(echo.HeaderConnection, "close")
	if err := supported(wire.SetReadDeadline(time.Now().Add(refusalTime))); err != nil {
		return err
	}
	return echo.NewHTTPError(http.StatusBadRequest, "A request for a page has no body.")
}

// supported is the error of setting a deadline, unless the writer has none to set.
func supported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// maxRequestID is the length of the longest request id that is taken from a client, in bytes.
const maxRequestID = 64

// nameRequests gives each request an id, for the log and for the error page: the one that a proxy in front gave it, if it
// looks like one.
func nameRequests(next echo.HandlerFunc) echo.HandlerFunc {
	named := echomiddleware.RequestID()(next)
	return func(c echo.Context) error {
		h := c.Request().Header
		if id := h.Get(echo.HeaderXRequestID); len(id) > maxRequestID || strings.ContainsFunc(id, notInRequestID) {
			h.Del(echo.HeaderXRequestID)
		}
		return named(c)
	}
}

// notInRequestID reports whether no id of ours, of a trace, or in base64 has the character.
func notInRequestID(r rune) bool {
	switch {
	case '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		return false
	}
	return !strings.ContainsRune("-_.:=+/", r)
}
