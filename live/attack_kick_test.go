package live_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// kickAndChange ends a session, and then changes what its page shows.
func kickAndChange(t *testing.T, k *live.Keeper, s *source) {
	t.Helper()
	if err := k.KickSession(t.Context(), alice.Session); err != nil {
		t.Fatal(err)
	}
	s.set(99)
	publish(t, k, "n")
	time.Sleep(ms) // it has been fetched
}

func mustEndWithout(t *testing.T, u live.Update, ok bool, secret string) {
	t.Helper()
	if !ok || u.Close == nil || !u.Close.Permanent {
		t.Errorf("the stream goes on with %+v", u)
	}
	for _, patch := range u.Patches {
		if strings.Contains(string(patch.HTML), secret) {
			t.Errorf("the page is sent %s", patch.HTML)
		}
	}
}

// A kick that comes while the stream makes up a message: what changes after the kick is not in it.
func TestNothingThatChangesAfterAKickIsSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		cfg := alice
		cfg.Valid = func(context.Context) (bool, error) { // in the midst of Next
			kickAndChange(t, k, s)
			return true, nil
		}
		socket := connectNumber(t, k, cfg, s)
		socket.Start()
		u, ok := socket.Next()
		mustEndWithout(t, u, ok, "99")
	})
}

// interrupted is a stream that is taken while its session ends.
type interrupted struct {
	acquire func()
	sent    []live.Update
}

func (w *interrupted) TryAcquire() bool { w.acquire(); return true }
func (w *interrupted) Send(u live.Update) {
	u.Patches = append([]*live.Patch(nil), u.Patches...)
	w.sent = append(w.sent, u)
}
func (*interrupted) Release()         {}
func (*interrupted) ShortenDeadline() {}

// The same where a broadcast makes the message up.
func TestNothingThatChangesAfterAKickIsDelivered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		socket := connectNumber(t, k, alice, s)
		kicked := false
		w := &interrupted{acquire: func() {
			if !kicked {
				kicked = true
				kickAndChange(t, k, s)
			}
		}}
		socket.Attach(w)
		socket.Start()
		socket.Next()
		s.set(2)
		publish(t, k, "n")
		synctest.Wait()
		time.Sleep(time.Second)
		if !kicked || len(w.sent) > 0 {
			t.Errorf("kicked: %t, and then sent %+v", kicked, w.sent)
		}
		u, ok := socket.Next()
		mustEndWithout(t, u, ok, "99")
	})
}
