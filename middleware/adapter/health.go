package adapter

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Health says how the middleware does, for readiness and for metrics. Give one to Config.Health; several uses of the
// middleware may share it. Its zero value is ready, and any goroutine may ask it.
type Health struct {
	mu      sync.Mutex
	readers []*reader // guarded by mu
}

func (h *Health) add(rd *reader) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.readers = append(h.readers, rd)
}

func (h *Health) all() []*reader {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clip(h.readers)
}

// Check is nil, or why requests should go elsewhere: Revocations has had no answer for RevocationGrace. As long as that is so
// it is asked again, for Config.LookupTimeout at most.
func (h *Health) Check(ctx context.Context) error {
	for _, rd := range h.all() {
		if age := rd.age(); age <= rd.cfg.RevocationGrace {
			continue
		}
		if _, err := rd.recent(ctx, 0); err != nil {
			return fmt.Errorf("for %s it is not known who is logged out: %w", rd.age().Round(time.Second), err)
		}
	}
	return nil
}

// RevocationsAge is how long ago Revocations last had an answer, where it was asked in vain since then, or streams wait for
// the next reading; else 0.
func (h *Health) RevocationsAge() (oldest time.Duration) {
	for _, rd := range h.all() {
		oldest = max(oldest, rd.age())
	}
	return oldest
}

func (rd *reader) age() time.Duration {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	if !rd.failing && rd.stop == nil {
		return 0
	}
	return time.Since(rd.worked)
}
