package nethttp

import (
	"net/http"

	"github.com/gorilla/sessions"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/views"
)

// Config of the middleware. Keeper and Store are required.
type Config = adapter.Config

// Live is the middleware with its defaults. It panics if keeper or store is missing.
func Live(keeper *live.Keeper, store sessions.Store) func(http.Handler) http.Handler {
	return LiveWithConfig(Config{Keeper: keeper, Store: store})
}

// LiveWithConfig is [ToMiddleware] that panics on a wiring mistake.
func LiveWithConfig(cfg Config) func(http.Handler) http.Handler {
	m, err := ToMiddleware(cfg)
	if err != nil {
		panic(err.Error())
	}
	return m
}

// ToMiddleware makes the middleware. It belongs around what reads the session and guards pages, so that the session of a
// revoked login is empty there; around a whole mux, best. An error is a wiring mistake.
func ToMiddleware(cfg Config) (func(http.Handler) http.Handler, error) {
	h, err := adapter.New(cfg)
	if err != nil {
		return nil, err
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			q := h.Begin(w, r)
			if q == nil {
				next.ServeHTTP(w, r)
				return
			}
			w = q.Writer()
			err := q.Serve(func() error {
				next.ServeHTTP(w, q.HTTP())
				return q.Err()
			})
			if err != nil {
				q.WriteError(w, err)
			}
		})
	}, nil
}

// Handler makes a handler of a function that keeps query results on the page's socket and returns the page that shows
// them. An error is answered as [Error] says. A nil page without an error means that the function has answered by itself,
// with a redirect for example.
func Handler(f func(w http.ResponseWriter, r *http.Request, s *live.Socket) (views.Component, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, err := adapter.From(r)
		if err != nil {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		page, err := f(w, r, q.Socket(r.Context()))
		if err == nil && page != nil {
			err = q.Render(r.Context(), w, http.StatusOK, page)
		} else if err == nil && !q.Answered() {
			err = adapter.ErrNoPage
		}
		q.Fail(err)
	})
}

// Socket is the page's live assigns. It panics on a route that is not behind Live. A stream that is
// refused (too many of the session, draining) finds out by what Keep returns.
func Socket(r *http.Request) *live.Socket {
	q, err := adapter.From(r)
	if err != nil {
		panic(err.Error())
	}
	return q.Socket(r.Context())
}

// Render ends the handler of a live page: it writes the page, or the fragments of its new state to an
// htmx page change, or nothing to a stream, which begins when the handler has returned. Everything is
// rendered before anything is written. [Handler] calls it.
func Render(w http.ResponseWriter, r *http.Request, status int, component views.Component) error {
	q, err := adapter.From(r)
	if err != nil {
		return err
	}
	return q.Render(r.Context(), w, status, component)
}

// Error ends a handler with an error: when the handler has returned, Live logs it and answers it by Config.ErrorHandler, with
// the status that it means; an open page that comes back is asked to try again. Any handler behind Live may use it, that of
// a POST too. On a route that is not behind Live the answer is a bare 500, and the log says what is missing. A nil error does
// nothing.
func Error(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		return
	}
	q, missing := adapter.From(r)
	if missing != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	q.Fail(err)
}

// RotateSession gives the session a new live key and ends the pages of the old one. Call it at login, before
// SetUser, so that a key from before cannot watch what comes after. It saves the session.
func RotateSession(w http.ResponseWriter, r *http.Request) error {
	q, err := adapter.From(r)
	if err != nil {
		return err
	}
	return q.RotateSession(w, r)
}

// Revoke ends the session: its streams on every node at once, and its cookie, which is remembered as
// ended however often a browser shows it again. Call it at logout. The session is empty afterwards.
func Revoke(w http.ResponseWriter, r *http.Request) error {
	q, err := adapter.From(r)
	if err != nil {
		return err
	}
	return q.Revoke(w, r)
}

// SetUser names the session's user, so that the keeper can end all streams of one user. It saves the session.
func SetUser(w http.ResponseWriter, r *http.Request, user string) error {
	q, err := adapter.From(r)
	if err != nil {
		return err
	}
	return q.SetUser(w, r, user)
}

// User is the name that SetUser gave the session; empty without one, after its end, and on routes that are not behind Live.
func User(r *http.Request) string { return adapter.User(r) }

// HideToken keeps stream tokens of that parameter (empty: "live") out of request logs: put it around all loggers. Live
// takes the token out as well, but not out of a request that a logger holds and another middleware has cloned since. And it
// writes a malformed query (?q=x;y) as Live does: such that all that keep parameters which they parsed (gin) keep the same.
func HideToken(param string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, adapter.HideToken(r, param))
		})
	}
}

// Script serves the optional script of htmxlive, for a route of its own. Config.ScriptPath makes that unnecessary.
func Script() http.Handler { return adapter.Script() }

// CookieStore is gorilla's cookie store with options that are safe for a session, as [adapter.CookieStore] explains.
// Without keys the sessions end with the process.
func CookieStore(keys ...[]byte) *sessions.CookieStore { return adapter.CookieStore(keys...) }
