package live_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestALostFrameIsNoticed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, m := newClusterOf(t, 3)
		m[1].bus.Drop(1)
		m[0].change()
		m[1].outdated()
		m[2].follows()
		time.Sleep(healed)
		m[1].follows()
		m[0].resynced(0)
		m[1].resynced(1)
		m[2].resynced(0)
		m[0].change()
		m[1].follows()
		time.Sleep(time.Hour)
		m[1].resynced(1)
	})
}

// So is one that others follow which are heard.
func TestALostFrameAmongOthersIsNoticed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, m := newClusterOf(t, 2)
		for range 3 {
			m[0].change()
		}
		m[1].follows()
		m[1].bus.Drop(2)
		m[0].change()
		m[0].change()
		publish(t, m[0].Keeper, "other")
		m[1].outdated()
		time.Sleep(healed)
		m[1].follows()
		m[1].resynced(1)
	})
}

// A node that is killed takes with it what it could not publish. The others notice that it is silent, whether it was replaced or not.
func TestANodeThatDiesOwing(t *testing.T) {
	for _, replaced := range []bool{false, true} {
		for _, cutFor := range []time.Duration{0, time.Second, 5 * time.Second, time.Minute} {
			if !replaced && cutFor > 5*time.Second {
				continue // it was silent for long: TestASilentNodeMayGoOnToCommit
			}
			t.Run(fmt.Sprint("cut for ", cutFor, " replaced ", replaced), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					c, m := newClusterOf(t, 3)
					m[0].bus.Cut()
					time.Sleep(cutFor)
					m[0].change()
					m[0].kill()
					m[1].outdated()
					if replaced {
						c.join().follows()
					}
					time.Sleep(healed)
					m[1].follows()
					m[2].follows()
				})
			})
		}
	}
}

// A node that nobody hears may live, and commit. It is asked after more and more seldom, and not for ever.
func TestASilentNodeMayGoOnToCommit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, m := newClusterOf(t, 2)
		m[0].bus.Cut()
		var at []time.Duration
		began := time.Now()
		for before := uint64(0); time.Since(began) < time.Hour; time.Sleep(time.Second) {
			if n := m[1].Stats().Resyncs; n > before {
				at, before = append(at, time.Since(began).Truncate(time.Second)), n
				m[0].change()
			}
		}
		// Silent for three intervals, spread by one second; when all that it could have committed has appeared; after four intervals,
		// three times; then twice TransactionTimeout later, and twice that each time.
		want := []time.Duration{
			7 * time.Second, 13 * time.Second, 21 * time.Second, 29 * time.Second, 37 * time.Second,
			57 * time.Second, 97 * time.Second, 177 * time.Second, 337 * time.Second,
		}
		if fmt.Sprint(at) != fmt.Sprint(want) {
			t.Errorf("resyncs after %v, want %v", at, want)
		}
		m[0].bus.Mend()
		time.Sleep(healed)
		m[1].follows()
	})
}

func TestATransactionThatPublishesLeavesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := newCluster(t)
		c.cfg.TransactionTimeout = -1
		a, b := c.join(), c.join()
		time.Sleep(time.Second)
		a.kill()
		time.Sleep(time.Hour)
		b.resynced(1)
	})
}

// The row of a client that was killed during COMMIT appears later.
func TestACommitThatComesLate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, m := newClusterOf(t, 2)
		m[0].kill()
		time.Sleep(9 * time.Second)
		m[1].resynced(1) // for the silence
		c.s.set(1)
		m[1].outdated()
		time.Sleep(healed)
		m[1].follows()
		m[1].resynced(2)
	})
}

// A farewell says that silence means nothing. What the node could not publish is told by the number that it names.
func TestANodeThatCloses(t *testing.T) {
	for name, c := range map[string]struct {
		down    func(m *member) // before the last change
		up      func(m *member) // before Close
		resyncs uint64
	}{
		"owing nothing":          {func(*member) {}, func(*member) {}, 0},
		"owing":                  {fails, func(m *member) { m.link.alter(func(e *engine) { e.publish = nil }) }, 1},
		"owing, and not able to": {fails, func(*member) {}, 9}, // as if it were killed
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				_, m := newClusterOf(t, 3)
				c.down(m[0])
				m[0].change()
				c.up(m[0])
				if err := m[0].Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(healed)
				m[1].follows()
				m[2].follows()
				time.Sleep(time.Hour)
				m[1].resynced(c.resyncs)
			})
		})
	}
}

func fails(m *member) {
	m.link.alter(func(e *engine) { e.publish = func(context.Context) error { return errors.New("engine is down") } })
}

// A handler may publish after Close: the HTTP server is closed after the keeper.
func TestPublishAfterTheFarewell(t *testing.T) {
	for name, failing := range map[string]bool{"heard": false, "lost": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				_, m := newClusterOf(t, 2)
				if err := m[0].Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				if failing {
					m[1].bus.Drop(1)
				}
				m[0].change()
				time.Sleep(healed)
				m[1].follows()
				time.Sleep(time.Hour)
				m[1].resynced(map[bool]uint64{false: 0, true: 1}[failing])
			})
		})
	}
}

// What is being sent when a node says farewell may still fail.
func TestAFarewellCountsWhatIsBeingSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, m := newClusterOf(t, 2)
		first := true
		m[0].link.alter(func(e *engine) {
			e.publish = func(ctx context.Context) error {
				if !first {
					return nil
				}
				first = false
				return errors.Join(pause(ctx, 500*ms), errors.New("engine is down"))
			}
		})
		sent := make(chan struct{})
		go func() {
			m[0].change()
			close(sent)
		}()
		synctest.Wait()
		if err := m[0].Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-sent
		time.Sleep(healed)
		m[1].follows()
		m[1].resynced(1)
	})
}

// Where nothing is followed nothing is missed: what is fetched later is newer.
func TestWhereNothingIsFollowedNothingIsMissed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, m := newClusterOf(t, 3)
		m[0].kill()
		time.Sleep(7 * time.Second)
		m[1].resynced(1) // for its silence
		bare := c.keeper()
		synctest.Wait()
		time.Sleep(500 * ms) // it has been told of the silent node
		bare.page = open(t, bare.Keeper, c.s.number())
		time.Sleep(3 * time.Second)
		bare.resynced(0)

		time.Sleep(5 * time.Second) // its second one is over
		n := m[1].Stats().Resyncs
		m[1].page.Close()
		m[1].bus.Drop(1)
		m[2].change()
		c.keeper() // in place of the silent one
		time.Sleep(2 * time.Second)
		m[1].page = open(t, m[1].Keeper, c.s.number())
		time.Sleep(2 * time.Second)
		m[1].resynced(n)
	})
}
