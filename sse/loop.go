package sse

import (
	"context"
	"io"
	"time"
)

// loop is one stream at work: what to send, and when. All of it but ring runs on the request's goroutine.
type loop struct {
	wire
	src       Source
	parcel    parcel
	last      bool // nothing follows what is on its way
	heartbeat time.Duration
	end       time.Time     // when the stream is old
	timer     *time.Timer   // rings at due or before; moving it with every message would cost more than a false alarm
	alarm     chan struct{} // rung by the timer and by the end of the context: each channel to wait for costs each message
	unwatch   func() bool   // ends the context's part in it
}

// never is when a feature that is switched off is due.
const never = 100 * 365 * 24 * time.Hour

func (l *loop) schedule(ctx context.Context, cfg Config) {
	l.heartbeat = never
	if cfg.Heartbeat > 0 {
		l.heartbeat = cfg.below(cfg.Heartbeat)
	}
	age := never
	if cfg.MaxAge > 0 {
		age = cfg.around(cfg.MaxAge)
	}
	l.end = time.Now().Add(age)
	l.alarm = make(chan struct{}, 1)
	l.timer = time.AfterFunc(min(l.heartbeat, age), l.ring)
	l.unwatch = context.AfterFunc(ctx, l.ring)
	if cfg.Retry > 0 {
		l.parcel.begin(Message{Retry: cfg.around(cfg.Retry)}) // leaves together with the headers
	}
}

// finish leaves a fresh deadline behind, which guards the last bytes that net/http writes after the handler and which
// it lifts then.
func (l *loop) finish() {
	l.timer.Stop()
	l.unwatch()
	l.parcel.release()
	if l.err == nil {
		l.arm()
	}
}

// next is called when what it returned before has been written. It flushes that, if it was the end of a message, and
// returns when there is more to write, nil when the stream is over.
func (l *loop) next(ctx context.Context) []byte {
	if l.err == nil {
		if piece := l.parcel.piece(); piece != nil {
			return piece
		}
	}
	l.parcel.release()
	l.flush()
	for l.err == nil && !l.last {
		m, ok := l.compose(ctx)
		if !ok && l.err == nil && !l.last {
			m, ok = Message{}, l.wait(ctx)
		}
		if ok {
			l.parcel.begin(m)
			return l.parcel.piece()
		}
	}
	return nil
}

// compose returns the message to send now, if there is one. It may set err and last; a message may come with last.
func (l *loop) compose(ctx context.Context) (m Message, ok bool) {
	if len(l.alarm) > 0 && ctx.Err() != nil { // the alarm is at hand, the context far away
		l.err = context.Cause(ctx)
		return Message{}, false
	}
	if !l.written.Before(l.end) { // a source that never pauses; others meet their end in wait
		l.last = true
		return Message{}, false
	}
	m, ok, err := l.src.Next(ctx)
	switch {
	case err == io.EOF: //nolint:errorlint // as for io.Reader: an EOF that a database wrapped is a failure
		l.last = true
	case err != nil:
		l.err = err
		return Message{}, false
	}
	return l.checked(m, ok)
}

// wait returns when the source has changed, or when the stream is over, or when time demands a message (true).
func (l *loop) wait(ctx context.Context) (beat bool) {
	for {
		select {
		case <-l.src.Changed():
			return false
		case <-l.alarm:
			if ctx.Err() != nil {
				l.err = context.Cause(ctx)
				return false
			}
			now := time.Now()
			age, silence := l.end.Sub(now), l.written.Add(l.heartbeat).Sub(now)
			switch {
			case age <= 0:
				l.last = true
				return false
			case silence <= 0:
				l.timer.Reset(min(l.heartbeat, age))
				return true
			}
			l.timer.Reset(min(silence, age))
		}
	}
}

func (l *loop) ring() {
	select {
	case l.alarm <- struct{}{}:
	default: // it has not been heard yet
	}
}

func (l *loop) checked(m Message, ok bool) (Message, bool) {
	if ok {
		l.err = m.check()
	}
	return m, ok && l.err == nil
}
