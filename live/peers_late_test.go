package live_test

import (
	"testing"
	"time"
)

// A node that is cut off goes on to commit, for up to half a minute, and dies: what it did is shown at most ten seconds later.
func TestANodeThatOwesForLong(t *testing.T) {
	for seed := range uint64(12) { // of how resyncs are spread
		for after := time.Duration(0); after <= 30*time.Second; after += 500 * time.Millisecond {
			bubble(t, func(t *testing.T) {
				c := newCluster(t)
				c.cfg.Rand = newRandoms(seed).float
				a, b := c.join(), c.join()
				time.Sleep(20 * time.Second)
				a.bus.CutRoute(b.bus)
				time.Sleep(after)
				c.s.set(1)
				a.kill()
				time.Sleep(10 * time.Second)
				if b.follows(); t.Failed() {
					t.Fatalf("seed %d, %v after the cut", seed, after)
				}
			})
		}
	}
}

// A commit of a node that was killed: whenever within TransactionTimeout it appears, it is shown at most ten seconds later.
func TestALateCommitIsShownInTime(t *testing.T) {
	for seed := range uint64(12) { // of when it is killed in its interval, and how resyncs are spread
		for late := time.Duration(0); late <= 10*time.Second; late += 250 * time.Millisecond {
			bubble(t, func(t *testing.T) {
				c := newCluster(t)
				random := newRandoms(seed)
				c.cfg.Rand = random.float
				a, b := c.join(), c.join()
				time.Sleep(20*time.Second + time.Duration(random.float()*float64(2*time.Second)))
				a.kill()
				time.Sleep(late)
				c.s.set(1)
				time.Sleep(10 * time.Second)
				if b.follows(); t.Failed() {
					t.Fatalf("seed %d, %v late", seed, late)
				}
			})
		}
	}
}
