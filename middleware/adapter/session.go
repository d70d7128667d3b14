package adapter

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/sessions"
)

// What the session holds of ours: a cookie store has room for about 2 KB and loses parallel writes.
const (
	liveKey  = "live.key"  // random: what streams, limits and tokens are bound to
	liveUser = "live.user" // the name that SetUser gave
)

// sessionOf is the request's session. A store that cannot read it (its keys have changed) gives a new one.
func (h *Handler) sessionOf(r *http.Request) (*sessions.Session, error) {
	s, err := h.cfg.Store.Get(r, h.cfg.SessionName)
	if s == nil {
		return nil, fmt.Errorf("middleware: session: %w", err)
	}
	return s, nil
}

// renew makes a store that keeps sessions on the server save this one under a new id. Whoever knows the old id, from before a
// login, say, does not get into what is saved from here on.
func renew(s *sessions.Session) { s.ID, s.IsNew = "", true }

func textOf(s *sessions.Session, key string) string {
	if s == nil {
		return ""
	}
	v, _ := s.Values[key].(string)
	return v
}

// enter reads the session at the beginning of a request. One that was revoked is emptied, so that what guards the page
// sees nobody.
func (q *Request) enter(r *http.Request) (err error) {
	if q.session, err = q.handler.sessionOf(r); err != nil {
		return err
	}
	key := textOf(q.session, liveKey)
	if key == "" {
		return nil
	}
	var revoked bool
	if q.kind == stream && !q.handler.reader.local {
		revoked, err = q.watch(r.Context(), key, textOf(q.session, liveUser))
	} else {
		revoked, err = q.handler.reader.revoked(r.Context(), key)
	}
	if err != nil {
		return &Error{http.StatusServiceUnavailable, "The session cannot be looked up, try again in a moment.", err}
	}
	if revoked {
		clear(q.session.Values)
		renew(q.session)
	}
	return nil
}

// validOf asks, for a stream that may have missed the end of its session or a kick, whether there was one. Where revocations are
// read, one reading for all streams answers, and ends them: a store that has no answer yet is a matter of RevocationGrace.
func (q *Request) validOf(key string) func(ctx context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		if w := q.watched; w != nil {
			q.handler.reader.requestReading(w)
			return true, nil
		}
		revoked, err := q.handler.reader.revoked(ctx, key)
		return !revoked, err
	}
}

// keyOf is the session's live key, made and saved if it has none: before the body, or the cookie would be lost.
func (q *Request) keyOf(w http.ResponseWriter, r *http.Request) (string, error) {
	if key := textOf(q.session, liveKey); key != "" {
		return key, nil
	}
	q.session.Values[liveKey] = rand.Text()
	return textOf(q.session, liveKey), q.save(w, r, q.session)
}

func (q *Request) save(w http.ResponseWriter, r *http.Request, s *sessions.Session) error {
	if q.status != 0 {
		return errors.New("middleware: the session cannot be saved: the answer has begun")
	}
	// One answer sets a cookie once: what an earlier save of this request has written goes.
	h := w.Header()
	h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(line string) bool {
		return strings.HasPrefix(line, s.Name()+"=")
	})
	if err := s.Save(r, w); err != nil {
		return fmt.Errorf("middleware: save session: %w", err)
	}
	return nil
}

// RotateSession gives the session a new live key, and a new id where the store has ids, and ends the pages of the old one. Call it
// at login, before SetUser, so that a key or a cookie from before cannot watch what comes after. It saves the session.
func (q *Request) RotateSession(w http.ResponseWriter, r *http.Request) error {
	s, err := q.endSession(r)
	if err != nil {
		return err
	}
	s.Values[liveKey] = rand.Text()
	renew(s)
	return q.save(w, r, s)
}

// Revoke ends the session: its streams on every node at once, and its cookie, which is remembered as
// ended however often a browser shows it again. Call it at logout. The session is empty afterwards.
func (q *Request) Revoke(w http.ResponseWriter, r *http.Request) error {
	s, err := q.endSession(r)
	if err != nil {
		return err
	}
	clear(s.Values)
	if s.Options != nil {
		s.Options.MaxAge = -1
	}
	return q.save(w, r, s)
}

// revokedFor is how long a revoked key is remembered at least: gorilla's cookies are good for so long unless the store's MaxAge method
// was called, whatever Options say.
const revokedFor = 30 * 24 * time.Hour

// endSession revokes the request's session and returns it, to be saved with what it is from now on.
func (q *Request) endSession(r *http.Request) (*sessions.Session, error) {
	q.used = true
	s, err := q.handler.sessionOf(r)
	if err != nil {
		return nil, err
	}
	return s, q.revoke(r, s)
}

// revoke remembers that the session's live key has ended, and ends its streams on every node.
func (q *Request) revoke(r *http.Request, s *sessions.Session) error {
	key := textOf(s, liveKey)
	if key == "" {
		return nil
	}
	age := revokedFor
	if s.Options != nil {
		age = max(age, time.Duration(s.Options.MaxAge)*time.Second)
	}
	ctx, h := r.Context(), q.handler
	if err := h.cfg.remember(ctx, hashKey(key), age); err != nil {
		return errors.Join(fmt.Errorf("middleware: remember the end of the session: %w", err), h.cfg.Keeper.KickSession(ctx, key))
	}
	if err := h.cfg.Keeper.KickSession(ctx, key); err != nil {
		h.cfg.Logger.WarnContext(ctx, "middleware: other nodes were not told of a revoked session, they will read it", "error", err)
	}
	return nil
}

// SetUser names the session's user, so that [Config.KickUser] can end all streams of one user. It saves the session. A
// guard may call it on each request, with a user that a header names, before the handler asks for the socket: the stream
// that it guards is that user's. After that, a stream of another user is asked to come back as this one.
func (q *Request) SetUser(w http.ResponseWriter, r *http.Request, user string) error {
	q.used = true
	s, err := q.handler.sessionOf(r)
	if err != nil {
		return err
	}
	s.Values[liveUser] = user
	if textOf(s, liveKey) == "" {
		s.Values[liveKey] = rand.Text()
	}
	if err := q.save(w, r, s); err != nil {
		return err
	}
	q.session = s
	q.readmit()
	return nil
}

// User is the name that SetUser gave the session of a request; empty without one, after the session was revoked, and on
// routes that are not behind Live.
func User(r *http.Request) string {
	q := requestIn(r.Context())
	if q == nil {
		return ""
	}
	s, err := q.handler.sessionOf(r)
	if err != nil {
		return ""
	}
	return textOf(s, liveUser)
}
