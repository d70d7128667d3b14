package sse

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// ErrStalled is the error of a stream whose browser did not take a write within [Config.WriteTimeout].
var ErrStalled = errors.New("sse: the browser does not read")

// wire is the response of one stream. Its methods are called by one goroutine; after the first error they do nothing.
type wire struct {
	w         http.ResponseWriter
	control   *http.ResponseController
	own       flushReporter // w, if it reports errors of Flush
	innermost flushReporter // the writer that does, if w is a wrapper that does not
	timeout   time.Duration
	idleSafe  bool      // an expired deadline hurts nobody while nothing is written
	began     time.Time // when the first write since the last flush began; zero: there was none
	written   time.Time // when the last write began
	deadline  time.Time // of writes; zero: none is set
	slow      bool      // the last message took longer than slowAfter
	err       error

	// For who hurries the writer, from another goroutine.
	hurry   atomic.Int64 // a time.Duration that replaces timeout; 0: none
	still   sync.Mutex
	resting bool // no deadline may be set from outside; written with still held
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
	o.rest()
	return nil
}

// rest keeps others from setting a deadline: where nothing is written it would reset an idle stream, and after the end
// the writer belongs to somebody else.
func (o *wire) rest() {
	o.still.Lock()
	defer o.still.Unlock()
	o.resting = true
}

func (o *wire) rise() {
	o.still.Lock()
	defer o.still.Unlock()
	o.resting = false
}

type flushReporter interface{ FlushError() error }

// reporters are who reports what becomes of a flush: w itself, or else the innermost writer, which remembers it. Wrappers
// (Echo's, for one) often have a Flush that swallows the error. ok is false if w cannot flush.
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

// open writes status and headers. Connection is not among them: HTTP/1.1 keeps alive by default, HTTP/2 forbids it.
func (o *wire) open() {
	h := o.w.Header()
	h.Del("Connection")
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx: do not collect
	h.Set("X-Content-Type-Options", "nosniff")
	h.Del("Content-Length")
	o.arm()
	o.w.WriteHeader(http.StatusOK)
}

// write hands bytes to net/http, under a deadline.
func (o *wire) write(p []byte) {
	if o.err != nil {
		return
	}
	o.arm()
	_, err := o.w.Write(p)
	o.fail(err)
}

// flush sends what was written, under the deadline of the last write.
func (o *wire) flush() {
	if o.err != nil {
		return
	}
	err := o.push()
	if !o.began.IsZero() {
		o.slow, o.began = time.Since(o.began) > slowAfter, time.Time{}
	}
	o.fail(err)
	if !o.idleSafe && o.err == nil {
		o.rest()
		o.setDeadline(time.Time{})
	}
}

func (o *wire) push() error {
	if o.own != nil {
		return o.own.FlushError()
	}
	if err := o.control.Flush(); err != nil || o.innermost == nil {
		return err
	}
	return o.innermost.FlushError()
}

// arm sees to it that the next write has at least timeout. It sets half as much again, because setting a deadline costs
// a tenth of a write, and most writes of a busy stream then find enough left.
func (o *wire) arm() {
	o.written = time.Now()
	if o.began.IsZero() {
		o.began = o.written
	}
	if o.resting { // without the lock: only who writes changes it
		o.rise()
	}
	if !o.hurried() && o.deadline.Sub(o.written) < o.timeout {
		o.setDeadline(o.written.Add(o.timeout + o.timeout/2))
		o.hurried() // or what was said meanwhile would be undone
	}
}

// hurried sets the deadline of who has to hurry.
func (o *wire) hurried() bool {
	d := time.Duration(o.hurry.Load())
	if d > 0 {
		o.setDeadline(o.written.Add(d))
	}
	return d > 0
}

func (o *wire) setDeadline(t time.Time) {
	o.deadline = t
	if err := o.control.SetWriteDeadline(t); !errors.Is(err, http.ErrNotSupported) {
		o.fail(err)
	}
}

// fail keeps the first error.
func (o *wire) fail(err error) {
	switch {
	case err == nil || o.err != nil:
	case errors.Is(err, os.ErrDeadlineExceeded):
		o.err = fmt.Errorf("%w: %w", ErrStalled, err)
	default:
		o.err = fmt.Errorf("sse: write: %w", err)
	}
}
