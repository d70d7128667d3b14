package middleware

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

// stream answers a page's stream: the handler runs as for the page, and the stream begins when it has
// returned, with everything that its deferred calls close closed.
func (p *page) stream(next echo.HandlerFunc) error {
	err := p.open(next)
	switch {
	case p.c.Response().Committed:
		return err // the handler has answered
	case errors.Is(err, live.ErrClosed) || errors.Is(err, errBusy):
		p.comeBack()
		return nil
	case err != nil && p.known && p.socket.Bury():
		return p.serve() // the error is for the page that is open: what it shows goes
	case err != nil:
		return p.failed(err)
	case p.rendered && p.isLive():
		return p.serve()
	case p.isLive():
		p.pages.cfg.Logger.WarnContext(p.c.Request().Context(), "middleware: the handler keeps live results and never calls Render, so its pages have no stream", "path", p.c.Request().URL.Path)
	}
	return nil // no live page
}

// serve is the life of the stream.
func (p *page) serve() error {
	p.token = "" // it has served
	src := &p.source
	src.page = p
	cfg := p.pages.cfg.Stream
	cfg.Retry = 0 // the first message says it
	stream, err := sse.New(src.writer(), p.c.Request(), src, cfg)
	if err == nil {
		src.stream = stream
		p.socket.Attach(src)
		p.socket.Start()
		err = stream.Serve()
	}
	p.pages.logEnd(p.c, err)
	return nil
}

var errBusy = errors.New("middleware: too many streams are opening")

// open runs the handler, unless too many others are.
func (p *page) open(next echo.HandlerFunc) error {
	defer p.pages.opening.Add(-1)
	if p.pages.opening.Add(1) > int64(p.pages.cfg.MaxOpening) {
		return errBusy
	}
	return next(p.c)
}

// refuseRedirect makes a redirect of whoever guards the page a 401: an EventSource would follow it to a login page.
func refuseRedirect(res *echo.Response) {
	if res.Status >= 300 && res.Status < 400 {
		res.Status = http.StatusUnauthorized
		res.Header().Del(echo.HeaderLocation)
	}
}

// recall finds out what the page of the stream shows already.
func (p *page) recall() {
	r := p.c.Request()
	key, err := p.pages.keyOf(p.c, p.session)
	if err != nil { // a session that cannot be written: its page resumes nothing
		p.pages.cfg.Logger.ErrorContext(r.Context(), "middleware: session", "error", err)
		return
	}
	p.key = key
	path, now := r.URL.Path, time.Now()
	p.shown, p.kept, p.known = p.pages.believeID(sse.LastEventID(r), p.token, key, path, now)
	if !p.known {
		p.shown, p.known = p.pages.believeToken(p.token, key, path, now)
	}
}

// valid asks, for a stream that may have missed the end of its session, whether it has ended.
func (p *page) valid(key string) func(ctx context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		revoked, err := p.pages.cfg.Revocations.Revoked(ctx, hidden(key))
		return !revoked, err
	}
}

// comeBack ends a stream at once and asks for it again a little later: an error would stop htmx 1.9 for good.
func (p *page) comeBack() {
	cfg := p.pages.cfg.Stream
	wait := time.Second + time.Duration(cfg.Rand()*float64(4*time.Second))
	cfg.Retry = 0
	p.pages.logEnd(p.c, sse.Serve(p.c.Response(), p.c.Request(), farewell{wait}, cfg))
}

func (m *pages) logEnd(c echo.Context, err error) {
	ctx := c.Request().Context()
	switch {
	case errors.Is(err, sse.ErrStalled): // net/http has ended the context then, as if the browser had left
		m.cfg.Logger.InfoContext(ctx, "middleware: a browser that does not read was cut off; it resumes when it reads again", "path", c.Request().URL.Path)
	case err == nil || ctx.Err() != nil:
	default:
		m.cfg.Logger.WarnContext(ctx, "middleware: stream ended", "path", c.Request().URL.Path, "error", err)
	}
}

// farewell is a stream that only says when to come back.
type farewell struct{ retry time.Duration }

func (farewell) Changed() chan struct{} { return nil }

func (f farewell) Next(context.Context) (sse.Message, bool, error) {
	return sse.Message{Retry: f.retry}, true, io.EOF
}

