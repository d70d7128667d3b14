package sse_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/sse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script is a Source of one function.
type script struct {
	changed chan struct{}
	next    func(ctx context.Context) (sse.Message, bool, error)
}

func newScript(next func(ctx context.Context) (sse.Message, bool, error)) *script {
	return &script{changed: make(chan struct{}, 1), next: next}
}

func (s *script) Changed() chan struct{}                              { return s.changed }
func (s *script) Next(ctx context.Context) (sse.Message, bool, error) { return s.next(ctx) }

func (s *script) signal() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// each is a source that sends the messages one after the other and then ends.
func each(messages ...sse.Message) *script {
	return newScript(func(context.Context) (sse.Message, bool, error) {
		if len(messages) == 0 {
			return sse.Message{}, false, io.EOF
		}
		m := messages[0]
		messages = messages[1:]
		return m, true, nil
	})
}

// silent is a source that never has anything.
func silent() *script {
	return newScript(func(context.Context) (sse.Message, bool, error) { return sse.Message{}, false, nil })
}

// exact takes the chance out of a configuration: ages and retries as they are, heartbeats 5 % early.
func exact(c sse.Config) sse.Config {
	c.Rand = func() float64 { return 0.5 }
	return c
}

// heartbeat is how the heartbeat of a stream with that Config.Heartbeat travels.
func heartbeat(silence time.Duration) string {
	return fmt.Sprintf("event: %s\ndata: %d\n\n", sse.HeartbeatEvent, silence.Milliseconds())
}

// page is one message with that HTML.
func page(id, html string) sse.Message {
	return sse.Message{ID: []byte(id), Data: [][]byte{sse.Encode([]byte(html))}}
}

// memory is a ResponseWriter that remembers what left with each flush, and can fail.
type memory struct {
	header   http.Header
	status   int
	pending  []byte
	writes   int
	flushed  []flush
	fail     error // returned by every Flush from now on
	deadline time.Time
}

type flush struct {
	text   string
	writes int
}

func newMemory() *memory { return &memory{header: http.Header{}} }

func (w *memory) Header() http.Header    { return w.header }
func (w *memory) WriteHeader(status int) { w.status = status }
func (w *memory) Write(p []byte) (int, error) {
	w.pending = append(w.pending, p...)
	w.writes++
	return len(p), nil
}

func (w *memory) FlushError() error {
	if w.fail == nil {
		w.flushed = append(w.flushed, flush{string(w.pending), w.writes})
	}
	w.pending, w.writes = w.pending[:0], 0
	return w.fail
}

func (w *memory) SetWriteDeadline(t time.Time) error {
	w.deadline = t
	return nil
}

func (w *memory) text() string {
	var all strings.Builder
	for _, f := range w.flushed {
		all.WriteString(f.text)
	}
	return all.String()
}

// served is a stream to a writer in memory, and how it ends.
type served struct {
	*sse.Stream

	w     *memory
	ended chan error
}

// serveMemory starts a stream and waits until it is idle. It runs in a synctest bubble.
func serveMemory(ctx context.Context, t *testing.T, src sse.Source, cfg sse.Config) served {
	t.Helper()
	w := newMemory()
	s, ended := serveTo(ctx, t, w, src, cfg)
	return served{s, w, ended}
}

func serveTo(ctx context.Context, t *testing.T, w http.ResponseWriter, src sse.Source, cfg sse.Config) (*sse.Stream, chan error) {
	t.Helper()
	s, err := sse.New(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), src, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve() }()
	synctest.Wait()
	return s, ended
}

// deliver sends m straight, if the stream can be acquired.
func deliver(s *sse.Stream, m sse.Message) bool {
	if !s.TryAcquire() {
		return false
	}
	defer s.Release()
	to := s.Message
	to.ID, to.Data, to.Retry = append(to.ID, m.ID...), append(to.Data, m.Data...), m.Retry
	s.Send()
	return true
}

// refuses fails the test if the stream can be acquired.
func refuses(t *testing.T, s *sse.Stream, why string) {
	t.Helper()
	if s.TryAcquire() {
		s.Release()
		t.Errorf("acquired a stream although %s", why)
	}
}
