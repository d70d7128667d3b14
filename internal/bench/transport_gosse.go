package main

import (
	"context"
	"net/http"
	"time"

	gosse "github.com/tmaxmax/go-sse"
)

// goSSE is tmaxmax/go-sse as its README shows it, except that headers leave at once and not with the first message: the
// load client waits for them.
type goSSE struct {
	*gosse.Server

	sample Sample
}

func newGoSSE(s Sample) *goSSE {
	server := &gosse.Server{OnSession: func(w http.ResponseWriter, _ *http.Request) (topics []string, allowed bool) {
		w.Header().Set("Content-Type", "text/event-stream")
		return nil, http.NewResponseController(w).Flush() == nil
	}}
	return &goSSE{Server: server, sample: s}
}

func (g *goSSE) publish(seq int) error {
	m := &gosse.Message{ID: gosse.ID(g.sample.id())}
	m.AppendData(string(g.sample.data(seq)))
	return g.Server.Publish(m)
}

func (g *goSSE) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = g.Shutdown(ctx)
}
