package adapter

import (
	"crypto/rand"
	"net/http"

	"github.com/gorilla/sessions"
)

// CookieStore is gorilla's cookie store with options that are safe for a session: scripts cannot read the cookie, and
// forms and streams of other sites do not send it. Without keys it makes one, and the sessions end with the process. Set
// Options.Secure where the site is served by TLS.
func CookieStore(keys ...[]byte) *sessions.CookieStore {
	if len(keys) == 0 {
		keys = [][]byte{[]byte(rand.Text())}
	}
	store := sessions.NewCookieStore(keys...)
	store.Options = &sessions.Options{Path: "/", MaxAge: int(revokedFor.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	return store
}
