package adapter

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

// All that the package knows of live's face for adapters, and of how sse writes, stands in this file.

// transport is the page's connection to its keeper.
type transport struct{ *live.Socket }

func connect(ctx context.Context, k *live.Keeper, cfg live.SocketConfig) *transport {
	s, _ := k.NewSocket(ctx, cfg)
	return &transport{s}
}

func (t *transport) face() *live.Socket { return t.Socket }

func (t *transport) state() live.State { return t.Shows() }

func (t *transport) render() ([]*live.Rendering, error) { return t.Renderings() }

func (t *transport) endIfGone() bool { return t.Bury() }

func kickSession(ctx context.Context, k *live.Keeper, key string) error { return k.Kick(ctx, key) }

type pinnedRows = map[string]live.PinnedRows

func stateOf(digests []live.Digest, pinned pinnedRows) live.State {
	return live.State{Digests: digests, Kept: pinned}
}

func pinnedOf(st live.State) pinnedRows { return st.Kept }

// answerLimit is the answer to a limit that a browser can run into; nil for those that an author does.
func answerLimit(limit *live.LimitError) *Error {
	switch limit.Limit {
	case "StreamsPerSession":
		return tooManyPages(limit.Max)
	case "Streams", "MaxFetches":
		return tooBusy()
	}
	return nil
}

// runStream is the life of the stream.
func (q *Request) runStream() {
	q.token, q.streaming = "", true // the token has served
	src := &q.source
	src.request = q
	cfg := q.handler.cfg.Stream
	cfg.Retry = 0 // the first message says it
	stream, err := sse.New(src.writer(), q.r, src, cfg)
	if err == nil {
		src.stream = stream
		q.transport.Attach(src)
		q.transport.Start()
		err = stream.Serve()
	}
	q.logEnd(err)
}

// source makes messages of what a page has to send.
type source struct {
	request *Request
	stream  *sse.Stream
	begun   bool
	sent    bool // the last call of Next returned a message
	out     response
}

// response is a router's writer, with the flush of the writer below it that reports what becomes of it: Echo's keeps an
// error of flushing to itself.
type response struct {
	http.ResponseWriter
	flushReporter
}

func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }

type flushReporter interface{ FlushError() error }

// writer is what the stream writes to.
func (s *source) writer() http.ResponseWriter {
	w := s.request.w
	if _, ok := w.(flushReporter); ok {
		return w
	}
	wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
	if !ok {
		return w
	}
	below, ok := wrapper.Unwrap().(flushReporter)
	if !ok {
		return w
	}
	s.out = response{w, below}
	return &s.out
}

func (s *source) Changed() chan struct{} { return s.request.transport.Changed() }

// Next is the next message. The first one is sent even if it carries nothing: its id tells the browser
// what to say when it comes back.
func (s *source) Next(context.Context) (sse.Message, bool, error) {
	if s.sent && len(s.Changed()) == 0 { // asked because a message is out: whatever came since would have woken us
		s.sent = false
		return sse.Message{}, false, nil
	}
	u, ok := s.request.transport.Next()
	s.sent = ok || !s.begun
	if !s.sent {
		return sse.Message{}, false, nil
	}
	var m sse.Message
	err := s.message(&m, u)
	return m, true, err
}

// Deliver sends what is ready in the goroutine of the caller.
func (s *source) Deliver() bool { return s.stream.Offer(s) }

// endWithin is what a browser may take of the end of its stream.
const endWithin = time.Second

// Hurry lets nobody wait for a browser that does not read.
func (s *source) Hurry() { s.stream.Hurry(endWithin) }

// Ready is Next for Deliver.
func (s *source) Ready(m *sse.Message) (ok bool, err error) {
	var room [8]*live.Patch
	u, ok, able := s.request.transport.Ready(room[:0])
	switch {
	case !able:
		return false, sse.ErrNotReady
	case !ok:
		return false, nil
	}
	return true, s.message(m, u)
}

// message fills in m, which is empty. With [io.EOF] it is the last.
func (s *source) message(m *sse.Message, u live.Update) error {
	q := s.request
	if !s.begun {
		s.begun = true
		m.Retry = q.handler.retry()
	}
	for _, patch := range u.Patches {
		m.Data = append(m.Data, patch.Encoded(encode))
	}
	if u.Moved != nil {
		connect, err := q.streamURL(q.w, u.Moved)
		if err != nil {
			return err
		}
		m.Data = append(m.Data, sse.Encode([]byte(q.clientName().Reconnect(q.handler.cfg.Element, connect))))
	}
	if u.End != nil {
		return s.end(m, *u.End)
	}
	if u.Kept {
		q.pinned = q.handler.sealPinned(pinnedOf(q.transport.state()), q.key, q.path)
	}
	var digests [8]live.Digest
	m.ID = appendID(m.ID, q.transport.AppendDigests(digests[:0]), q.began, q.pinned)
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
		m.Data = append(m.Data, sse.Encode([]byte(views.Disconnect(s.request.handler.cfg.Element))))
	}
	return io.EOF
}

func encode(html []byte) []byte { return sse.Encode(html) }
