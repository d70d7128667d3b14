package main

import "net/http"

// plain is the practical limit: net/http, the request's own goroutine, bytes that are ready to be written, and nothing
// else. No deadline, no heartbeat, no session, no difference between two readers.
type plain struct{ *prepared }

func (p *plain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	flusher := w.(http.Flusher) //nolint:forcetypeassert // net/http's own
	flusher.Flush()
	changed := p.join()
	defer p.leave(changed)
	for {
		select {
		case <-r.Context().Done():
			return
		case <-changed:
			message, _ := p.newest()
			if _, err := w.Write(message); err != nil {
				return
			}
			flusher.Flush()
		}
	}
}
