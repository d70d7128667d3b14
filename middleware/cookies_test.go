package middleware_test

import (
	"net/http"
	"testing"

	"github.com/gorilla/securecookie"

	"github.com/htmxlive/htmxlive/middleware"
)

func TestCookieStoreIsSafe(t *testing.T) {
	o := middleware.CookieStore().Options
	if !o.HttpOnly || o.SameSite != http.SameSiteLaxMode || o.Path != "/" || o.MaxAge <= 0 {
		t.Errorf("the options are %+v", o)
	}
}

// Without a key each store makes its own, which opens no other's cookies.
func TestCookieStoreMakesItsOwnKey(t *testing.T) {
	one, other := middleware.CookieStore(), middleware.CookieStore()
	value, err := securecookie.EncodeMulti("s", "ada", one.Codecs...)
	if err != nil {
		t.Fatal(err)
	}
	var user string
	if err := securecookie.DecodeMulti("s", value, &user, one.Codecs...); err != nil || user != "ada" {
		t.Errorf("its own cookie is %q (%v)", user, err)
	}
	if err := securecookie.DecodeMulti("s", value, &user, other.Codecs...); err == nil {
		t.Error("another store opens the cookie")
	}
}
