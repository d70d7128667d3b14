package live_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// randoms is a random number generator for any goroutine, the same for each seed as far as goroutines allow.
type randoms struct {
	mu sync.Mutex
	r  *rand.Rand // guarded by mu
}

func newRandoms(seed uint64) *randoms { return &randoms{r: rand.New(rand.NewPCG(seed, 1))} }

func (r *randoms) float() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.r.Float64()
}

// upTo is a random time up to d.
func (r *randoms) upTo(d time.Duration) time.Duration { return time.Duration(r.float() * float64(d)) }

// delays makes an engine take its time, so that frames of several goroutines overtake each other.
func (m *member) delays(random *randoms, most time.Duration) {
	m.link.alter(func(e *engine) {
		e.publish = func(ctx context.Context) error { return pause(ctx, random.upTo(most)) }
	})
}

// Without a fault there is no resync, and no fetch beyond the notifications: whoever publishes, from however many goroutines, on an
// engine that is so slow that frames overtake each other and heartbeats.
func TestWithoutFaultsThereIsNoResync(t *testing.T) {
	bubble(t, func(t *testing.T) {
		random := newRandoms(7)
		c := newCluster(t)
		c.cfg.Rand = random.float
		members := []*member{c.join(), c.join(), c.join()}
		time.Sleep(time.Second)
		for _, m := range members {
			m.delays(random, 900*ms)
		}
		before := make([]uint64, len(members))
		for i, m := range members {
			before[i] = m.Stats().Fetches
		}
		var wg sync.WaitGroup
		for _, m := range members {
			for range 8 {
				wg.Go(func() {
					for end := time.Now().Add(time.Hour); time.Now().Before(end); {
						time.Sleep(random.upTo(time.Minute))
						m.change()
					}
				})
			}
		}
		wg.Wait()
		synctest.Wait()
		published := uint64(c.s.get())
		quiet := c.s.count()
		time.Sleep(time.Hour)
		for i, m := range members {
			m.follows()
			m.resynced(0)
			if got := m.Stats().Fetches - before[i]; got > published {
				t.Errorf("node %d fetched %d times for %d notifications", i, got, published)
			}
		}
		if got := c.s.count(); got != quiet {
			t.Errorf("%d fetches in an hour without a notification", got-quiet)
		}
		if published < 1000 {
			t.Errorf("%d notifications only", published)
		}
	})
}

// A publication that takes as long as it may is overtaken by a heartbeat or two, and by others.
func TestASlowPublicationIsNotLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, m := newClusterOf(t, 2)
		for range 5 {
			first := true
			m[0].link.alter(func(e *engine) {
				e.publish = func(ctx context.Context) error {
					if first {
						first = false
						return pause(ctx, 1900*ms)
					}
					return nil
				}
			})
			slow := make(chan struct{})
			go func() {
				m[0].change()
				close(slow)
			}()
			synctest.Wait()
			for range 19 {
				publish(t, m[0].Keeper, "other")
				time.Sleep(100 * ms)
			}
			<-slow
			m[1].follows()
			time.Sleep(400 * ms) // the next one begins at another time between two heartbeats
		}
		time.Sleep(time.Hour)
		m[1].resynced(0)
	})
}
