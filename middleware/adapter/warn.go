package adapter

import (
	"net/http"
	"sync"
)

// maxWarnings bounds how many different sentences are remembered; beyond, none is said.
const maxWarnings = 256

// warnings are sentences that were said. Each is said once in the life of the process.
type warnings struct {
	mu   sync.Mutex
	said map[string]struct{} // guarded by mu
}

// first reports whether the sentence has not been said yet.
func (w *warnings) first(sentence string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, again := w.said[sentence]; again || len(w.said) >= maxWarnings {
		return false
	}
	if w.said == nil {
		w.said = map[string]struct{}{}
	}
	w.said[sentence] = struct{}{}
	return true
}

// full reports whether no sentence will be said any more.
func (w *warnings) full() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.said) >= maxWarnings
}

// warn logs a mistake of the application, once.
func (h *Handler) warn(r *http.Request, sentence string) {
	if h.warned.first(sentence) {
		h.cfg.Logger.WarnContext(r.Context(), "middleware: a live page has a mistake", "why", sentence, "method", r.Method, "path", r.URL.Path)
	}
}

// warnOnce is warn for a mistake that all pages have in common.
func (h *Handler) warnOnce(r *http.Request, sentence string) { h.warn(r, sentence) }
