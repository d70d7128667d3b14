package middleware

import (
	"crypto/rand"
	"sync"
	"time"
)

// boot knows which stream tokens of this process have not been used. Such a token is the proof that
// the page was rendered here a moment ago and that nothing has been sent to it since.
type boot struct {
	id [8]byte

	mu    sync.Mutex
	used  map[ticket]time.Time // when it stops to matter; guarded by mu
	swept time.Time            // guarded by mu
}

// ticket is what makes a token unique.
type ticket [8]byte

const (
	believedFor = time.Minute // a browser connects long before, or has slept
	usedMost    = 1 << 16     // beyond, tokens are not believed and everything is sent
)

func newBoot() *boot {
	b := &boot{used: map[ticket]time.Time{}}
	_, _ = rand.Read(b.id[:])
	return b
}

// spend tells whether the ticket may be believed, which it may only once.
func (b *boot) spend(id [8]byte, t ticket, issued, now time.Time) bool {
	if id != b.id || now.Sub(issued) > believedFor {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.swept) > believedFor {
		b.swept = now
		for t, until := range b.used {
			if now.After(until) {
				delete(b.used, t)
			}
		}
	}
	if _, again := b.used[t]; again || len(b.used) >= usedMost {
		return false
	}
	b.used[t] = issued.Add(believedFor)
	return true
}
