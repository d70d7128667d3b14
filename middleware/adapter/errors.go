package adapter

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/sse"
)

// Error is an error with what the browser is told of it.
type Error struct {
	Status  int    // of HTTP
	Message string // a sentence for the user, which tells nothing of the inside
	Err     error  // for the log; nil where the message says it all
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// StatusCode is Status.
func (e *Error) StatusCode() int { return e.Status }

func refuse(status int, message string) error { return &Error{Status: status, Message: message} }

var errBusy = errors.New("middleware: too many streams are opening")

// answer gives errors of the library the status they mean. What the user should not see stays inside. An error of the
// application or its router is returned as it is.
func answer(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	if bad, ok := errors.AsType[*paging.Error](err); ok {
		return &Error{http.StatusBadRequest, bad.Error(), err}
	}
	if limit, ok := errors.AsType[*live.LimitError](err); ok {
		if e := answerLimit(limit); e != nil {
			e.Err = err
			return e
		}
	}
	switch {
	case errors.Is(err, live.ErrGone):
		return &Error{http.StatusNotFound, "Not found.", err}
	case errors.Is(err, live.ErrForbidden):
		return &Error{http.StatusForbidden, "Forbidden.", err}
	case errors.Is(err, live.ErrClosed):
		return &Error{http.StatusServiceUnavailable, "Restarting, try again in a moment.", err}
	}
	return err
}

// failed answers an error, after it has been reported. The stream of a page that is open, or says so, is asked to come
// back: an error would stop htmx 1.9 for good.
func (q *Request) failed(err error) error {
	err = answer(err)
	status := q.handler.statusOf(err)
	bad := status >= http.StatusInternalServerError
	q.report(err, status)
	said := q.hasToken && q.token != "" || sse.LastEventID(q.r) != ""
	switch {
	case bad && q.kind == stream && said && q.status == 0:
		q.askToReconnect()
		return nil
	case bad && q.used && q.status == 0 && q.handler.cfg.Development:
		return q.showError(err, status)
	}
	return err
}

func (h *Handler) statusOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	if status := h.cfg.StatusOf(err); status != 0 {
		return status
	}
	return http.StatusInternalServerError
}

// report logs an error that is nobody's answer: with its text, which the browser is not told, and where it came from.
// Errors of handlers that have nothing to do with live pages are their router's affair.
func (q *Request) report(err error, status int) {
	log, ctx := q.handler.cfg.Logger, q.r.Context()
	where := []any{"method", q.r.Method, "path", q.r.URL.Path, "error", err}
	if panicked, ok := errors.AsType[interface {
		error
		Stack() []byte
	}](err); ok {
		where = append(where, "stack", string(panicked.Stack()))
	}
	switch {
	case status < http.StatusInternalServerError:
	case errors.Is(ctx.Err(), context.Canceled): // not its deadline, which somebody set
		log.DebugContext(ctx, "middleware: a browser left before its page was there", where...)
	case status == http.StatusServiceUnavailable:
		log.WarnContext(ctx, "middleware: a page was turned away", where...)
	case q.used || q.refusal != nil:
		log.ErrorContext(ctx, "middleware: a page could not be loaded", where...)
	}
}

// showError is the page of Config.Development.
func (q *Request) showError(err error, status int) error {
	const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>%d %s</title></head><body><h1>%[1]d %[2]s</h1>
<p>%s %s</p><pre>%s</pre><p>The error is shown because Config.Development is set.</p></body></html>
`
	e := html.EscapeString
	text := fmt.Sprintf(page, status, e(http.StatusText(status)), e(q.r.Method), e(q.r.URL.Path), e(err.Error()))
	return q.write(q.w, status, []byte(text))
}

// checkRendered warns of a handler that keeps live results and answers with something else than Render.
func (q *Request) checkRendered() {
	good := q.status == 0 || q.status >= 200 && q.status < 300
	if good && !q.rendered && q.isLive() {
		q.handler.warn(q.r, "the handler keeps live results and never calls Render, so its page is not live: end it with Render, or write it with Handler")
	}
}
