package adapter

import (
	"net/http"
	"time"
)

// wroteName is the cookie by which a browser says that it has written a moment ago.
func (h *Handler) wroteName() string { return h.cfg.SessionName + "-wrote" }

// markWritten has the browser say, for a while, that it has written. Where there are no other nodes, all that is shared here
// is marked by the time that the answer is sent.
func (q *Request) markWritten(header http.Header) {
	cfg := &q.handler.cfg
	switch q.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return
	}
	if q.refusal != nil || cfg.FreshFor < 0 || !cfg.Keeper.HasBroker() {
		return
	}
	seconds := (cfg.FreshFor + time.Second - 1) / time.Second
	cookie := &http.Cookie{ //nolint:gosec // it is as secure as the session's
		Name: q.handler.wroteName(), Value: "1", Path: "/", MaxAge: int(seconds), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if q.session != nil && q.session.Options != nil {
		cookie.Secure = q.session.Options.Secure
	}
	header.Add("Set-Cookie", cookie.String())
}

// hasWritten reports whether the browser says that it has written a moment ago.
func (q *Request) hasWritten() bool {
	if q.handler.cfg.FreshFor < 0 {
		return false
	}
	_, err := q.r.Cookie(q.handler.wroteName())
	return err == nil
}
