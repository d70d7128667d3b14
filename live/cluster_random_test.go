package live_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// faulty is what the story of a random test happens to.
type faulty struct {
	*cluster
	nodes []*member // that live
	wrong []string
}

// deed is one thing that happens.
type deed struct {
	What     string
	From, To int
	For      time.Duration
}

var deeds = []string{"change", "change", "change", "change", "sleep", "sleep", "drop", "cut route", "mend route", "cut", "mend", "fail", "lose", "hang", "works", "kill", "close", "join"}

func drawDeed(t *rapid.T) deed {
	return deed{
		What: rapid.SampledFrom(deeds).Draw(t, "what"), From: rapid.IntRange(0, 5).Draw(t, "node"), To: rapid.IntRange(0, 5).Draw(t, "to"),
		For: time.Duration(rapid.SampledFrom([]int{1, 50, 700, 2000, 5000, 7000, 20_000, 700_000}).Draw(t, "ms")) * ms,
	}
}

// Whatever is lost between nodes, by whichever fault: when the faults have ended, every page of a node that lives shows the newest
// number in time, and then nothing is fetched any more.
func TestWhateverIsLostIsMadeUpFor(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		story := rapid.SliceOfN(rapid.Custom(drawDeed), 5, 60).Draw(rt, "story")
		seed := rapid.Uint64().Draw(rt, "seed")
		var wrong []string
		synctest.Test(t, func(t *testing.T) {
			c := newCluster(t)
			c.cfg.Rand = newRandoms(seed).float
			f := &faulty{cluster: c}
			for range 3 {
				f.nodes = append(f.nodes, c.join())
			}
			time.Sleep(time.Second) // until all know each other
			for _, d := range story {
				f.do(d)
			}
			f.settle()
			wrong = f.wrong
		})
		if len(wrong) > 0 {
			rt.Fatalf("%v", wrong)
		}
	})
}

func (f *faulty) do(d deed) {
	m, to := f.nodes[d.From%len(f.nodes)], f.nodes[d.To%len(f.nodes)]
	publishing := func(before func(ctx context.Context) error) {
		m.link.alter(func(e *engine) { e.publish = before })
	}
	switch d.What {
	case "change":
		m.change()
	case "sleep":
		time.Sleep(d.For)
	case "drop":
		m.bus.Drop(d.To + 1)
	case "cut route":
		m.bus.CutRoute(to.bus)
	case "mend route":
		m.bus.MendRoute(to.bus)
	case "cut":
		m.bus.Cut()
	case "mend":
		m.bus.Mend()
	case "fail":
		publishing(func(context.Context) error { return errors.New("engine is down") })
	case "lose": // for everybody, and nothing notices
		publishing(func(context.Context) error { return errLost })
	case "hang":
		publishing(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
	case "works":
		publishing(nil)
	case "kill", "close":
		if len(f.nodes) < 2 {
			return
		}
		if d.What == "kill" {
			m.bus.Close()
		}
		if err := m.Close(f.t.Context()); err != nil {
			f.t.Error(err)
		}
		m.bus.Close()
		f.nodes = append(f.nodes[:d.From%len(f.nodes)], f.nodes[d.From%len(f.nodes)+1:]...)
		f.restart()
	case "join":
		if len(f.nodes) < 6 {
			f.nodes = append(f.nodes, f.join())
		}
	}
}

// restart is what follows the end of a node, sooner or later: another one comes.
func (f *faulty) restart() { f.nodes = append(f.nodes, f.join()) }

// settle ends the faults, and looks at every page.
func (f *faulty) settle() {
	for _, m := range f.nodes {
		m.bus.Drop(0)
		m.bus.Mend()
		m.link.alter(func(e *engine) { e.publish = nil })
		for _, to := range f.nodes {
			m.bus.MendRoute(to.bus)
		}
	}
	time.Sleep(healed)
	synctest.Wait()
	for i, m := range f.nodes {
		if got, want := m.page.Text("n"), fmt.Sprint(f.s.get()); got != want {
			f.wrong = append(f.wrong, fmt.Sprintf("node %d shows %s, want %s", i, got, want))
		}
		if got := m.Stats().Nodes; got != len(f.nodes)-1 {
			f.wrong = append(f.wrong, fmt.Sprintf("node %d hears %d others of %d", i, got, len(f.nodes)-1))
		}
	}
	time.Sleep(11 * time.Minute) // while nodes are remembered that were killed
	fetched := f.s.count()
	time.Sleep(5 * time.Minute)
	if got := f.s.count(); got != fetched {
		f.wrong = append(f.wrong, fmt.Sprintf("%d fetches without a fault", got-fetched))
	}
}
