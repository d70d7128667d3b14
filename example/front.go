package main

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// A front answers in the place of the helpdesk while that starts, and says when it is about to end.
type front struct {
	opened  chan struct{}                // closed when there is a desk
	desk    atomic.Pointer[http.Handler] // nil: it is starting
	lacks   atomic.Pointer[string]       // what it waits for
	leaving atomic.Bool
}

// startTime is how long a request waits for the helpdesk to open.
const startTime = 5 * time.Second

// open has the helpdesk answer from here on.
func (f *front) open(desk http.Handler) {
	f.desk.Store(&desk)
	close(f.opened)
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	desk := f.desk.Load()
	switch {
	case r.URL.Path == "/readyz" && f.leaving.Load():
		say(w, http.StatusServiceUnavailable, "draining")
	case desk != nil:
		(*desk).ServeHTTP(w, r)
	case r.URL.Path == "/healthz":
		say(w, http.StatusOK, "ok")
	case r.URL.Path == "/readyz":
		why := "starting"
		if lacks := f.lacks.Load(); lacks != nil {
			why += ": no " + *lacks
		}
		say(w, http.StatusServiceUnavailable, why)
	case f.opens(r):
		f.ServeHTTP(w, r)
	case isStream(r): // an error would stop some clients for good
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "retry: 3000\n\n")
	default:
		w.Header().Set("Retry-After", "3")
		say(w, http.StatusServiceUnavailable, "The helpdesk is starting. Try again in a few seconds.")
	}
}

// opens waits for the helpdesk to open, and reports whether it has.
func (f *front) opens(r *http.Request) bool {
	timer := time.NewTimer(startTime)
	defer timer.Stop()
	select {
	case <-f.opened:
		return true
	case <-timer.C:
	case <-r.Context().Done():
	}
	return false
}

// isStream reports whether an open page asks for its stream.
func isStream(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "text/event-stream") && (!strings.Contains(accept, "text/html") || r.URL.Query().Has("live"))
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}