// source makes messages of what a socket has to send.
type source struct {
	page   *page
	stream *sse.Stream
	begun  bool
	sent   bool // the last call of Next returned a message
	out    response
}

// response is Echo's, with the flush of net/http's right below it: Echo keeps an error of flushing to itself.
type response struct {
	*echo.Response
	flushReporter
}

type flushReporter interface{ FlushError() error }

// writer is what the stream writes to.
func (s *source) writer() http.ResponseWriter {
	res := s.page.c.Response()
	below, ok := res.Writer.(flushReporter)
	if !ok {
		return res
	}
	s.out = response{res, below}
	return &s.out
}

func (s *source) Changed() chan struct{} { return s.page.socket.Changed() }

// Next is the next message. The first one is sent even if it carries nothing: its id tells the browser
// what to say when it comes back.
func (s *source) Next(context.Context) (sse.Message, bool, error) {
	if s.sent && len(s.Changed()) == 0 { // asked because a message is out: whatever came since would have woken us
		s.sent = false
		return sse.Message{}, false, nil
	}
	u, ok := s.page.socket.Next()
	s.sent = ok || !s.begun
	if !s.sent {
		return sse.Message{}, false, nil
	}
	var m sse.Message
	err := s.message(&m, u)
	return m, true, err
}

// Deliver sends what is ready in the goroutine of the caller.
func (s *source) Deliver() (sent bool) {
	m := s.stream.TryAcquire()
	if m == nil {
		return false
	}
	defer s.contain(&sent)
	defer s.stream.Release()
	var room [8]*live.Patch
	u, ok, able := s.page.socket.Ready(room[:0])
	if !able || !ok {
		return able
	}
	switch err := s.message(m, u); err {
	case nil:
		s.stream.Send()
	case io.EOF: //nolint:errorlint // message returns it as it is
		s.stream.Send()
		s.stream.End(nil)
	default:
		s.stream.End(err)
	}
	return true
}

// contain stops a panic, which has ended the stream: the caller has other pages to deliver to.
func (s *source) contain(sent *bool) {
	if recover() != nil {
		*sent = true
	}
}

// shortened is how long a write may take to a page that is to end.
const shortened = time.Second

// Hurry lets nobody wait for a browser that does not read.
func (s *source) Hurry() { s.stream.ShortenDeadline(shortened) }

// message fills in m, which is empty. With [io.EOF] it is the last.
func (s *source) message(m *sse.Message, u live.Update) error {
	p := s.page
	if !s.begun {
		s.begun = true
		m.Retry = p.pages.retry()
	}
	for _, patch := range u.Patches {
		m.Data = append(m.Data, patch.Encoded(encode))
	}
	if u.Moved != nil {
		connect, err := p.streamURL(u.Moved)
		if err != nil {
			return err
		}
		m.Data = append(m.Data, sse.Encode([]byte(p.client().Reconnect(p.pages.cfg.Element, connect))))
	}
	if u.End != nil {
		return s.end(m, *u.End)
	}
	if u.Kept {
		p.kept = p.pages.sealKept(p.socket.Shows().Kept, p.key, p.c.Request().URL.Path)
	}
	var digests [8]live.Digest
	m.ID = appendID(m.ID, p.socket.AppendDigests(digests[:0]), p.began, p.kept)
	return nil
}

// end sends what is left and ends the stream; for good by taking the connect element off the page, so that no client tries again.
func (s *source) end(m *sse.Message, how live.Ending) error {
	if how.Retry > 0 {
		m.Retry = how.Retry
	}
	if how.Reload {
		m.Data = append(m.Data, sse.Encode([]byte(views.Reload())))
	}
	if how.ForGood {
		m.Data = append(m.Data, sse.Encode([]byte(views.Disconnect(s.page.pages.cfg.Element))))
	}
	return io.EOF
}

// retry is how long a browser waits that lost its connection: the configured time, give or take half of it.
func (m *pages) retry() time.Duration {
	d := float64(m.cfg.Stream.Retry)
	return time.Duration(d/2 + d*m.cfg.Stream.Rand())
}

func encode(html []byte) []byte { return sse.Encode(html) }
