package web

import (
	"crypto/rand"
	"net/http"

	"github.com/labstack/echo/v4"
)

// secureHeaders lets a page run its own scripts, by a nonce, and nothing else.
func secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		nonce := rand.Text()
		c.Set("nonce", nonce)
		h := c.Response().Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+nonce+"'; style-src 'self'; "+
			"img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		return next(c)
	}
}

func nonceOf(c echo.Context) string {
	nonce, _ := c.Get("nonce").(string)
	return nonce
}

// refuseForeignForms refuses POSTs that another site makes a browser send, by Sec-Fetch-Site and Origin. Programs that
// are no browsers send neither, so they need no token.
func refuseForeignForms(next echo.HandlerFunc) echo.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		if err := protection.Check(c.Request()); err != nil {
			return echo.NewHTTPError(http.StatusForbidden, "This form was sent from another site, so it was not accepted.").SetInternal(err)
		}
		return next(c)
	}
}
