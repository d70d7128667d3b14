package adapter

import (
	"bufio"
	"errors"
	"net"
	"net/http"
)

// Writer is the answer of a request to a router without a hook before the header: it calls BeforeHeader by itself. The rest
// of the chain must get it. It comes before Serve.
//
// Once Render has left a stream to begin, or Fail an error to answer, a good status without a body is not written: some
// routers (gin) write one when a handler has written nothing.
func (q *Request) Writer() http.ResponseWriter {
	w := &writer{ResponseWriter: q.w, request: q}
	q.w = w
	return w
}

type writer struct {
	http.ResponseWriter

	request *Request
}

func (w *writer) WriteHeader(status int) {
	q := w.request
	follows := q.failure != nil || q.kind == stream && q.rendered // the answer
	if good := status >= 200 && status < 300; good && follows && !q.streaming {
		return
	}
	w.commit(status)
}

func (w *writer) commit(status int) {
	if w.request.status == 0 {
		status = w.request.BeforeHeader(status, w.Header())
	}
	w.ResponseWriter.WriteHeader(status) // net/http complains about a second one
}

func (w *writer) Write(p []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(p)
}

// begin writes the header if nobody has.
func (w *writer) begin() {
	if w.request.status == 0 {
		w.commit(http.StatusOK)
	}
}

// FlushError flushes, and returns the error of it.
func (w *writer) FlushError() error {
	w.begin()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Flush is FlushError for old callers.
func (w *writer) Flush() { _ = w.FlushError() }

// Hijack is for those that do not use http.ResponseController.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Fail is for routers with handlers that return nothing: it takes what a handler fails with. The first error stays.
func (q *Request) Fail(err error) {
	if err != nil && q.failure == nil {
		q.used, q.failure = true, err
	}
}

// Err is what Fail was given.
func (q *Request) Err() error { return q.failure }

// WriteError answers what Serve returned by Config.ErrorHandler, for routers that have no error handler. It writes nothing
// where the answer has begun.
func (q *Request) WriteError(w http.ResponseWriter, err error) {
	if q.status != 0 {
		return
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		status := q.handler.statusOf(err)
		e = &Error{Status: status, Message: http.StatusText(status), Err: err}
	}
	q.handler.cfg.ErrorHandler(w, q.r, e)
}
