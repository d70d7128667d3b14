package live

import "time"

// Clock is the time that scheduling uses. Its default is the time package, which testing/synctest makes virtual.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own after d, unless stopped before.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is what AfterFunc returns; *time.Timer is one.
type Timer interface{ Stop() bool }

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// jitter spreads d evenly over ±10 %, so that pages opened together do not stay in step.
func (k *Keeper) jitter(d time.Duration) time.Duration {
	return d + time.Duration((k.cfg.Rand()*2-1)*float64(d)/10)
}

// Failed refetches wait 0.5 s, 1 s, 2 s … 30 s, jittered.
const (
	backoffFirst = 500 * time.Millisecond
	backoffMost  = 30 * time.Second
)

func (k *Keeper) backoff(failures int) time.Duration {
	d := backoffMost
	if failures < 7 {
		d = min(backoffFirst<<(failures-1), backoffMost)
	}
	return k.jitter(d)
}
