package adapter

import (
	"crypto/rand"
	"sync"
	"time"
)

// tokenStore knows which stream tokens of this process have been used. An unused one is the proof that its page was
// rendered here a moment ago and that nothing has been sent to it since.
type tokenStore struct {
	process [8]byte // random, stands in every token that this process makes

	mu    sync.Mutex
	used  map[nonce]time.Time // when it stops to matter; guarded by mu
	swept time.Time           // guarded by mu
}

// nonce is what makes a token unique.
type nonce [8]byte

const (
	tokenLifetime = time.Minute // a browser connects long before, or has slept
	maxUsedTokens = 1 << 16     // beyond, tokens are not believed and everything is sent
)

func newTokenStore() *tokenStore {
	s := &tokenStore{used: map[nonce]time.Time{}}
	_, _ = rand.Read(s.process[:])
	return s
}

// consume reports whether the token with that nonce may be believed, which it may only once.
func (s *tokenStore) consume(process [8]byte, n nonce, issued, now time.Time) bool {
	if process != s.process || now.Sub(issued) > tokenLifetime {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.swept) > tokenLifetime {
		s.swept = now
		for n, until := range s.used {
			if now.After(until) {
				delete(s.used, n)
			}
		}
	}
	if _, again := s.used[n]; again || len(s.used) >= maxUsedTokens {
		return false
	}
	s.used[n] = issued.Add(tokenLifetime)
	return true
}
