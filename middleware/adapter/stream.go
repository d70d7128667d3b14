package adapter

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/sse"
)

// serveStream answers a page's stream: the handler runs as for the page, and the stream begins when it has
// returned, with everything that its deferred calls close closed.
func (q *Request) serveStream(next func() error) error {
	err := q.open(next)
	switch {
	case q.status != 0:
		return err // the handler has answered
	case errors.Is(err, live.ErrClosed) || errors.Is(err, errBusy):
		q.askToReconnect()
		return nil
	case err != nil && q.known && q.transport.EndIfGone():
		q.runStream() // the error is for the page that is open: what it shows goes
		return nil
	case err != nil:
		return q.failed(err)
	case q.rendered && q.outdated:
		q.askToReconnect()
		return nil
	case q.rendered && q.isLive():
		q.runStream()
		return nil
	}
	q.checkRendered()
	return nil // no live page
}

// open admits the stream and runs the handler, unless too many others are opening.
func (q *Request) open(next func() error) error {
	h := q.handler
	defer h.opening.Add(-1)
	if h.opening.Add(1) > int64(h.cfg.MaxOpening) {
		return errBusy
	}
	q.admit()
	return next()
}

// askToReconnect ends a stream at once and asks for it again a little later: an error would stop htmx 1.9 for good.
func (q *Request) askToReconnect() {
	cfg, wait := q.handler.cfg.Stream, q.handler.cfg.comeBackAfter()
	cfg.Retry = 0
	q.streaming = true
	q.logEnd(sse.Serve(q.w, q.r, retryOnly{wait}, cfg))
}

func (q *Request) logEnd(err error) {
	ctx, log := q.r.Context(), q.handler.cfg.Logger
	switch {
	case errors.Is(err, sse.ErrStalled): // net/http has ended the context then, as if the browser had left
		log.InfoContext(ctx, "middleware: a browser that does not read was cut off; it resumes when it reads again", "path", q.r.URL.Path)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		q.handler.warnOnce(q.r, "an outer timeout ends streams: register Live before it")
	case err == nil || ctx.Err() != nil:
	default:
		log.WarnContext(ctx, "middleware: stream ended", "path", q.r.URL.Path, "error", err)
	}
}

// retryOnly is a stream that only says when to come back.
type retryOnly struct{ wait time.Duration }

func (retryOnly) Changed() chan struct{} { return nil }

func (s retryOnly) Next(context.Context) (sse.Message, bool, error) {
	return sse.Message{Retry: s.wait}, true, io.EOF
}

// retry is how long a browser waits that lost its connection: the configured time, give or take half of it.
func (h *Handler) retry() time.Duration {
	d := float64(h.cfg.Stream.Retry)
	return time.Duration(d/2 + d*h.cfg.Stream.Rand())
}
