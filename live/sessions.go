package live

import (
	"context"
	"errors"
	"slices"
	"time"
)

// admit counts a stream for its session, and listens for who kicks it.
func (k *Keeper) admit(ctx context.Context, s *Socket) (err error) {
	k.mu.Lock()
	streams, err := k.roomFor(s.cfg.Session)
	if err != nil {
		k.mu.Unlock()
		return err
	}
	k.sessions[s.cfg.Session] = append(streams, s)
	k.streams.Add(1)
	k.stats.Streams.Add(1)
	k.mu.Unlock()
	defer func() {
		if err != nil {
			k.dismiss(s)
		}
	}()
	defer recoverTo(&err) // of the broker
	return k.hub.follow(ctx, (*kickEar)(s), s.kickTopics()...)
}

// roomFor is the open streams of a session that may open another one. It holds mu.
func (k *Keeper) roomFor(session string) ([]*Socket, error) {
	streams, limits := k.sessions[session], k.cfg.Limits
	switch {
	case k.closed:
		return nil, ErrClosed
	case len(streams) >= limits.StreamsPerSession:
		return nil, &LimitError{Limit: "StreamsPerSession", Max: limits.StreamsPerSession}
	case k.stats.Streams.Load() >= int64(limits.Streams):
		return nil, &LimitError{Limit: "Streams", Max: limits.Streams}
	}
	return streams, nil
}

func (k *Keeper) dismiss(s *Socket) {
	k.hub.leave(s.request, (*kickEar)(s), s.kickTopics()...)
	k.mu.Lock()
	defer k.mu.Unlock()
	streams := slices.DeleteFunc(k.sessions[s.cfg.Session], func(open *Socket) bool { return open == s })
	if len(streams) == 0 {
		delete(k.sessions, s.cfg.Session)
	} else {
		k.sessions[s.cfg.Session] = streams
	}
	k.streams.Done()
	k.stats.Streams.Add(-1)
}

func (s *Socket) kickTopics() []string {
	topics := make([]string, 0, 2)
	for _, who := range []string{s.cfg.Session, s.cfg.User} {
		if who != "" {
			topics = append(topics, kickTopicOf(who))
		}
	}
	return topics
}

// kickEar is a Socket that listens for its kick.
type kickEar Socket

func (e *kickEar) notify(topic string, _ uint64) {
	s := (*Socket)(e)
	if topic != Resync {
		s.End(Ending{ForGood: true})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letter().recheck = true
	s.wake()
}

// Draining tells whether Close has been called: readiness should fail then.
func (k *Keeper) Draining() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.closed
}

// Streams are ended in so many steps, so that not all browsers come back at the same moment.
const drainSteps = 10

// Close drains: streams are told to come back after a time between one and five seconds and end in
// batches, over a second in all, and no new ones are admitted. It returns when all have ended, or with
// ctx's error after stopping without waiting for them any longer. Close the HTTP server after it.
func (k *Keeper) Close(ctx context.Context) error {
	k.mu.Lock()
	if k.closed {
		k.mu.Unlock()
		return k.waitFor(ctx, func() { <-k.ended })
	}
	k.closed = true
	defer close(k.ended)
	var open []*Socket
	for _, streams := range k.sessions {
		open = append(open, streams...)
	}
	k.mu.Unlock()
	inTime := true
	for i := range drainSteps {
		for _, s := range open[len(open)*i/drainSteps : len(open)*(i+1)/drainSteps] {
			s.End(Ending{Retry: k.comeBackAfter()})
		}
		inTime = inTime && (len(open) <= drainSteps || k.sleep(ctx, time.Second/drainSteps)) // if not, the rest at once
	}
	err := k.waitFor(ctx, k.streams.Wait)
	return errors.Join(err, k.stop(ctx))
}

// comeBackAfter is a time between one and five seconds, for browsers that should not come back together.
func (k *Keeper) comeBackAfter() time.Duration {
	return time.Second + time.Duration(k.cfg.Rand()*float64(4*time.Second))
}

// stop ends what no stream holds any more: shared queries and the goroutines of the keeper.
func (k *Keeper) stop(ctx context.Context) error {
	k.cancel()
	k.mu.Lock()
	k.stopped = true
	var left []*cohort
	for _, c := range k.shared {
		stop(&c.linger)
		left = append(left, c)
	}
	clear(k.shared)
	k.lingering = nil
	k.mu.Unlock()
	for _, c := range left {
		c.end(ctx)
	}
	k.hub.leaveResync(ctx)
	err := k.waitFor(ctx, k.running.Wait)
	k.settleDebt(ctx)
	return err
}

// waitFor runs wait until it returns or ctx ends.
func (k *Keeper) waitFor(ctx context.Context, wait func()) error {
	done := make(chan struct{})
	go func() { wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
