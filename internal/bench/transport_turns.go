package main

import (
	"net/http"
	"slices"
	"sync"
)

// turns is what the writes alone cost: net/http, and one goroutine that writes the ready bytes to all readers in turn.
// Nobody is woken, and nothing is done for a page but its write. One reader who stalls stops it for all.
type turns struct {
	sample Sample

	mu      sync.Mutex
	readers []*reader // in the order in which they came; guarded by mu
}

type reader struct {
	w       http.ResponseWriter
	flusher http.Flusher
}

func (t *turns) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	me := &reader{w: w, flusher: w.(http.Flusher)} //nolint:forcetypeassert // net/http's own
	me.flusher.Flush()
	t.mu.Lock()
	t.readers = append(t.readers, me)
	t.mu.Unlock()
	<-r.Context().Done()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.readers = slices.DeleteFunc(t.readers, func(other *reader) bool { return other == me })
}

func (t *turns) publish(seq int) error {
	message := append(t.sample.with(seq), "\n\n"...)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.readers {
		if _, err := r.w.Write(message); err == nil {
			r.flusher.Flush()
		}
	}
	return nil
}

func (t *turns) close() {}
