package adapter

import (
	"net/http"
	"sync"
)

// The bounds of what is remembered of mistakes. Beyond, none is said.
const (
	maxWarnings      = 1000 // in all
	maxWarningsAlike = 100  // of one sentence: a route may have any number of paths
)

// warnings are sentences that were said. Each is said once in the life of the process of each path.
type warnings struct {
	mu    sync.Mutex
	said  map[string]map[string]struct{} // paths by sentence; guarded by mu
	count int                            // guarded by mu
}

// first reports whether the sentence has not been said yet of that path.
func (w *warnings) first(sentence, path string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	paths := w.said[sentence]
	if _, again := paths[path]; again || len(paths) >= maxWarningsAlike || w.count >= maxWarnings {
		return false
	}
	if w.said == nil {
		w.said = map[string]map[string]struct{}{}
	}
	if paths == nil {
		paths = map[string]struct{}{}
		w.said[sentence] = paths
	}
	paths[path] = struct{}{}
	w.count++
	return true
}

// full reports whether no sentence will be said any more.
func (w *warnings) full() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count >= maxWarnings
}

// warn logs a mistake of a page, once.
func (h *Handler) warn(r *http.Request, sentence string) { h.warnOf(r, sentence, r.URL.Path) }

// warnOnce is warn for a mistake that all pages have in common.
func (h *Handler) warnOnce(r *http.Request, sentence string) { h.warnOf(r, sentence, "") }

func (h *Handler) warnOf(r *http.Request, sentence, path string) {
	if h.warned.first(sentence, path) {
		h.cfg.Logger.WarnContext(r.Context(), "middleware: a live page has a mistake", "why", sentence, "method", r.Method, "path", r.URL.Path)
	}
}
