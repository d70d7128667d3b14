package live_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestHeardNodesAreCounted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, m := newClusterOf(t, 3)
		old := c.bus.Node() // of a node that knows no numbers
		if err := old.Publish(t.Context(), []byte(`{"v":1,"from":"old","topics":["n"]}`)); err != nil {
			t.Fatal(err)
		}
		counts := func(want ...int) {
			t.Helper()
			for i, want := range want {
				if got := m[i].Stats().Nodes; got != want {
					t.Errorf("node %d hears %d others, want %d", i, got, want)
				}
			}
		}
		counts(2, 2, 2)
		if err := m[0].Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		counts(2, 1, 1)
		m[1].kill()
		time.Sleep(healed)
		if got := m[2].Stats(); got.Nodes != 0 || got.Silent != 1 {
			t.Errorf("%d others are heard and %d silent, want none and one", got.Nodes, got.Silent)
		}
		m[2].resynced(1)
	})
}

func TestForHowLongNobodyWasHeard(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, m := newClusterOf(t, 2)
		for range 3 {
			time.Sleep(time.Hour)
			m[0].bus.Cut()
			time.Sleep(time.Minute) // nobody asks meanwhile
			if away := m[0].Stats().Away; away < 55*time.Second || away > time.Minute {
				t.Errorf("a minute after the cut: %v", away)
			}
			m[0].bus.Mend()
			if away := m[0].Stats().Away; away != 0 {
				t.Errorf("it hears again, and has heard nobody for %v", away)
			}
			time.Sleep(time.Hour)
			m[0].bus.Cut()
			if away := m[0].Stats().Away; away <= 0 || away > time.Second {
				t.Errorf("right after the cut: %v", away)
			}
			m[0].bus.Mend()
		}
	})
}

func TestAResyncSaysWhy(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		c := newCluster(t)
		c.cfg.Logger = log.logger()
		a, b := c.join(), c.join()
		time.Sleep(time.Second)
		b.bus.Drop(1)
		a.change()
		time.Sleep(healed)
		b.resynced(1)
		log.mu.Lock()
		defer log.mu.Unlock()
		if lines := strings.Split(strings.TrimSpace(log.lines.String()), "\n"); len(lines) != 1 || !strings.Contains(lines[0], `why="frames of a node are missing" node=`) {
			t.Errorf("log:\n%s", log.lines.String())
		}
	})
}

// While the engine does not answer, a publication does not wait each time: what is not tried is lost, and noticed.
func TestASilentEngineHoldsUpOnePublication(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, m := newClusterOf(t, 2)
		if !m[0].Connected() {
			t.Error("not connected")
		}
		m[0].link.alter(func(e *engine) {
			e.publish = func(ctx context.Context) error {
				<-ctx.Done()
				return ctx.Err()
			}
		})
		began := time.Now()
		m[0].change()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("the first took %v", took)
		}
		began = time.Now()
		for range 100 {
			m[0].change()
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("a hundred more took %v", took)
		}
		if st := m[0].Stats(); m[0].Connected() || st.PublishErrors < 101 {
			t.Errorf("connected %v, %d errors", m[0].Connected(), st.PublishErrors)
		}
		m[1].outdated()
		time.Sleep(time.Minute)
		m[0].link.alter(func(e *engine) { e.publish = nil })
		time.Sleep(healed)
		m[1].follows()
		if !m[0].Connected() {
			t.Error("not connected although the engine answers")
		}
		errs := m[0].Stats().PublishErrors
		m[0].change()
		m[1].follows()
		if got := m[0].Stats().PublishErrors; got != errs {
			t.Errorf("%d errors after it has answered", got-errs)
		}
	})
}

func TestConnected(t *testing.T) {
	bubble(t, func(t *testing.T) {
		if alone := node(t, live.Config{}); !alone.Connected() {
			t.Error("a node without a broker is not connected")
		}
		_, m := newClusterOf(t, 2)
		m[0].bus.Cut()
		if m[0].Connected() || !m[1].Connected() {
			t.Error("the node that is cut off does not say so, or another one does")
		}
		m[0].bus.Mend()
		if !m[0].Connected() {
			t.Error("mended, and not connected")
		}
		release := make(chan struct{})
		deaf := node(t, live.Config{Broker: broker{listen: func(ctx context.Context, _ func([]byte)) error {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return nil
		}}})
		if deaf.Connected() {
			t.Error("a node that does not hear yet says that it does")
		}
		close(release)
		synctest.Wait()
		if !deaf.Connected() {
			t.Error("a node that hears says that it does not")
		}
	})
}

// Nodes of a version that knows no numbers hear nothing in heartbeats: a bare listener of the bus sees what goes over it.
func TestWhatGoesOverTheBus(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		var frames []string
		if err := bus.Node().Listen(t.Context(), func(b []byte) { frames = append(frames, string(b)) }); err != nil {
			t.Fatal(err)
		}
		k := live.NewKeeper(live.Config{Broker: bus.Node(), Rand: func() float64 { return 0.5 }})
		synctest.Wait()
		publish(t, k, "a")
		publish(t, k, "b")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if err := k.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := []string{
			`{"v":1,"from":"","topics":null,"last":0}`,
			`{"seq":1,"v":1,"from":"","topics":["a"]}`,
			`{"seq":2,"v":1,"from":"","topics":["b"]}`,
			`{"v":1,"from":"","topics":null,"last":2}`,
			`{"v":1,"from":"","topics":null,"last":2,"bye":true}`,
		}
		if len(frames) != len(want) {
			t.Fatalf("frames: %q", frames)
		}
		for i, frame := range frames {
			head, rest, _ := strings.Cut(frame, `"from":"`)
			_, rest, _ = strings.Cut(rest, `"`)
			if got := head + `"from":""` + rest; got != want[i] {
				t.Errorf("frame %d is %s, want %s", i, got, want[i])
			}
		}
	})
}
