package adapter

import (
	"context"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// watch has readings of revocations end the stream from here on, and looks its session up. Kicks that are found were before
// it began. It reports whether the session was revoked.
func (q *Request) watch(ctx context.Context, session, user string) (revoked bool, err error) {
	w := &watched{session: session, user: user, keys: []string{hashKey(session), kickedSession(session)}}
	if user != "" {
		w.keys = append(w.keys, kickedUser(user))
	}
	rd := q.handler.reader
	before := q.watched
	q.watched = w
	rd.add(w) //nolint:contextcheck // its goroutine outlives the request
	if before != nil {
		rd.remove(before)
	}
	list, err := rd.lookUp(ctx, w.keys...)
	rd.mu.Lock()
	defer rd.mu.Unlock()
	w.looked = err == nil
	for _, r := range list {
		if r.Key == w.keys[0] {
			revoked = true
			continue
		}
		w.seen = append(w.seen, r)
	}
	return revoked, err
}

// watchAs is watch for a stream that is admitted as another session or user than its request began with: a guard has named
// them. One that cannot be looked up comes back.
func (q *Request) watchAs(ctx context.Context, session, user string) {
	rd := q.handler.reader
	if rd.local || session == "" || q.watched != nil && q.watched.session == session && q.watched.user == user {
		return
	}
	revoked, err := q.watch(ctx, session, user)
	rd.mu.Lock()
	defer rd.mu.Unlock()
	switch {
	case err != nil:
		q.watched.end(live.CloseReason{RetryAfter: rd.cfg.comeBackAfter()})
	case revoked:
		q.watched.end(live.CloseReason{Permanent: true})
	}
}

// unwatch is the reverse of watch.
func (q *Request) unwatch() {
	if q.watched != nil {
		q.handler.reader.remove(q.watched)
	}
}

// comeBackAfter is a time between one and five seconds, for browsers that should not come back together.
func (cfg Config) comeBackAfter() time.Duration {
	return time.Second + time.Duration(cfg.Stream.Rand()*float64(4*time.Second))
}
