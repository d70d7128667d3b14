package adapter

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"sync"
	"time"
)

// Revocations remembers which sessions have ended. Keys are hashes: a reader of the memory gains no session.
type Revocations interface {
	// Revoke remembers key until the given time, from when on no cookie can bring its session back.
	Revoke(ctx context.Context, key string, until time.Time) error
	// Revoked reports whether key was revoked and is remembered.
	Revoked(ctx context.Context, key string) (bool, error)
	// Since lists what was revoked at that time or later and is still remembered, oldest first.
	Since(ctx context.Context, t time.Time) ([]Revocation, error)
}

// Revocation is one session that has ended.
type Revocation struct {
	Key   string    // as Revoke was given it
	At    time.Time // when it was revoked
	Until time.Time // when it may be forgotten
}

// hashKey is a live key as revocations know it.
func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// DefaultMaxRevocations is how many sessions MemoryRevocations remembers: about 20 MB.
const DefaultMaxRevocations = 100_000

// MemoryRevocations is Revocations in this process: enough for one node that may forget when it restarts. A session that
// must stay ended needs a store of the application's own, which is three statements on a table. Its zero value is ready.
type MemoryRevocations struct {
	// Max is how many ended sessions are remembered at most; default DefaultMaxRevocations. Beyond, the one that was
	// revoked longest ago is forgotten, and a copy of its cookie works again: choose more, or a store of your own, where
	// more sessions than that end within the life of a cookie.
	Max int

	mu    sync.Mutex
	byKey map[string]Revocation // guarded by mu
	order []Revocation          // as they were revoked; one that was revoked again stands here twice; guarded by mu
}

// Revoke remembers.
func (m *MemoryRevocations) Revoke(_ context.Context, key string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.forget(now)
	if m.byKey == nil {
		m.byKey = map[string]Revocation{}
	}
	r := Revocation{Key: key, At: now, Until: until}
	m.byKey[key] = r
	m.order = append(m.order, r)
	return nil
}

// forget makes room for one more: the oldest goes if there is none, and so does what has had its time at the old end.
func (m *MemoryRevocations) forget(now time.Time) {
	most := cmp.Or(m.Max, DefaultMaxRevocations)
	gone := 0
	for ; gone < len(m.order); gone++ {
		r := m.order[gone]
		if len(m.order)-gone < most && now.Before(r.Until) {
			break
		}
		if m.byKey[r.Key].At.Equal(r.At) {
			delete(m.byKey, r.Key)
		}
	}
	m.order = m.order[gone:]
}

// Revoked reports whether the key is remembered.
func (m *MemoryRevocations) Revoked(_ context.Context, key string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.byKey[key]
	return ok && time.Now().Before(r.Until), nil
}

// Since lists what was revoked at t or later.
func (m *MemoryRevocations) Since(_ context.Context, t time.Time) (list []Revocation, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	first, _ := slices.BinarySearchFunc(m.order, t, func(r Revocation, t time.Time) int { return r.At.Compare(t) })
	for _, r := range m.order[first:] {
		if now.Before(r.Until) && m.byKey[r.Key].At.Equal(r.At) {
			list = append(list, r)
		}
	}
	return list, nil
}
