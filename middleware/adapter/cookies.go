package adapter

import (
	"crypto/rand"
	"net/http"
	"runtime"
	"sync"
	"weak"

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
		ownKeys.Store(weak.Make(store), nil)
		runtime.AddCleanup(store, func(p weak.Pointer[sessions.CookieStore]) { ownKeys.Delete(p) }, weak.Make(store))
	}
	store.Options = &sessions.Options{Path: "/", MaxAge: int(revokedFor.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	return store
}

// ownKeys are the stores whose key CookieStore has made, by their weak pointers.
var ownKeys sync.Map //nolint:gochecknoglobals // a gorilla store has no room for it

// checkNodes finds what is of this process alone, and would have to be that of all nodes.
func checkNodes(cfg Config) (warnings []string) {
	if store, ok := cfg.Store.(*sessions.CookieStore); ok {
		if _, own := ownKeys.Load(weak.Make(store)); own {
			warnings = append(warnings, "a login here is nobody at another node: give CookieStore keys that all nodes share")
		}
	}
	if len(cfg.Keys) == 0 {
		warnings = append(warnings, "a page that comes back at another node is loaded anew: give Config.Keys secrets that all nodes share")
	}
	if _, memory := cfg.Revocations.(*MemoryRevocations); memory || cfg.Revocations == nil {
		warnings = append(warnings, "a cookie that is revoked here is good at another node: give Config.Revocations a store that all nodes share")
	}
	return warnings
}
