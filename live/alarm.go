package live

import (
	"sync"
	"time"
)

// alarm calls a function at a time that can be moved. Its settings are numbered: a callback that comes late, for a
// setting that has been replaced or stopped since, does nothing. Its methods are called with the mutex held that set is
// given, and so is the function.
type alarm struct {
	timer   *time.Timer // nil: not set
	setting uint64
}

// set moves the alarm: ring is called after d, unless it is set again or stopped before.
func (a *alarm) set(mu sync.Locker, d time.Duration, ring func()) {
	a.stop()
	setting := a.setting
	a.timer = time.AfterFunc(d, func() {
		mu.Lock()
		defer mu.Unlock()
		if a.setting == setting {
			a.stop()
			ring()
		}
	})
}

func (a *alarm) stop() {
	a.setting++
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
}
