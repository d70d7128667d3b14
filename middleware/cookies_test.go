package middleware_test

import (
	"net/http"
	"testing"

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
	value, err := one.Codecs[0].Encode("s", "ada")
	if err != nil {
		t.Fatal(err)
	}
	var user string
	if err := one.Codecs[0].Decode("s", value, &user); err != nil || user != "ada" {
		t.Errorf("its own cookie is %q (%v)", user, err)
	}
	if err := other.Codecs[0].Decode("s", value, &user); err == nil {
		t.Error("another store opens the cookie")
	}
}
