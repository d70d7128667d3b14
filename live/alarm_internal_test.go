package live

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gate is a mutex that testing/synctest can see somebody wait for.
type gate chan struct{}

func (g gate) Lock()   { g <- struct{}{} }
func (g gate) Unlock() { <-g }

// A callback that has begun when its setting is replaced or stopped, and waits for the mutex, does nothing and leaves
// the new setting alone.
func TestALateCallbackDoesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		then func(a *alarm, mu sync.Locker, ring func())
		want []time.Duration
	}{
		"stopped":   {then: func(a *alarm, _ sync.Locker, _ func()) { a.stop() }},
		"set again": {then: func(a *alarm, mu sync.Locker, ring func()) { a.set(mu, time.Minute, ring) }, want: []time.Duration{time.Second + time.Minute}},
		"left":      {then: func(*alarm, sync.Locker, func()) {}, want: []time.Duration{time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var (
					mu   = make(gate, 1)
					a    alarm
					rang []time.Duration
				)
				began := time.Now()
				ring := func() { rang = append(rang, time.Since(began)) }
				mu.Lock()
				a.set(mu, time.Second, ring)
				time.Sleep(time.Second)
				synctest.Wait() // the callback waits for mu
				c.then(&a, &mu, ring)
				mu.Unlock()
				time.Sleep(time.Hour)
				mu.Lock()
				defer mu.Unlock()
				if len(rang) != len(c.want) || len(rang) > 0 && rang[0] != c.want[0] {
					t.Errorf("rang %v, want %v", rang, c.want)
				}
				if a.timer != nil {
					t.Error("it is still set")
				}
			})
		})
	}
}
