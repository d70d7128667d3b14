package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/paging"
)

// apology is the error page.
type apology struct {
	frame

	Code            int
	Heading         string
	Message         string
	Back, BackLabel string
	Reference       string
}

// answerError is the one place that turns errors into answers: a page for people, a notice for htmx, a line for programs
// and streams. What is not meant for people is logged and never shown.
func (d *Desk) answerError(err error, c echo.Context) {
	if c.Response().Committed || errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		return // the answer has begun, or nobody is there any more
	}
	code, message := explain(err)
	if code >= http.StatusInternalServerError && !d.expected(code) {
		d.log.ErrorContext(c.Request().Context(), "request failed", "error", err, "path", c.Request().URL.Path, "request", requestID(c))
	}
	if err := d.apologize(c, code, message); err != nil {
		d.log.ErrorContext(c.Request().Context(), "error page failed", "error", err, "path", c.Request().URL.Path)
	}
}

// explain is the status of an error and what people may know about it; "" is nothing.
func explain(err error) (code int, message string) {
	if wrong, ok := errors.AsType[*paging.Error](err); ok {
		return http.StatusBadRequest, "The parameter " + wrong.Param + " " + wrong.Reason + "."
	}
	if limit, ok := errors.AsType[*live.LimitError](err); ok && limit.Limit == "StreamsPerSession" {
		return http.StatusTooManyRequests, fmt.Sprintf("You have %d pages of the helpdesk open, and that is as many as can "+
			"follow along. Close some of them, and load this one again.", limit.Max)
	}
	switch { // our own words for these
	case errors.Is(err, live.ErrGone):
		return http.StatusNotFound, ""
	case errors.Is(err, live.ErrForbidden):
		return http.StatusForbidden, ""
	case errors.Is(err, context.DeadlineExceeded): // the database does not answer
		return http.StatusServiceUnavailable, ""
	}
	he, ok := errors.AsType[*echo.HTTPError](err)
	if !ok {
		return http.StatusInternalServerError, ""
	}
	message, _ = he.Message.(string)
	if message == http.StatusText(he.Code) || he.Code >= http.StatusInternalServerError {
		message = ""
	}
	return he.Code, sentence(message)
}

// sentence is a message as people write: some come from libraries, which begin them small and end them without a stop.
func sentence(message string) string {
	if message == "" {
		return ""
	}
	message = capitalize(message)
	if !strings.ContainsAny(message[len(message)-1:], ".!?") {
		message += "."
	}
	return message
}

// onlyStream reports whether the client takes a stream and no page.
func onlyStream(c echo.Context) bool {
	accept := c.Request().Header.Get(echo.HeaderAccept)
	return strings.Contains(accept, "text/event-stream") && !strings.Contains(accept, "text/html")
}

func (d *Desk) apologize(c echo.Context, code int, message string) error {
	a := apology{
		frame: newFrame(c, heading(code), ""), Code: code, Heading: heading(code), Message: cmp.Or(message, excuse(code)),
		Back: "/tickets", BackLabel: "To the tickets",
	}
	if l := lookOf(c); l != nil {
		a.Back = l.link(a.Back)
	}
	if code >= http.StatusInternalServerError {
		a.Reference = requestID(c)
	}
	switch {
	case c.Request().Method == http.MethodHead:
		return c.NoContent(code)
	case byHTMX(c) && lookOf(c) != nil:
		return showPart(c, code, "notice-oob", notice{Text: a.Message, Bad: true})
	case onlyStream(c):
		return c.String(code, a.Message+"\n")
	}
	return d.showStill(c, code, "error.html", a)
}

func heading(code int) string {
	switch code {
	case http.StatusBadRequest:
		return "That address does not add up"
	case http.StatusForbidden:
		return "This is not for you"
	case http.StatusNotFound:
		return "There is nothing here"
	case http.StatusMethodNotAllowed, http.StatusNotAcceptable:
		return "That cannot be done here"
	case http.StatusRequestEntityTooLarge:
		return "That is too long"
	case http.StatusTooManyRequests:
		return "One moment, please"
	case http.StatusServiceUnavailable:
		return "Back in a moment"
	default:
		return "Something went wrong"
	}
}

func excuse(code int) string {
	switch code {
	case http.StatusBadRequest:
		return "Something in the address or the form cannot be understood. A link may have been cut short, or is too old."
	case http.StatusForbidden:
		return "It belongs to another team. If you need it, ask your administrator."
	case http.StatusNotFound:
		return "It was deleted, or it never was. The address may hold a typing mistake."
	case http.StatusMethodNotAllowed:
		return "The address is right, but it cannot be used in this way."
	case http.StatusRequestEntityTooLarge:
		return "The form holds more than a ticket can. Shorten it, please."
	case http.StatusTooManyRequests:
		return "There are too many open pages or requests. Close some of them, and try again."
	case http.StatusServiceUnavailable:
		return "The helpdesk is restarting, or waits for its data. Try again in a few seconds."
	default:
		return "This is our fault, not yours, and it has been written down. Trying again may help."
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }
