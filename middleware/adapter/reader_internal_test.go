package adapter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lateStore is a memory with a clock of its own, in which what is revoked can be read only later.
type lateStore struct {
	behind time.Duration // its clock
	late   time.Duration // until what is revoked can be read

	mu    sync.Mutex
	err   error                    // guarded by mu
	list  []Revocation             // guarded by mu
	from  map[Revocation]time.Time // guarded by mu
	reads int                      // guarded by mu

	lookups int // guarded by mu
}

func (s *lateStore) Revoke(_ context.Context, key string, until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := Revocation{Key: key, At: time.Now().Add(-s.behind), Until: until}
	s.list = append(s.list, r)
	if s.from == nil {
		s.from = map[Revocation]time.Time{}
	}
	s.from[r] = time.Now().Add(s.late)
	return nil
}

func (s *lateStore) find(is func(r Revocation) bool) (found []Revocation, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	for _, r := range s.list {
		if is(r) && !time.Now().Before(s.from[r]) {
			found = append(found, r)
		}
	}
	return found, nil
}

func (s *lateStore) Lookup(_ context.Context, keys ...string) ([]Revocation, error) {
	s.mu.Lock()
	s.lookups++
	s.mu.Unlock()
	return s.find(func(r Revocation) bool { return slices.Contains(keys, r.Key) })
}

func (s *lateStore) Recent(_ context.Context, age time.Duration) ([]Revocation, error) {
	s.mu.Lock()
	s.reads++
	s.mu.Unlock()
	return s.find(func(r Revocation) bool { return !r.At.Before(time.Now().Add(-s.behind - age)) })
}

func (s *lateStore) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// openStream is a stream as a request opens it, and what ends it.
func openStream(t *testing.T, h *Handler, session, user string) (q *Request, ended func() *live.CloseReason) {
	t.Helper()
	q = &Request{handler: h, kind: stream}
	if _, err := q.watch(t.Context(), session, user); err != nil {
		t.Fatal(err)
	}
	var err error
	q.transport, err = h.cfg.Keeper.Connect(t.Context(), live.SocketConfig{Session: session, User: user, Connected: true, Valid: q.validOf(session)})
	if err != nil {
		t.Fatal(err)
	}
	h.reader.admit(q.watched, q.transport)
	q.transport.Next() // asks Valid
	return q, func() *live.CloseReason {
		synctest.Wait()
		u, _ := q.transport.Next()
		return u.Close
	}
}

func newTestHandler(t *testing.T, revocations Revocations) *Handler {
	t.Helper()
	h := &Handler{cfg: Config{
		Keeper: live.NewKeeper(live.Config{}), Revocations: revocations, Logger: slog.New(slog.DiscardHandler),
	}.withDefaults()}
	h.reader = newReader(&h.cfg)
	return h
}

// What is revoked ends streams within ten seconds of the moment in which it can be read, whatever the clocks say.
func TestReadingsFindWhatIsLate(t *testing.T) {
	for _, late := range []time.Duration{0, 4 * time.Second, 10 * time.Second} {
		for _, behind := range []time.Duration{0, time.Hour, -time.Hour} {
			synctest.Test(t, func(t *testing.T) {
				s := &lateStore{late: late, behind: behind}
				h := newTestHandler(t, s)
				a, endOfA := openStream(t, h, "a", "ann")
				b, endOfB := openStream(t, h, "b", "bob")
				time.Sleep(time.Minute)
				if err := s.Revoke(t.Context(), hashKey("a"), time.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				if err := s.Revoke(t.Context(), kickedUser("nobody"), time.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(late + DefaultRevocationInterval)
				if why := endOfA(); why == nil || !why.Permanent {
					t.Errorf("%s late, %s behind: %+v", late, behind, why)
				}
				if why := endOfB(); why != nil {
					t.Errorf("another session: %+v", why)
				}
				for _, q := range []*Request{a, b} {
					q.end()
				}
				reads := s.reads
				time.Sleep(time.Hour) // a reader that is left behind would keep the bubble from ending
				if s.reads != reads {
					t.Errorf("%d readings without streams", s.reads-reads)
				}
			})
		}
	}
}

// A kick is remembered for an hour. It ends the streams that were open, and none that opens later, on any node.
func TestAKickEndsWhatWasOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lateStore{late: 5 * time.Second, behind: 20 * time.Second}
		here, there := newTestHandler(t, s), newTestHandler(t, s)
		before, endOfBefore := openStream(t, there, "a", "ann")
		time.Sleep(time.Second)
		if err := here.cfg.KickUser(t.Context(), "ann"); err != nil {
			t.Fatal(err)
		}
		early, endOfEarly := openStream(t, there, "a", "ann") // it cannot be read yet
		time.Sleep(8 * time.Second)
		late, endOfLate := openStream(t, there, "a", "ann")
		time.Sleep(time.Minute)
		for what, why := range map[string]*live.CloseReason{"open": endOfBefore(), "opened before it could be read": endOfEarly()} {
			if why == nil || !why.Permanent {
				t.Errorf("%s: %+v", what, why)
			}
		}
		if why := endOfLate(); why != nil {
			t.Errorf("opened afterwards: %+v", why)
		}
		if err := here.cfg.KickSession(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(8 * time.Second)
		if why := endOfLate(); why == nil || !why.Permanent {
			t.Errorf("its session is kicked: %+v", why)
		}
		for _, q := range []*Request{before, early, late} {
			q.end()
		}
	})
}

