package adapter

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
)

// CookieStore is gorilla's cookie store with options that are safe for a session: scripts cannot read the cookie, and
// forms and streams of other sites do not send it. Without keys it makes one: the sessions end with the process, and are nobody's
// at another node. Set Options.Secure where the site is served by TLS.
func CookieStore(keys ...[]byte) *sessions.CookieStore {
	own := len(keys) == 0
	if own {
		keys = [][]byte{[]byte(rand.Text())}
	}
	store := sessions.NewCookieStore(keys...)
	if own {
		store.Codecs = append(store.Codecs, ownKey{})
	}
	store.Options = &sessions.Options{Path: "/", MaxAge: int(revokedFor.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	return store
}

// ownKey marks a store whose key CookieStore has made: a codec that is tried last, and reads and writes nothing.
type ownKey struct{}

var errOwnKey = errors.New("middleware: the session store has a key of this process")

// Encode fails.
func (ownKey) Encode(string, any) (string, error) { return "", errOwnKey }

// Decode fails.
func (ownKey) Decode(string, string, any) error { return errOwnKey }

// checkNodes finds what is of this process alone, and would have to be that of all nodes.
func checkNodes(cfg Config) (warnings []string) {
	if store, ok := cfg.Store.(*sessions.CookieStore); ok {
		if slices.Contains(store.Codecs, securecookie.Codec(ownKey{})) {
			warnings = append(warnings, "a login here is nobody at another node: give CookieStore keys that all nodes share")
		}
	}
	if len(cfg.Keys) == 0 {
		warnings = append(warnings, "a page that comes back at another node is loaded anew: give Config.Keys secrets that all nodes share")
	}
	if cfg.Revocations == nil || ofThisProcess(cfg.Revocations) {
		warnings = append(warnings, "a cookie that is revoked here is good at another node: give Config.Revocations a store that all nodes share")
	}
	return warnings
}
