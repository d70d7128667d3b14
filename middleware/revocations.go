package middleware

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"
)

// Revocations remembers which sessions have ended. Keys are hashes: who reads the memory gains no session.
type Revocations interface {
	Revoke(ctx context.Context, key string, until time.Time) error
	Revoked(ctx context.Context, key string) (bool, error)
}

// hidden is a live key as revocations know it.
func hidden(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Memory is Revocations in this process: enough for one node that may forget when it restarts. A session
// that must stay ended needs a store of the application's own, which is two statements on a table.
// Its zero value is ready.
type Memory struct {
	mu    sync.Mutex
	until map[string]time.Time // guarded by mu
	sweep time.Time            // guarded by mu
}

// Revoke remembers.
func (m *Memory) Revoke(_ context.Context, key string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if now.After(m.sweep) {
		for k, u := range m.until {
			if now.After(u) {
				delete(m.until, k)
			}
		}
		m.sweep = now.Add(time.Hour)
	}
	if m.until == nil {
		m.until = map[string]time.Time{}
	}
	m.until[key] = until
	return nil
}

// Revoked tells.
func (m *Memory) Revoked(_ context.Context, key string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	until, ok := m.until[key]
	return ok && time.Now().Before(until), nil
}