// When notifications may have been lost, one reading tells all streams of their ends, at once. One that fails ends none.
func TestAResyncReadsOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lateStore{}
		h := newTestHandler(t, s)
		h.cfg.RevocationInterval = time.Hour
		h.cfg.RevocationGrace = 3 * time.Hour
		ends := map[string]func() *live.CloseReason{}
		for i := range 100 {
			q, end := openStream(t, h, fmt.Sprint("s", i), "ann")
			defer q.end()
			ends[fmt.Sprint("s", i)] = end
		}
		resync := func() (ended []string) {
			h.cfg.Keeper.Resync()
			for range 2 { // asks Valid, and sees what came of it
				for name, end := range ends {
					if why := end(); why != nil {
						ended = append(ended, name)
					}
				}
				time.Sleep(20 * time.Minute)
			}
			return ended
		}
		time.Sleep(90 * time.Minute)
		if err := s.Revoke(t.Context(), hashKey("s7"), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		s.fail(errors.New("away"))
		lookups, reads := s.lookups, s.reads
		if ended := resync(); ended != nil {
			t.Errorf("%s end, for the store has no answer", ended)
		}
		if s.fail(nil); !slices.Equal(resync(), []string{"s7"}) {
			t.Error("only s7 should end")
		}
		if s.lookups != lookups || s.reads-reads > 5 { // one is that of the hour
			t.Errorf("two resyncs took %d look-ups and %d readings", s.lookups-lookups, s.reads-reads)
		}
	})
}

func TestStreamsEndAfterTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lateStore{}
		h := newTestHandler(t, s)
		var health Health
		health.add(h.reader)
		q, end := openStream(t, h, "a", "ann")
		time.Sleep(10 * time.Minute)
		s.fail(errors.New("away"))
		time.Sleep(DefaultRevocationGrace - DefaultRevocationInterval)
		if why, err := end(), health.Check(t.Context()); why != nil || err != nil {
			t.Errorf("within the grace: %+v, %v", why, err)
		}
		time.Sleep(3 * DefaultRevocationInterval)
		if why := end(); why == nil || why.Permanent || why.RetryAfter < time.Second || why.RetryAfter > 5*time.Second {
			t.Errorf("after the grace: %+v", why)
		}
		q.end()
		time.Sleep(time.Hour)
		if health.Check(t.Context()) == nil {
			t.Error("the node is ready")
		}
		s.fail(nil)
		if err := health.Check(t.Context()); err != nil || health.RevocationsAge() != 0 {
			t.Errorf("mended: %v, %s", err, health.RevocationsAge())
		}
	})
}

// The memory of one process is not read: no other node writes it.
func TestNothingIsReadOfAMemoryOfThisProcess(t *testing.T) {
	h := newTestHandler(t, nil)
	if !h.reader.local {
		t.Error("it is read")
	}
}
