package adapter

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/sessions"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

// Request is one request on its way through the middleware. [Handler.Begin] makes it, [Request.Serve] is its life, and
// the goroutine of the request owns it.
type Request struct {
	handler *Handler
	w       http.ResponseWriter
	r       *http.Request       // as Begin left it
	client  func() views.Client // nil: Config.Client

	kind     kind
	path     string     // of the page as the browser sees it, escaped
	query    url.Values // of the page
	badURL   error      // why no page can be at that path and query, to which a form may go all the same
	token    string
	hasToken bool
	lastID   string // what the script says of the last message
	refusal  error  // why the request is not served
	session  *sessions.Session
	key      string // the session's live key, once the page is live

	transport *live.Transport
	watched   *watched     // stream: what readings of revocations end; nil: nothing is read
	user      string       // that the transport counts for
	handed    bool         // the handler has the socket
	outdated  bool         // stream: it counts for another user than its session names now
	values    *lateContext // stream: what the handler's request says
	shown     live.State   // what the browser shows already, until the stream begins
	pinned    string       // stream: the end of its messages' ids, see sealPinned
	known     bool         // stream: of a page that was rendered before
	source    source       // stream: what it sends. Beside the rest, because each message needs both

	streaming bool // the stream has begun

	used     bool // the handler has to do with live pages: its errors are reported
	rendered bool // Render has worked: a stream may begin
	status   int  // of the answer, once its header is written
	ended    bool
	failure  error // what Fail was given
}

// read finds out what the request asks for. An error is why it is refused.
func (q *Request) read(r *http.Request) error {
	cfg := &q.handler.cfg
	q.takeToken(r, cfg.Param)
	reading := isReading(r)
	if reading && r.ContentLength != 0 { // first: any other answer would wait for the body
		return q.refuseBody()
	}
	if err := q.readURL(r); err != nil {
		return err
	}
	if reading && r.URL.Path == cfg.ScriptPath {
		q.kind = script
		return nil
	}
	q.kind = q.classify(r, q.hasToken)
	if q.kind != whole && !sameSite(r) {
		return refuse(http.StatusForbidden, "Cross-site requests for live pages are refused.")
	}
	return q.enter(r)
}

// refuseBody answers a GET with a body, which has no meaning. A body that never comes would keep the server from seeing
// that the browser has left, and hold up the answer: so nothing more is read from the connection.
func (q *Request) refuseBody() error {
	q.w.Header().Set("Connection", "close")
	_ = http.NewResponseController(q.w).SetReadDeadline(time.Now()) // without deadlines the server's own must do
	return refuse(http.StatusBadRequest, "A GET has no body.")
}

// HTTP is the request that what comes next in the router must get.
func (q *Request) HTTP() *http.Request { return q.r }

// SetClient replaces Config.Client for this request: for adapters that find the client in their router's own context.
func (q *Request) SetClient(client func() views.Client) { q.client = client }

func (q *Request) clientName() views.Client {
	if q.client != nil {
		return q.client()
	}
	return q.handler.cfg.Client(q.r)
}

// Serve is the life of the request: next is the rest of the router's chain, and its error the handler's. What Serve
// returns is for the router to answer; an *Error says with which status.
func (q *Request) Serve(next func() error) error {
	defer q.end()
	switch {
	case q.refusal != nil:
		return q.failed(q.refusal)
	case q.kind == script:
		q.handler.script.ServeHTTP(q.w, q.r)
		return nil
	case q.kind == stream:
		return q.serveStream(next)
	}
	if err := next(); err != nil {
		return q.failed(err)
	}
	q.checkRendered()
	return nil
}

func (q *Request) end() {
	q.ended = true
	q.leave()
	q.unwatch()
}

// leave ends the page.
func (q *Request) leave() {
	if q.transport != nil {
		q.transport.Close()
	}
}

// Socket is the page's live assigns. Ctx is that of the request as the handler got it: queries see its values. A stream
// that is refused (too many of the session, draining) finds out by what Keep returns.
func (q *Request) Socket(ctx context.Context) *live.Socket {
	q.used = true
	if q.values != nil {
		q.values.become(ctx)
	}
	if q.transport == nil {
		if q.kind == stream {
			q.resume() //nolint:contextcheck // it reads the request that the browser sent
			ctx = q.contextOfStream(ctx)
		}
		q.connect(ctx)
	}
	q.handed, q.shown = true, live.State{} // not to be held for as long as a stream is open
	return q.transport.Socket()
}

// connect admits the page. An error is what Keep returns.
func (q *Request) connect(ctx context.Context) {
	q.user = textOf(q.session, liveUser)
	if q.kind == stream {
		q.watchAs(ctx, q.key, q.user)
	}
	q.transport, _ = q.handler.cfg.Keeper.Connect(ctx, live.SocketConfig{
		Session: q.key, User: q.user, Path: reference(q.path, ""), Query: q.query,
		Connected: q.kind == stream, Shown: q.shown, Valid: q.validOf(q.key), Fresh: q.hasWritten(),
	})
	q.handler.reader.admit(q.watched, q.transport)
}

// readmit makes a stream that was admitted before a guard has named its user one of that user.
func (q *Request) readmit() {
	switch {
	case q.kind != stream || q.transport == nil || q.user == textOf(q.session, liveUser):
	case q.handed || len(q.transport.Changed()) > 0: // its handler has begun with it, or it has just been kicked
		q.outdated = true
	default:
		q.transport.Close()
		q.connect(q.values)
	}
}

// admit admits a stream before its handler runs, and so before the page's guards look: a session or a user that is
// kicked from here on is either kicked with this stream, or its guards see why. A session without a key is nobody's.
func (q *Request) admit() {
	if textOf(q.session, liveKey) == "" {
		return
	}
	q.resume()
	q.connect(q.contextOfStream(q.r.Context()))
}

func (q *Request) contextOfStream(ctx context.Context) context.Context {
	q.values = &lateContext{Context: q.r.Context()}
	q.values.become(ctx)
	return q.values
}

// resume finds out what the page of the stream shows already.
func (q *Request) resume() {
	h := q.handler
	key, err := q.keyOf(q.w, q.r)
	if err != nil { // a session that cannot be written: its page resumes nothing
		h.cfg.Logger.ErrorContext(q.r.Context(), "middleware: the session could not be saved", "method", q.r.Method, "path", q.r.URL.Path, "error", err)
		return
	}
	q.key = key
	id := cmp.Or(sse.LastEventID(q.r), q.lastID) // the browser's own is never older
	q.shown, q.pinned, q.known = h.parseID(id, q.token, key, q.path)
	if !q.known {
		q.shown, q.known = h.parseToken(q.token, key, q.path, id == noMessageID, time.Now())
	}
}
