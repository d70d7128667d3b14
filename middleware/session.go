package middleware

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"
)

// What the session holds of ours: a cookie store has room for about 2 KB and loses parallel writes.
const (
	liveKey  = "live.key"  // random: what streams, limits and tokens are bound to
	liveUser = "live.user" // the name that Identify gave
)

// errNoMiddleware is a wiring mistake that only a request can show.
var errNoMiddleware = errors.New("middleware: this route is not behind middleware.Live; register it with e.Use")

// session is the request's session. A store that cannot read it (its keys have changed) gives a new one.
func (m *pages) session(c echo.Context) (*sessions.Session, error) {
	s, err := m.cfg.Store.Get(c.Request(), m.cfg.SessionName)
	if s == nil {
		return nil, fmt.Errorf("middleware: session: %w", err)
	}
	return s, nil
}

func textOf(s *sessions.Session, key string) string {
	v, _ := s.Values[key].(string)
	return v
}

// enter reads the session at the beginning of a request. One that was revoked is emptied, so that whoever guards the page sees nobody.
func (m *pages) enter(c echo.Context) (*sessions.Session, error) {
	s, err := m.session(c)
	if err != nil {
		return nil, err
	}
	key := textOf(s, liveKey)
	if key == "" {
		return s, nil
	}
	revoked, err := m.cfg.Revocations.Revoked(c.Request().Context(), hidden(key))
	if err != nil {
		return nil, fmt.Errorf("middleware: revocations: %w", err)
	}
	if revoked {
		clear(s.Values)
		s.IsNew = true
	}
	return s, nil
}

// keyOf is the session's live key, made and saved if it has none: before the body, or the cookie would be lost.
func (m *pages) keyOf(c echo.Context, s *sessions.Session) (string, error) {
	if key := textOf(s, liveKey); key != "" {
		return key, nil
	}
	s.Values[liveKey] = rand.Text()
	return textOf(s, liveKey), save(c, s)
}

func save(c echo.Context, s *sessions.Session) error {
	if c.Response().Committed {
		return errors.New("middleware: the session cannot be saved: the answer has begun")
	}
	// One answer sets a cookie once: what an earlier save of this request has written goes.
	h := c.Response().Header()
	h[echo.HeaderSetCookie] = slices.DeleteFunc(h[echo.HeaderSetCookie], func(line string) bool {
		return strings.HasPrefix(line, s.Name()+"=")
	})
	if err := s.Save(c.Request(), c.Response()); err != nil {
		return fmt.Errorf("middleware: save session: %w", err)
	}
	return nil
}

// sessionOf is the session of a request that is behind the middleware.
func sessionOf(c echo.Context) (*pages, *sessions.Session, error) {
	p, err := pageOf(c)
	if err != nil {
		return nil, nil, err
	}
	s, err := p.pages.session(c)
	return p.pages, s, err
}

// Renew gives the session a new live key and ends the pages of the old one. Call it at login, before
// Identify, so that a key from before cannot watch what comes after. It saves the session.
func Renew(c echo.Context) error {
	m, s, err := sessionOf(c)
	if err != nil {
		return err
	}
	if err := m.revoke(c, textOf(s, liveKey), s); err != nil {
		return err
	}
	s.Values[liveKey] = rand.Text()
	return save(c, s)
}

// Revoke ends the session: its streams on every node at once, and its cookie, which is remembered as
// ended however often a browser shows it again. Call it at logout. The session is empty afterwards.
func Revoke(c echo.Context) error {
	m, s, err := sessionOf(c)
	if err != nil {
		return err
	}
	if err := m.revoke(c, textOf(s, liveKey), s); err != nil {
		return err
	}
	clear(s.Values)
	if s.Options != nil {
		s.Options.MaxAge = -1
	}
	return save(c, s)
}

// revokedFor is how long a revoked key is remembered where its cookie tells no age of its own.
const revokedFor = 30 * 24 * time.Hour

func (m *pages) revoke(c echo.Context, key string, s *sessions.Session) error {
	if key == "" {
		return nil
	}
	age := revokedFor
	if s.Options != nil && s.Options.MaxAge > 0 {
		age = time.Duration(s.Options.MaxAge) * time.Second
	}
	ctx := c.Request().Context()
	if err := m.cfg.Revocations.Revoke(ctx, hidden(key), time.Now().Add(age)); err != nil {
		return fmt.Errorf("middleware: remember the end of the session: %w", err)
	}
	if err := m.cfg.Keeper.Kick(ctx, key); err != nil {
		// Other nodes still find the session revoked when its streams come back, at the latest at their maximum age.
		m.cfg.Logger.ErrorContext(ctx, "middleware: other nodes could not be told of a revoked session", "error", err)
	}
	return nil
}

// Identify names the session's user, so that [live.Keeper.Kick] can end all streams of one user. It saves the session.
func Identify(c echo.Context, user string) error {
	_, s, err := sessionOf(c)
	if err != nil {
		return err
	}
	s.Values[liveUser] = user
	if textOf(s, liveKey) == "" {
		s.Values[liveKey] = rand.Text()
	}
	return save(c, s)
}
