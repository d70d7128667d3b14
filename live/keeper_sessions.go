package live

import (
	"context"
	"slices"
	"time"
)

// Connect begins a page; Close ends it. Only a stream can be refused: with ErrClosed or a *LimitError. The Transport that
// comes with the error has a Socket on which Keep returns it.
func (k *Keeper) Connect(ctx context.Context, cfg SocketConfig) (*Transport, error) {
	t := &Transport{Socket{
		core: &k.core, host: k, request: ctx, cfg: cfg, changed: make(chan struct{}, 1),
		opened: time.Now(), opening: cfg.Query.Encode(),
		inbox: &inbox{recheck: true}, // the session may have ended before that could be heard here
	}}
	s := &t.socket
	s.assigns, s.slots = s.first.assigns[:0], s.first.slots[:0]
	if cfg.Connected {
		s.refused = k.register(s)
	}
	return t, s.refused
}

// register counts a stream for its session and user, and listens for what kicks it.
func (k *Keeper) register(s *Socket) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.checkRoom(s); err != nil {
		return err
	}
	if err := k.hub.follow(s, kickTopics(s)...); err != nil {
		return err
	}
	k.sessions[s.cfg.Session] = append(k.sessions[s.cfg.Session], s)
	if s.cfg.User != "" {
		k.users[s.cfg.User]++
	}
	k.streams.Add(1)
	k.stats.streams.Add(1)
	return nil
}

// checkRoom reports which limit keeps another stream from being opened. It holds mu.
func (k *Keeper) checkRoom(s *Socket) error {
	limits := k.cfg.Limits
	switch {
	case k.closed:
		return ErrClosed
	case len(k.sessions[s.cfg.Session]) >= limits.StreamsPerSession:
		return &LimitError{Limit: LimitStreamsPerSession, Max: limits.StreamsPerSession}
	case s.cfg.User != "" && k.users[s.cfg.User] >= limits.StreamsPerUser:
		return &LimitError{Limit: LimitStreamsPerUser, Max: limits.StreamsPerUser}
	case k.stats.streams.Load() >= int64(limits.Streams):
		return &LimitError{Limit: LimitStreams, Max: limits.Streams}
	}
	return nil
}

// unregister ends what register began.
func (k *Keeper) unregister(s *Socket) {
	k.hub.leave(s, kickTopics(s)...)
	k.mu.Lock()
	defer k.mu.Unlock()
	streams := slices.DeleteFunc(k.sessions[s.cfg.Session], func(open *Socket) bool { return open == s })
	if len(streams) == 0 {
		delete(k.sessions, s.cfg.Session)
	} else {
		k.sessions[s.cfg.Session] = streams
	}
	if s.cfg.User != "" {
		if k.users[s.cfg.User]--; k.users[s.cfg.User] == 0 {
			delete(k.users, s.cfg.User)
		}
	}
	k.streams.Done()
	k.stats.streams.Add(-1)
}

func kickTopics(s *Socket) []string {
	topics := make([]string, 0, 2)
	if s.cfg.Session != "" {
		topics = append(topics, sessionTopic(s.cfg.Session))
	}
	if s.cfg.User != "" {
		topics = append(topics, userTopic(s.cfg.User))
	}
	return topics
}
