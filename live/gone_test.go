package live_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// What may not be seen any more goes at once, whatever windows and backoffs hold for what may be.
func TestWhatIsForbiddenWaitsForNoWindow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, slow, fast := node(t, live.Config{}), newSource(1), newSource(1)
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			one := slow.number()
			one.RefetchWindow = time.Hour
			one.Fragments = []fragment.Fragment{livetest.Text("slow", "slow")}
			if _, err := live.Keep(s, "slow", one); err != nil {
				return err
			}
			_, err := live.Keep(s, "n", fast.number())
			return err
		})
		shows(t, p, "slow", "1")
		slow.fail(live.ErrForbidden)
		fast.fail(live.ErrForbidden)
		publish(t, k, "n")
		shows(t, p, "n", "cleared")
		shows(t, p, "slow", "cleared")
		if end := p.Ended(); end == nil || !end.Permanent {
			t.Errorf("ended: %+v", end)
		}
	})
}

// A page that is allowed to see its subject again before its stream has ended lives on.
func TestForbiddenAndAllowedAgainLivesOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s, other := node(t, live.Config{}), newSource(1), newSource(1)
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			q := other.number()
			q.Subscribe, q.Fragments = []string{"other"}, []fragment.Fragment{livetest.Text("other", "other")}
			if _, err := live.Keep(socket, "other", q); err != nil {
				return err
			}
			return keeping(s.number())(socket)
		})
		shows(t, p, "n", "1")
		other.slow(3 * time.Second) // the end waits for it
		s.fail(live.ErrForbidden)
		publish(t, k, "n")
		shows(t, p, "n", "cleared")
		s.fail(nil)
		s.set(2)
		publish(t, k, "n")
		shows(t, p, "n", "2")
		time.Sleep(time.Minute)
		synctest.Wait()
		if end := p.Ended(); end != nil {
			t.Fatalf("ended: %+v", end)
		}
		s.set(3)
		publish(t, k, "n")
		shows(t, p, "n", "3")
	})
}

func TestWhatIsGoneLaterSaysSo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		p := open(t, k, s.number())
		s.fail(live.ErrGone)
		publish(t, k, "n")
		shows(t, p, "n", "gone")
		if p.Ended() != nil {
			t.Error("the stream has ended")
		}
		s.fail(nil)
		publish(t, k, "n")
		shows(t, p, "n", "1")
		if got := k.Stats().Failures; got != 0 {
			t.Errorf("being gone counts as %d failures", got)
		}
	})
}

func TestWhatIsForbiddenLaterIsClearedAndTheStreamEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s, tb := node(t, live.Config{}), newSource(1), newTable(1, 2)
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			if _, err := live.Keep(socket, "n", s.number()); err != nil {
				return err
			}
			return keepRows(socket, tb.list())
		})
		tb.fail(live.ErrForbidden)
		publish(t, k, "rows")
		shows(t, p, "rows", "cleared")
		if end := p.Ended(); end == nil || !end.Permanent {
			t.Errorf("the stream has ended: %+v", end)
		}
		if st := k.Stats(); st.Streams != 0 || st.Topics != 0 {
			t.Errorf("left: %+v", st)
		}
	})
}

func TestASharedQueryThatIsForbiddenEndsEveryStream(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		a, b := open(t, k, shared.With("team:3", 1)), open(t, k, shared.With("team:3", 1))
		s.fail(live.ErrForbidden)
		publish(t, k, "n")
		synctest.Wait()
		for _, p := range []*livetest.SocketPage{a, b} {
			if end := p.Ended(); p.Text("n") != "cleared" || end == nil || !end.Permanent {
				t.Errorf("shows %q, ended %+v", p.Text("n"), end)
			}
		}
	})
}

// A page that was away while its subject went is told so by the stream, although the handler answers 404.
func TestWhatIsGoneWhileThePageWasAwayIsShownOnce(t *testing.T) {
	for status, err := range map[string]error{"gone": live.ErrGone, "cleared": live.ErrForbidden} {
		bubble(t, func(t *testing.T) {
			k, s := node(t, live.Config{}), newSource(1)
			s.fail(err)
			socket := connect(t, k)
			defer socket.Close()
			if _, got := live.Keep(socket.Socket(), "n", s.number()); !errors.Is(got, err) || !socket.EndIfGone() {
				t.Fatalf("Keep: %v, buried %t", got, socket.EndIfGone())
			}
			socket.Start()
			u, _ := socket.Next()
			if len(u.Patches) != 1 || !strings.Contains(string(u.Patches[0].HTML), status) || u.Close == nil || !u.Close.Permanent {
				t.Errorf("update: %+v", u)
			}
		})
	}
}

// A handler that does without a subject keeps its stream: what was shown of it goes, and comes back.
func TestAHandlerThatDoesWithoutASubjectKeepsItsStream(t *testing.T) {
	for status, err := range map[string]error{"gone": live.ErrGone, "cleared": live.ErrForbidden} {
		bubble(t, func(t *testing.T) {
			k, s := node(t, live.Config{}), newSource(1)
			p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
				if _, got := live.Keep(socket, "n", s.number()); got != nil && !errors.Is(got, err) {
					return got
				}
				return nil
			})
			shows(t, p, "n", "1")
			p.Close()
			s.fail(err)
			if err := p.Reconnect(k); err != nil {
				t.Fatal(err)
			}
			shows(t, p, "n", status)
			if p.Ended() != nil {
				t.Fatalf("ended: %+v", p.Ended())
			}
			s.fail(nil)
			publish(t, k, "n")
			shows(t, p, "n", "1")
			s.fail(live.ErrForbidden)
			publish(t, k, "n")
			shows(t, p, "n", "cleared")
			if end := p.Ended(); end == nil || !end.Permanent || end.Reload {
				t.Errorf("ended: %+v", end)
			}
		})
	}
}

// A fetch that fails while the page comes back is no reason to end it for good.
func TestAFailureWhileThePageWasAwayMarksNothingGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		open(t, k, shared.With("all", 1)) // has a good result from before
		s.fail(errors.New("no connection"))
		publish(t, k, "n")
		socket := connect(t, k)
		defer socket.Close()
		if _, err := live.Keep(socket.Socket(), "n", shared.With("all", 1)); err == nil || socket.EndIfGone() {
			t.Errorf("Keep: %v, buried %t", err, socket.EndIfGone())
		}
	})
}
