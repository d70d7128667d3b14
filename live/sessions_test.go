package live_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// people opens a page for each of some sessions on each keeper: alice twice, once unidentified; bob; nobody.
func people(t *testing.T, s *source, keepers ...*live.Keeper) map[string]*livetest.SocketPage {
	t.Helper()
	pages := map[string]*livetest.SocketPage{}
	for i, k := range keepers {
		for name, cfg := range map[string]live.SocketConfig{
			"alice": {Session: "key of alice", User: "alice"}, "alice too": {Session: "other key of alice", User: "alice"},
			"bob": {Session: "key of bob", User: "bob"}, "nobody": {Session: "key of nobody"},
		} {
			pages[fmt.Sprint(name, " ", i)] = livetest.OpenSocket(t, k, cfg, keeping(s.number()))
		}
	}
	synctest.Wait()
	return pages
}

func kicked(pages map[string]*livetest.SocketPage) (names []string) {
	synctest.Wait()
	for name, p := range pages {
		if end := p.Ended(); end != nil && end.Permanent {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestKickEndsStreamsBySessionAndByUserOnEveryNode(t *testing.T) {
	for who, want := range map[string][]string{
		"key of alice":  {"alice 0", "alice 1"},
		"alice":         {"alice 0", "alice 1", "alice too 0", "alice too 1"},
		"key of nobody": {"nobody 0", "nobody 1"},
		"stranger":      nil,
		"":              nil,
	} {
		t.Run(who, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var bus livetest.Bus
				one, two := node(t, live.Config{Broker: bus.Node()}), node(t, live.Config{Broker: bus.Node()})
				s := newSource(1)
				pages := people(t, s, one, two)
				if err := errors.Join(one.KickSession(t.Context(), who), one.KickUser(t.Context(), who)); err != nil {
					t.Fatal(err)
				}
				if got := kicked(pages); !slices.Equal(got, want) {
					t.Errorf("kicked %q, want %q", got, want)
				}
				if got := one.Stats().Streams + two.Stats().Streams; got != 8-len(want) {
					t.Errorf("%d streams are open, want %d", got, 8-len(want))
				}
				s.set(2)
				publish(t, two, "n")
				shows(t, pages["bob 0"], "n", "2")
			})
		})
	}
}

// The session's key is a secret: a program that reads along at the broker must not learn it.
func TestKickDoesNotTellTheBrokerWhoIsMeant(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		k := node(t, live.Config{Broker: bus.Node()})
		var heard []string
		if err := bus.Node().Listen(t.Context(), func(frame []byte) {
			if strings.Contains(string(frame), "kick") { // else it is a heartbeat
				heard = append(heard, string(frame))
			}
		}); err != nil {
			t.Fatal(err)
		}
		for _, who := range []string{"a secret key", "a user"} {
			if err := errors.Join(k.KickSession(t.Context(), who), k.KickUser(t.Context(), who)); err != nil {
				t.Fatal(err)
			}
		}
		if len(heard) != 4 || strings.Contains(strings.Join(heard, ""), "secret") {
			t.Errorf("heard %q", heard)
		}
	})
}

// A node that could not be told asks whether the session still holds, as soon as it hears that it may have missed something.
func TestAKickThatIsLostIsMadeUpForByAResync(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		e := &engine{Broker: bus.Node()}
		one, two := node(t, live.Config{Broker: e}), node(t, live.Config{Broker: bus.Node()})
		var revoked atomic.Bool
		asked := 0
		cfg := alice
		cfg.Valid = func(context.Context) (bool, error) { asked++; return !revoked.Load(), nil }
		p := livetest.OpenSocket(t, two, cfg, keeping(newSource(1).number()))
		synctest.Wait()
		e.alter(func(e *engine) {
			e.publish = func(context.Context) error { return errors.New("engine is down") }
		})
		revoked.Store(true)
		if err := one.KickSession(t.Context(), "alice"); err == nil {
			t.Error("Kick told nobody and says nothing")
		}
		synctest.Wait()
		if p.Ended() != nil {
			t.Fatal("ended, although nobody was told")
		}
		e.alter(func(e *engine) { e.publish = nil })
		time.Sleep(healed)
		synctest.Wait()
		if end := p.Ended(); end == nil || !end.Permanent || len(p.Updates()) != 1 {
			t.Errorf("ended %+v, sent %+v", end, p.Updates())
		}
		if asked != 2 { // when the stream began, and after the gap
			t.Errorf("asked %d times", asked)
		}
	})
}

