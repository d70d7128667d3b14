package adapter

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// reader ends the streams of a Handler that are revoked: while some are open it reads Revocations every RevocationInterval.
// The first stream starts its goroutine, and the last one waits for the end of it.
type reader struct {
	cfg   *Config
	local bool // nothing is read: only this process revokes, and its streams hear of it

	requested chan struct{} // capacity 1: the next reading is to come soon

	mu      sync.Mutex // guards everything below, and the fields of watched that say so
	streams map[*watched]struct{}
	stop    func()    // ends the goroutine and waits for it; nil: there is none
	worked  time.Time // when Revocations was last asked with success
	failing bool      // the last question had no answer
}

func newReader(cfg *Config) *reader {
	return &reader{cfg: cfg, local: ofThisProcess(cfg.Revocations), requested: make(chan struct{}, 1), streams: map[*watched]struct{}{}, worked: time.Now()}
}

// watched is a stream as the reader knows it, from before its request was looked up.
type watched struct {
	session, user string
	keys          []string // under which its end may be found: that of its session first

	looked    bool              // its session was looked up: readings concern it; guarded by reader.mu
	seen      []Revocation      // kicks from before it began; guarded by reader.mu
	checked   time.Time         // when it began to be watched, right before its session was looked up; guarded by reader.mu
	transport *live.Transport   // nil: it is not admitted yet; guarded by reader.mu
	why       *live.CloseReason // nil: it goes on; guarded by reader.mu
}

// endedBy reports whether one of the revocations is of the stream, and was not there when it began. It holds reader.mu.
func (w *watched) endedBy(list []Revocation) bool {
	for _, r := range list {
		if r.Key == w.keys[0] {
			return true
		}
		for _, key := range w.keys[1:] {
			if r.Key == key && !w.saw(r) {
				return true
			}
		}
	}
	return false
}

func (w *watched) saw(r Revocation) bool {
	for _, s := range w.seen {
		if s.Key == r.Key && s.At.Equal(r.At) {
			return true
		}
	}
	return false
}

// end ends the stream, or lets admit do it. It holds reader.mu.
func (w *watched) end(why live.CloseReason) {
	if w.why != nil && (w.why.Permanent || !why.Permanent) {
		return
	}
	w.why = &why
	if w.transport != nil {
		w.transport.End(why)
	}
}

// add begins to watch a stream. It comes before the look-up of what the stream is not ended by: the first reading after
// that goes back further.
func (rd *reader) add(w *watched) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.streams[w] = struct{}{}
	w.checked = time.Now()
	if rd.stop != nil {
		return
	}
	if !rd.failing {
		rd.worked = w.checked // nobody has asked for a while
	}
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // it outlives the request that begins it
	done := make(chan struct{})
	rd.stop = func() { cancel(); <-done }
	go func() {
		defer close(done)
		rd.run(ctx)
	}()
}

// remove is the reverse of add.
func (rd *reader) remove(w *watched) {
	rd.mu.Lock()
	delete(rd.streams, w)
	var stop func()
	if len(rd.streams) == 0 {
		stop, rd.stop = rd.stop, nil
	}
	rd.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// admit tells of the stream's transport, which may have to end already.
func (rd *reader) admit(w *watched, t *live.Transport) {
	if w == nil {
		return
	}
	rd.mu.Lock()
	defer rd.mu.Unlock()
	w.transport = t
	if w.why != nil {
		t.End(*w.why)
	}
}

// gather is the least time between two readings that streams request: many of them ask one after the other.
const gather = 500 * time.Millisecond

func (rd *reader) run(ctx context.Context) {
	begun := time.Now()
	next := time.NewTimer(rd.cfg.RevocationInterval)
	defer next.Stop()
	for read := begun; ; {
		select {
		case <-ctx.Done():
			return
		case <-rd.requested:
			next.Reset(time.Until(begun.Add(min(gather, rd.cfg.RevocationInterval))))
			continue
		case <-next.C:
		}
		begun = time.Now()
		next.Reset(rd.cfg.RevocationInterval)
		list, err := rd.recent(ctx, begun.Sub(read))
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			read = begun
		}
		rd.endStreams(ctx, list, read)
	}
}

// requestReading has the next reading come soon, for a stream that may not have been told of its end. One that has just been
// looked up, because it opens, needs none.
func (rd *reader) requestReading(w *watched) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	if time.Since(w.checked) < gather {
		return
	}
	select {
	case rd.requested <- struct{}{}:
	default:
	}
}

// endStreams ends the streams that the revocations are of, and those of which nothing has been known for RevocationGrace.
func (rd *reader) endStreams(ctx context.Context, list []Revocation, read time.Time) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	ended := 0
	for w := range rd.streams {
		known := read
		if w.checked.After(known) {
			known = w.checked
		}
		switch {
		case w.looked && w.endedBy(list):
			w.end(live.CloseReason{Permanent: true})
		case time.Since(known) > rd.cfg.RevocationGrace && w.why == nil:
			ended++
			w.end(live.CloseReason{RetryAfter: rd.cfg.comeBackAfter()})
		}
	}
	if ended > 0 {
		rd.cfg.Logger.ErrorContext(ctx, "middleware: streams end, because it is not known who is logged out",
			"streams", ended, "grace", rd.cfg.RevocationGrace)
	}
}

// slack makes up for two clocks that do not run equally fast.
const slack = time.Second

// recent is what was revoked in the time since the last reading began, or a little before.
func (rd *reader) recent(ctx context.Context, since time.Duration) (list []Revocation, err error) {
	err = rd.ask(ctx, func(ctx context.Context) (err error) {
		list, err = rd.cfg.Revocations.Recent(ctx, since+rd.cfg.TransactionTimeout+slack)
		return err
	})
	return list, err
}

// lookUp is those of the keys that are revoked.
func (rd *reader) lookUp(ctx context.Context, keys ...string) (list []Revocation, err error) {
	err = rd.ask(ctx, func(ctx context.Context) (err error) {
		list, err = rd.cfg.Revocations.Lookup(ctx, keys...)
		return err
	})
	return list, err
}

// ask asks Revocations something, for LookupTimeout at most, and notes whether it answers.
func (rd *reader) ask(ctx context.Context, question func(ctx context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, rd.cfg.LookupTimeout)
	defer cancel()
	err := question(limited)
	if ctx.Err() != nil {
		return err // nobody waits for the answer, which says nothing of the store
	}
	rd.mu.Lock()
	was := rd.failing
	rd.failing = err != nil
	if err == nil {
		rd.worked = time.Now()
	}
	rd.mu.Unlock()
	switch {
	case err != nil:
		if !was {
			rd.cfg.Logger.ErrorContext(ctx, "middleware: revocations cannot be read", "error", err, "grace", rd.cfg.RevocationGrace)
		}
		return fmt.Errorf("middleware: revocations: %w", err)
	case was:
		rd.cfg.Logger.InfoContext(ctx, "middleware: revocations can be read again")
	}
	return nil
}

// revoked reports whether the session of a live key has ended.
func (rd *reader) revoked(ctx context.Context, key string) (bool, error) {
	list, err := rd.lookUp(ctx, hashKey(key))
	return len(list) > 0, err
}
