package live_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bubble runs a story in virtual time. When it ends everything must have ended with it: a goroutine or
// a timer that is left makes synctest panic.
func bubble(t *testing.T, story func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, story)
}

// node makes a keeper without jitter. Its log is not read, and it must be empty when the test ends.
func node(t *testing.T, cfg live.Config) *live.Keeper {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Rand == nil {
		cfg.Rand = func() float64 { return 0.5 } // the middle: no jitter
	}
	k := live.NewKeeper(cfg)
	t.Cleanup(func() {
		if err := k.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
		if st := k.Stats(); st.Streams != 0 || st.Shared != 0 || st.Topics != 0 {
			t.Errorf("left after Close: %+v", st)
		}
	})
	return k
}

// journal is a log that a test reads.
type journal struct {
	mu    sync.Mutex
	lines bytes.Buffer // guarded by mu
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(b)
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

func (j *journal) count(what string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.lines.String(), what)
}

// box holds what a test and the goroutines it has started both use.
type box[T any] struct {
	mu sync.Mutex
	v  T // guarded by mu
}

func (b *box[T]) set(v T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.v = v
}

func (b *box[T]) get() T {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.v
}

// source is what queries fetch from.
type source struct {
	mu      sync.Mutex // guards everything below
	began   time.Time
	n       int
	err     error
	takes   time.Duration
	fetches []time.Duration // when they began, since the source was made
	running int
	most    int // that ran at the same time
}

func newSource(n int) *source { return &source{n: n, began: time.Now()} }

func (s *source) fetch(ctx context.Context) (int, error) {
	s.mu.Lock()
	s.fetches = append(s.fetches, time.Since(s.began))
	s.running++
	s.most = max(s.most, s.running)
	n, err, takes := s.n, s.err, s.takes
	s.mu.Unlock()
	if takes > 0 {
		err = errors.Join(err, pause(ctx, takes))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	return n, err
}

// pause passes time, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *source) set(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n = n
}

func (s *source) get() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

func (s *source) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *source) slow(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes = d
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.fetches)
}

// since is when the fetches began, without the first so many.
func (s *source) since(skip int) []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.fetches[min(skip, len(s.fetches)):])
}

// number is a query of the source, shown by the fragment "n", changed by the topic "n".
func (s *source) number() live.Query[int] {
	return live.Query[int]{
		Fetch: s.fetch, Subscribe: []string{"n"}, Fragments: []fragment.Fragment{livetest.Text("n", "n")},
	}
}

// keeping is the handler of a page that keeps q as "n".
func keeping(q live.Query[int]) livetest.Handler {
	return func(s *live.Socket) error {
		_, err := live.Keep(s, "n", q)
		return err
	}
}

var alice = live.SocketConfig{Session: "alice", User: "alice", Path: "/"}

// open opens a page that keeps q, and lets it settle.
func open(t *testing.T, k *live.Keeper, q live.Query[int]) *livetest.SocketPage {
	t.Helper()
	p := livetest.OpenSocket(t, k, alice, keeping(q))
	synctest.Wait()
	return p
}

func publish(t *testing.T, k *live.Keeper, topics ...string) {
	t.Helper()
	if err := k.Publish(t.Context(), topics...); err != nil {
		t.Fatalf("publish: %v", err)
	}
}

func shows(t *testing.T, p *livetest.SocketPage, id, want string) {
	t.Helper()
	synctest.Wait()
	if got := p.Text(id); got != want {
		t.Errorf("%q shows %q, want %q", id, got, want)
	}
}

func fetchedAt(t *testing.T, s *source, skip int, want ...time.Duration) {
	t.Helper()
	synctest.Wait()
	if got := s.since(skip); !slices.Equal(got, want) {
		t.Errorf("fetches after the first %d began at %v, want %v", skip, got, want)
	}
}

const ms = time.Millisecond
