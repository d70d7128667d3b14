package main

import (
	"bytes"
	"slices"
	"time"
)

// stream is one open stream, read without knowing any more of HTTP than its chunks.
type stream struct {
	*socket

	chunks  chunks
	partial []byte // the beginning of an event that has not ended
	seq     int    // the newest change it has seen
	ended   bool
	record  *record
}

// read takes bytes as they came from the connection.
func (s *stream) read(p []byte) {
	for len(p) > 0 {
		var body []byte
		if body, p = s.chunks.next(p); len(body) > 0 {
			s.body(body)
		}
	}
}

func (s *stream) body(p []byte) {
	if len(s.partial) > 0 {
		s.partial = append(s.partial, p...)
		p = s.partial
	}
	for {
		event, rest, ok := bytes.Cut(p, []byte("\n\n"))
		if !ok {
			break
		}
		s.event(event)
		p = rest
	}
	s.partial = append(s.partial[:0], p...)
}

func (s *stream) event(event []byte) {
	seq, ok := seqOf(event)
	if !ok || s.record == nil {
		return
	}
	s.record.saw(s.seq, seq, event)
	s.seq = max(s.seq, seq)
}

// chunks takes HTTP/1.1's chunk headers out of a body.
type chunks struct {
	left   int // bytes of the chunk that have not come
	size   int // of the chunk with the header that is being read
	digits int
}

// next is the next piece of body in p, and what follows it.
func (c *chunks) next(p []byte) (body, rest []byte) {
	for c.left == 0 {
		if len(p) == 0 {
			return nil, nil
		}
		b := p[0]
		p = p[1:]
		switch {
		case b == '\n' && c.digits > 0:
			c.left, c.size, c.digits = c.size, 0, 0
		case b == '\n' || b == '\r':
		default:
			c.size = c.size<<4 | hex(b)
			c.digits++
		}
	}
	n := min(c.left, len(p))
	c.left -= n
	return p[:n], p[n:]
}

func hex(b byte) int {
	if b <= '9' {
		return int(b - '0')
	}
	return int(b|0x20-'a') + 10
}

// record is what all streams have seen of a schedule.
type record struct {
	schedule  Schedule
	latencies []time.Duration // one for each change and stream that saw it
	behind    int             // streams that have not seen the last change
	events    int
	bytes     int64
	ended     int
	last      []byte
}

func newRecord(s Schedule, streams int) *record {
	return &record{schedule: s, behind: streams, latencies: make([]time.Duration, 0, s.Count*streams)}
}

// saw notes that a stream that had seen changes up to seen now shows seq: with it, it has seen all between.
func (r *record) saw(seen, seq int, event []byte) {
	r.events++
	seen = max(seen, r.schedule.First-1)
	if seq > r.schedule.last() || seq <= seen {
		return
	}
	now := time.Now()
	for ; seen < seq; seen++ {
		r.latencies = append(r.latencies, now.Sub(r.schedule.at(seen+1)))
	}
	if seq == r.schedule.last() {
		r.behind--
	}
	r.last = append(r.last[:0], event...)
}

func (r *record) seen(streams int) Seen {
	expected := r.schedule.Count * streams
	s := Seen{Expected: expected, Missing: expected - len(r.latencies), Events: r.events, Bytes: r.bytes, Ended: r.ended, Last: r.last}
	if len(r.latencies) > 0 {
		slices.Sort(r.latencies)
		s.P50, s.P99, s.Max = quantile(r.latencies, 0.50), quantile(r.latencies, 0.99), r.latencies[len(r.latencies)-1]
	}
	return s
}
