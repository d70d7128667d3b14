package main

import (
	"context"
	"net/http"

	"github.com/htmxlive/htmxlive/sse"
)

// transportOnly is package sse alone, with bytes that are ready to be sent.
type transportOnly struct{ *prepared }

func (t *transportOnly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := &preparedSource{of: t.prepared, id: t.sample.id(), changed: t.join()}
	defer t.leave(s.changed)
	_ = sse.Serve(w, r, s, sse.Config{}) // the load client hangs up: that is no news
}

func (t *transportOnly) publish(seq int) error {
	return t.announce(seq, sse.Encode(t.sample.data(seq)))
}

type preparedSource struct {
	of      *prepared
	id      string
	changed chan struct{}
	shown   int
}

func (s *preparedSource) Changed() <-chan struct{} { return s.changed }

func (s *preparedSource) Next(context.Context) (sse.Message, bool, error) {
	data, seq := s.of.newest()
	if seq == s.shown {
		return sse.Message{}, false, nil
	}
	s.shown = seq
	return sse.Message{ID: s.id, Data: []sse.Data{data}}, true, nil
}
