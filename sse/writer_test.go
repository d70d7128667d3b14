package sse_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/sse"
)

// protocols are the ways a browser may speak to the server.
func protocols() map[string]*http.Protocols {
	one, two := new(http.Protocols), new(http.Protocols)
	one.SetHTTP1(true)
	two.SetUnencryptedHTTP2(true)
	return map[string]*http.Protocols{"HTTP1": one, "HTTP2": two}
}

// client speaks protocol over the pipes.
func (p pipes) client(protocol *http.Protocols) *http.Client {
	return &http.Client{Transport: &http.Transport{
		Protocols:          protocol,
		DisableCompression: true,
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return p.dial(), nil },
	}}
}

// swallower flushes like Echo's response: through, but without an error.
type swallower struct{ http.ResponseWriter }

func (w swallower) Flush()                      { _ = http.NewResponseController(w.ResponseWriter).Flush() }
func (w swallower) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// TestWriteErrorsSurface: also through a writer that hides the errors of Flush, and at once.
func TestWriteErrorsSurface(t *testing.T) {
	gone := errors.New("connection reset")
	for name, wrap := range map[string]func(http.ResponseWriter) http.ResponseWriter{
		"direct":   func(w http.ResponseWriter) http.ResponseWriter { return w },
		"swallows": func(w http.ResponseWriter) http.ResponseWriter { return swallower{w} },
		"deeper":   func(w http.ResponseWriter) http.ResponseWriter { return swallower{swallower{w}} },
	} {
		t.Run(name, func(t *testing.T) {
			w, asked := newMemory(), 0
			src := newScript(func(context.Context) (sse.Message, bool, error) {
				if asked++; asked == 3 {
					w.fail = gone
				}
				return page("x", "y"), true, nil
			})
			err := sse.Serve(wrap(w), httptest.NewRequest("GET", "/", nil), src, sse.Config{})
			if !errors.Is(err, gone) || errors.Is(err, sse.ErrStalled) || asked != 3 {
				t.Errorf("asked %d times, err %v", asked, err)
			}
		})
	}
}

// deaf cannot flush.
type deaf struct{ w http.ResponseWriter }

func (d deaf) Header() http.Header         { return d.w.Header() }
func (d deaf) Write(p []byte) (int, error) { return d.w.Write(p) }
func (d deaf) WriteHeader(status int)      { d.w.WriteHeader(status) }

func TestUnflushable(t *testing.T) {
	w := newMemory()
	err := sse.Serve(deaf{w}, httptest.NewRequest("GET", "/", nil), each(page("x", "y")), sse.Config{})
	if !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("err is %v", err)
	}
	if w.status != 0 || len(w.header) != 0 || w.text() != "" {
		t.Errorf("wrote %d %v %q: an error page is no longer possible", w.status, w.header, w.text())
	}
}

// TestDeafSource: a source that cannot be heard is a mistake that shows at once.
func TestDeafSource(t *testing.T) {
	w, src := newMemory(), silent()
	src.changed = make(chan struct{})
	if err := sse.Serve(w, httptest.NewRequest("GET", "/", nil), src, sse.Config{}); err == nil || !strings.Contains(err.Error(), "capacity") {
		t.Errorf("err is %v", err)
	}
	if w.status != 0 {
		t.Errorf("wrote %d: an error page is no longer possible", w.status)
	}
}

// TestNoDeadlines: a writer without deadlines still streams.
func TestNoDeadlines(t *testing.T) {
	w := httptest.NewRecorder()
	if err := sse.Serve(w, httptest.NewRequest("GET", "/", nil), each(page("x", "y")), sse.Config{}); err != nil {
		t.Error(err)
	}
	if got, want := w.Body.String(), "id: x\ndata: y\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// torn fails in the middle of a large message.
type torn struct {
	*memory
	left *int
	err  error
}

func (w torn) Write(p []byte) (int, error) {
	if *w.left--; *w.left < 0 {
		return 0, w.err
	}
	return w.memory.Write(p)
}

// TestTornMessage: when a piece fails, the rest of its message is not written and the source is not asked again.
func TestTornMessage(t *testing.T) {
	gone, left, asked := errors.New("broken pipe"), 2, 0
	src := newScript(func(context.Context) (sse.Message, bool, error) {
		asked++
		return page("x", strings.Repeat("y", 1<<20)), true, nil
	})
	err := sse.Serve(torn{newMemory(), &left, gone}, httptest.NewRequest("GET", "/", nil), src, sse.Config{})
	if !errors.Is(err, gone) || asked != 1 || left != -1 {
		t.Errorf("asked %d times, %d writes after the failed one, err %v", asked, -1-left, err)
	}
}
