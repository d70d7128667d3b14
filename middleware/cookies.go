package middleware

import (
	"github.com/gorilla/sessions"

	"github.com/htmxlive/htmxlive/middleware/adapter"
)

// CookieStore is gorilla's cookie store with options that are safe for a session, as [adapter.CookieStore] explains.
// Without keys the sessions end with the process.
func CookieStore(keys ...[]byte) *sessions.CookieStore { return adapter.CookieStore(keys...) }
