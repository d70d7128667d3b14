package sse

import "sync/atomic"

// pen is held by whoever writes. Nobody but the request's goroutine ever waits for it.
type pen struct {
	held   atomic.Bool
	wanted atomic.Bool // by the request's goroutine
}

func (p *pen) take() bool { return p.held.CompareAndSwap(false, true) }

func (p *pen) put() { p.held.Store(false) }

// takePen waits until whoever has the pen puts it down, which rings the bell.
func (s *Stream) takePen() {
	if s.pen.take() {
		return
	}
	s.pen.wanted.Store(true)
	for !s.pen.take() {
		<-s.bell
	}
	s.pen.wanted.Store(false)
	s.ring() // it may have rung for something else meanwhile
}

// putPen is for everybody but the request's goroutine.
func (s *Stream) putPen() {
	s.pen.put()
	if s.pen.wanted.Load() {
		s.ring()
	}
}
