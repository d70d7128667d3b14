package live_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// A route that was cut between two nodes, which nothing notices, is noticed when it is mended.
func TestACutRoute(t *testing.T) {
	for _, cutFor := range []time.Duration{time.Second, 5 * time.Second, time.Minute, 20 * time.Minute} {
		for _, oneWay := range []bool{false, true} {
			t.Run(fmt.Sprint("for ", cutFor, " one way ", oneWay), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					_, m := newClusterOf(t, 3)
					m[0].bus.CutRoute(m[1].bus)
					if !oneWay {
						m[1].bus.CutRoute(m[0].bus)
					}
					time.Sleep(cutFor)
					m[1].change()
					m[1].follows()
					m[0].change()
					m[1].outdated()
					m[2].follows()
					m[0].bus.MendRoute(m[1].bus)
					m[1].bus.MendRoute(m[0].bus)
					time.Sleep(healed)
					for _, m := range m {
						m.follows()
					}
					m[2].resynced(0)
					n := m[1].Stats().Resyncs
					time.Sleep(time.Hour)
					m[1].resynced(n)
				})
			})
		}
	}
}

// A node that was silent and has lost nothing is no reason for a resync when it is back.
func TestANodeThatIsBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, m := newClusterOf(t, 2)
		for range 5 {
			m[0].change()
		}
		m[0].bus.CutRoute(m[1].bus)
		time.Sleep(8 * time.Second)
		m[1].resynced(1)
		m[0].bus.MendRoute(m[1].bus)
		time.Sleep(time.Hour)
		m[1].resynced(1)
		if n := m[1].Stats().Nodes; n != 1 {
			t.Errorf("%d nodes are heard", n)
		}
		c.join()
		time.Sleep(healed)
		m[1].resynced(1) // nobody is silent
	})
}

// Who joins has missed nothing that it shows.
func TestJoiningIsNoResync(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, m := newClusterOf(t, 2)
		for range 5 {
			m[0].change()
		}
		late := c.keeper()
		time.Sleep(time.Second)
		late.page = open(t, late.Keeper, c.s.number())
		m[1].change()
		late.follows()
		time.Sleep(time.Hour)
		for _, m := range append(m, late) {
			m.resynced(0)
		}
	})
}

// Unless the way to it was cut from the beginning.
func TestJoiningWithoutARoute(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, m := newClusterOf(t, 2)
		m[0].change()
		late := &member{c: c, bus: c.bus.Node()}
		m[0].bus.CutRoute(late.bus)
		late.Keeper = node(t, live.Config{Broker: late.bus})
		late.page = open(t, late.Keeper, c.s.number())
		time.Sleep(time.Minute)
		m[0].change()
		late.outdated()
		m[0].bus.MendRoute(late.bus)
		time.Sleep(healed)
		late.follows()
	})
}

// What the engine says itself is a resync at once. It covers what is known to be missing then, and no more.
func TestAGapThatTheEngineNotices(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, m := newClusterOf(t, 2)
		m[0].change()
		m[1].bus.Cut()
		time.Sleep(time.Minute)
		m[1].resynced(0) // who hears nobody knows nothing of their silence
		m[1].bus.Mend()
		m[1].follows()
		time.Sleep(time.Hour)
		m[1].resynced(1)

		m[1].bus.Drop(1)
		m[0].change()
		time.Sleep(2 * time.Second) // a heartbeat: it is known to be missing, and may still come
		m[1].bus.Cut()
		m[1].bus.Mend()
		m[1].follows()
		time.Sleep(time.Hour)
		m[1].resynced(2)
	})
}

// A node that fell silent while this one heard nobody counts as silent from when this one hears again.
func TestANodeThatDiesDuringAGap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, m := newClusterOf(t, 3)
		m[0].bus.Cut()
		m[1].bus.Cut()
		time.Sleep(time.Minute)
		m[1].bus.Mend()
		m[1].follows()
		m[0].change()
		m[0].kill()
		m[1].outdated()
		time.Sleep(healed)
		m[1].follows()
	})
}

// A node that joins has never heard the one that is silent. The others tell it: what that one goes on to commit concerns it as well.
func TestJoiningWhileANodeIsSilent(t *testing.T) {
	for _, cutFor := range []time.Duration{time.Second, time.Minute} { // before and after the others notice
		t.Run(fmt.Sprint("for ", cutFor), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, m := newClusterOf(t, 3)
				m[0].bus.Cut()
				time.Sleep(cutFor)
				late := c.join()
				time.Sleep(time.Second)
				m[0].change()
				m[0].kill()
				late.outdated()
				time.Sleep(healed)
				late.follows()
				m[1].change()
				time.Sleep(time.Hour)
				n := late.Stats().Resyncs
				time.Sleep(time.Hour)
				late.resynced(n) // they do not tell each other for ever
			})
		})
	}
}
