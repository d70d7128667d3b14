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

// Revocations remembers which sessions have ended, and who was kicked. Keys are hashes: a reader of the memory gains no
// session. Nodes share one, and each reads every few seconds what the others have added. Its clock is its own: what it
// says of times is compared with nothing else. A call ends with its context.
type Revocations interface {
	// Revoke remembers key until the given time. Of a key that is remembered already, At and Until are new then.
	Revoke(ctx context.Context, key string, until time.Time) error
	// Lookup returns those of the keys that are remembered.
	Lookup(ctx context.Context, keys ...string) ([]Revocation, error)
	// Recent lists what was revoked within the last age and is still remembered, oldest first.
	Recent(ctx context.Context, age time.Duration) ([]Revocation, error)
}

// Revocation is one session that has ended, or one kick.
type Revocation struct {
	Key   string    // as Revoke was given it
	At    time.Time // when it was revoked, by the clock of the memory
	Until time.Time // when it may be forgotten
}

// ofThisProcess reports whether no other node can read or write the revocations.
func ofThisProcess(r Revocations) bool {
	_, memory := r.(*MemoryRevocations)
	return memory
}

// hashKey is a live key as revocations know it.
func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// kickedSession and kickedUser are the kicks of a session, by its live key, and of a user, as revocations know them.
func kickedSession(key string) string { return "kick.session." + hashKey(key) }

func kickedUser(user string) string { return "kick.user." + hashKey(user) }

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

// Lookup returns those of the keys that are remembered.
func (m *MemoryRevocations) Lookup(_ context.Context, keys ...string) (list []Revocation, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for _, key := range keys {
		if r, ok := m.byKey[key]; ok && now.Before(r.Until) {
			list = append(list, r)
		}
	}
	return list, nil
}

// Recent lists what was revoked within the last age.
func (m *MemoryRevocations) Recent(_ context.Context, age time.Duration) (list []Revocation, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	first, _ := slices.BinarySearchFunc(m.order, now.Add(-age), func(r Revocation, t time.Time) int { return r.At.Compare(t) })
	for _, r := range m.order[first:] {
		if now.Before(r.Until) && m.byKey[r.Key].At.Equal(r.At) {
			list = append(list, r)
		}
	}
	return list, nil
}
