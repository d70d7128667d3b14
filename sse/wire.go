package sse

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"
)

// ErrStalled is the error of a stream to a browser that did not take a write within [Config.WriteTimeout].
var ErrStalled = errors.New("sse: the browser does not read")

// wire is the response of one stream. The holder of the write lock calls its methods; after the first error they do
// nothing.
type wire struct {
	w         http.ResponseWriter
	control   *http.ResponseController
	own       flushReporter // w, if it reports errors of Flush
	innermost flushReporter // the writer that does, if w is a wrapper that does not
	timeout   time.Duration
	opened    bool      // status and headers have been written
	idleSafe  bool      // an expired deadline hurts nobody while nothing is written
	began     time.Time // when the first write since the last flush began; zero: there was none
	written   time.Time // when the last write began
	slow      bool      // the last message took longer than slowAfter
	err       error

	deadlineMu sync.Mutex    // guards everything below, and the writer's deadline
	deadline   time.Time     // of writes; zero: none is set
	suspended  bool          // nothing is being written, so ShortenDeadline sets no deadline
	shortened  time.Duration // replaces timeout; 0: it does not
}

func (o *wire) use(w http.ResponseWriter, r *http.Request, timeout time.Duration) error {
	own, innermost, ok := reporters(w)
	if !ok {
		return fmt.Errorf("sse: %T cannot flush: %w", w, http.ErrNotSupported)
	}
	o.w, o.control, o.own, o.innermost, o.timeout = w, http.NewResponseController(w), own, innermost, timeout
	// Over HTTP/1 a deadline is the connection's and is looked at by writes only. Over HTTP/2 it is a timer that resets
	// the stream, even an idle one.
	o.idleSafe = r.ProtoMajor == 1
	o.suspended = true
	return nil
}

type flushReporter interface{ FlushError() error }

// reporters returns the writer that reports errors of a flush: w itself, or else the innermost one, which remembers
// them. Wrappers such as Echo's often have a Flush that swallows the error. ok is false if w cannot flush.
func reporters(w http.ResponseWriter) (own, innermost flushReporter, ok bool) {
	if own, ok := w.(flushReporter); ok {
		return own, nil, true
	}
	for {
		if f, is := w.(flushReporter); is {
			return nil, f, true
		}
		if _, is := w.(http.Flusher); is {
			ok = true
		}
		wrapper, is := w.(interface{ Unwrap() http.ResponseWriter })
		if !is {
			return nil, nil, ok
		}
		w = wrapper.Unwrap()
	}
}

// open writes status and headers, once. Connection is not among them: HTTP/1.1 keeps alive by default, HTTP/2 forbids it.
func (o *wire) open() {
	if o.opened {
		return
	}
	o.opened = true
	h := o.w.Header()
	h.Del("Connection")
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx: do not collect
	h.Set("X-Content-Type-Options", "nosniff")
	h.Del("Content-Length")
	o.setWriteDeadline()
	o.w.WriteHeader(http.StatusOK)
}

// write hands bytes to net/http, under a deadline.
func (o *wire) write(p []byte) {
	if o.err != nil {
		return
	}
	o.setWriteDeadline()
	if _, err := o.w.Write(p); err != nil {
		o.fail(err)
	}
}

// flush sends what was written, under the deadline of the last write.
func (o *wire) flush() {
	if o.err != nil || o.began.IsZero() {
		return
	}
	var err error
	if o.own != nil {
		err = o.own.FlushError()
	} else {
		err = o.flushWrapped()
	}
	o.slow, o.began = time.Since(o.began) > slowAfter, time.Time{}
	if err != nil {
		o.fail(err)
	} else if !o.idleSafe {
		o.suspendDeadline(true)
	}
}

// flushWrapped flushes through a wrapper, and asks the writer below for the error that the wrapper kept to itself.
func (o *wire) flushWrapped() error {
	if err := o.control.Flush(); err != nil || o.innermost == nil {
		return err
	}
	return o.innermost.FlushError()
}

// setWriteDeadline sees to it that the write that begins now has at least timeout. It sets half as much again, because
// setting a deadline costs a tenth of a write, and most writes of a busy stream then find enough left.
func (o *wire) setWriteDeadline() {
	o.written = time.Now()
	if o.began.IsZero() {
		o.began = o.written
	}
	o.deadlineMu.Lock()
	defer o.deadlineMu.Unlock()
	o.suspended = false
	switch {
	case o.shortened > 0:
		o.setDeadline(o.written.Add(o.shortened))
	case o.deadline.Sub(o.written) < o.timeout:
		o.setDeadline(o.written.Add(o.timeout + o.timeout/2))
	}
}

// suspendDeadline keeps ShortenDeadline from setting a deadline: where nothing is written it would reset an idle stream,
// and after the end the writer belongs to somebody else. Lift takes the deadline that is set away.
func (o *wire) suspendDeadline(lift bool) {
	o.deadlineMu.Lock()
	defer o.deadlineMu.Unlock()
	o.suspended = true
	if lift {
		o.setDeadline(time.Time{})
	}
}

// setDeadline is called with deadlineMu held.
func (o *wire) setDeadline(t time.Time) {
	o.deadline = t
	if err := o.control.SetWriteDeadline(t); err != nil && !errors.Is(err, http.ErrNotSupported) {
		o.fail(err)
	}
}

// ShortenDeadline leaves the write that is under way no longer than d, and each that follows: when a stream is to end, a
// browser that does not read must not hold that up. It may be called from any goroutine, at any time, also after Serve.
func (s *Stream) ShortenDeadline(d time.Duration) {
	s.deadlineMu.Lock()
	defer s.deadlineMu.Unlock()
	s.shortened = d
	if !s.suspended {
		_ = s.control.SetWriteDeadline(time.Now().Add(d)) // a writer without deadlines keeps its write
	}
}

// fail keeps the first error.
func (o *wire) fail(err error) {
	switch {
	case o.err != nil:
	case errors.Is(err, os.ErrDeadlineExceeded):
		o.err = fmt.Errorf("%w: %w", ErrStalled, err)
	default:
		o.err = fmt.Errorf("sse: write: %w", err)
	}
}