// A session that ended while its stream was opening, too late to be refused and too early to be kicked.
func TestAStreamAsksWhetherItsSessionHoldsOnceItListens(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		cfg := alice
		cfg.Valid = func(context.Context) (bool, error) { return false, nil }
		socket := connectNumber(t, k, cfg, s)
		socket.Start()
		u, ok := socket.Next()
		if !ok || u.Close == nil || !u.Close.Permanent || len(u.Patches) != 1 || !strings.Contains(string(u.Patches[0].HTML), "cleared") {
			t.Errorf("update: %+v", u)
		}
	})
}

// The stream of a browser that leaves while it asks is no failure for the log.
func TestAQuestionThatNobodyWaitsForIsNoError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log strings.Builder
		k, s := node(t, live.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}), newSource(1)
		ctx, leave := context.WithCancel(t.Context())
		cfg := alice
		cfg.Valid = func(ctx context.Context) (bool, error) {
			leave()
			return false, context.Cause(ctx)
		}
		socket, err := k.Connect(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		if _, err := live.Keep(socket.Socket(), "n", s.number()); err != nil {
			t.Fatal(err)
		}
		socket.Start()
		socket.Next()
		if log.Len() > 0 {
			t.Errorf("logged: %s", &log)
		}
	})
}

func TestTheInspectorNamesNoSecret(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		cfg := live.SocketConfig{Session: "a very secret key", User: "alice", Path: "/tickets", Query: map[string][]string{"q": {"x"}}}
		livetest.OpenSocket(t, k, cfg, keeping(shared.With("team:3", 1)))
		s.fail(errors.New("no connection"))
		publish(t, k, "n")
		synctest.Wait()
		streams, queries := k.Inspect()
		if len(streams) != 1 || len(queries) != 1 {
			t.Fatalf("%+v %+v", streams, queries)
		}
		st, q := streams[0], queries[0]
		if st.User != "alice" || st.Path != "/tickets" || st.Query != "q=x" || !slices.Equal(st.Assigns, []string{"n"}) || len(st.Session) != 8 {
			t.Errorf("stream %+v", st)
		}
		if q.Name != "n" || q.Scope != "team:3" || q.Viewers != 1 || !slices.Equal(q.Topics, []string{"n"}) || !q.Failing {
			t.Errorf("shared query %+v", q)
		}
	})
}

func TestHerdOfOneCohortIsWokenInSteps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		sockets := make([]*live.Transport, 2000)
		for i := range sockets {
			cfg := live.SocketConfig{Session: fmt.Sprint(i), Connected: true}
			socket, err := k.Connect(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer socket.Close()
			if _, err := live.Keep(socket.Socket(), "n", shared.With("all", 1)); err != nil {
				t.Fatal(err)
			}
			sockets[i] = socket
			socket.Start()
			<-socket.Changed()
			socket.Next()
		}
		woken := func() (n int) {
			synctest.Wait()
			for _, socket := range sockets {
				n += len(socket.Changed())
			}
			return n
		}
		s.set(1)
		publish(t, k, "n")
		for _, want := range []int{512, 1024, 1536, 2000} {
			if got := woken(); got != want {
				t.Errorf("%d pages are woken, want %d", got, want)
			}
			time.Sleep(5 * ms)
		}
	})
}
