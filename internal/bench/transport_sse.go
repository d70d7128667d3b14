package main

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// transportOnly is package sse alone, with bytes that are ready to be sent.
type transportOnly struct {
	sample Sample

	mu      sync.Mutex
	data    []byte            // of the newest change; guarded by mu
	seq     int               // its number; guarded by mu
	streams []*preparedSource // in the order in which they came; guarded by mu
}

func newTransportOnly(s Sample) *transportOnly {
	return &transportOnly{sample: s}
}

func (t *transportOnly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := &preparedSource{of: t, id: t.sample.id(), changed: make(chan struct{}, 1)}
	var err error
	if s.stream, err = sse.New(w, r, s, sse.Config{}); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	t.join(s)
	defer t.leave(s)
	_ = s.stream.Serve() //nolint:contextcheck // it has the request's. The load client hangs up: that is no news
}

func (t *transportOnly) join(s *preparedSource) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streams = append(t.streams, s)
}

func (t *transportOnly) leave(s *preparedSource) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streams = slices.DeleteFunc(t.streams, func(other *preparedSource) bool { return other == s })
}

func (t *transportOnly) newest() (data []byte, seq int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.data, t.seq
}

// publish writes to all streams in turn, as the refetch of a shared query does; a stream that does not take it is left
// to its own goroutine.
func (t *transportOnly) publish(seq int) error {
	t.mu.Lock()
	t.data, t.seq = sse.Encode(t.sample.data(seq)), seq
	streams := slices.Clone(t.streams)
	t.mu.Unlock()
	inTurn(len(streams), func(i int) { streams[i].tell() })
	return nil
}

// inTurn calls do for 0 to n-1. When one call takes longer than 2 ms, another goroutine goes on with the next.
func inTurn(n int, do func(i int)) {
	var next, at atomic.Int64
	finished := make(chan struct{}, n)
	work := func() {
		for i := next.Add(1); i <= int64(n); i = next.Add(1) {
			at.Store(i)
			do(int(i - 1))
			if at.Load() != i {
				return // somebody has gone on
			}
		}
		finished <- struct{}{}
	}
	go work()
	for was := int64(0); ; was = at.Load() {
		select {
		case <-finished:
			return
		case <-time.After(2 * time.Millisecond):
			if was != 0 && at.CompareAndSwap(was, -was) {
				go work()
			}
		}
	}
}

func (t *transportOnly) close() {}

type preparedSource struct {
	of      *transportOnly
	stream  *sse.Stream
	id      string
	changed chan struct{}
	shown   int
}

func (s *preparedSource) tell() {
	if s.deliver() {
		return
	}
	select {
	case s.changed <- struct{}{}:
	default: // it will look anyway
	}
}

func (s *preparedSource) deliver() bool {
	if !s.stream.TryAcquire() {
		return false
	}
	defer s.stream.Release()
	if s.compose(s.stream.Message) {
		s.stream.Send()
	}
	return true
}

func (s *preparedSource) Changed() chan struct{} { return s.changed }

func (s *preparedSource) Next(context.Context) (m sse.Message, ok bool, err error) {
	ok = s.compose(&m)
	return m, ok, nil
}

func (s *preparedSource) compose(m *sse.Message) bool {
	data, seq := s.of.newest()
	if seq == s.shown {
		return false
	}
	s.shown = seq
	m.ID, m.Data = append(m.ID, s.id...), append(m.Data, data)
	return true
}
