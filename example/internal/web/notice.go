package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// A notice is a short message at the edge of the page.
type notice struct {
	Text string
	Bad  bool
}

// What a form can do to a ticket.
const (
	created = "created"
	saved   = "saved"
	deleted = "deleted"
)

// noticeName is the cookie in which the answer to a form says what was done. The page to which the answer leads shows that.
const noticeName = "notice"

// answerDone leads to the page that shows what a form did to a ticket, and leaves it a notice. It is the same for a
// browser without JavaScript and for htmx, which takes of the page what the form selects.
func (d *Desk) answerDone(c echo.Context, did string, id int64, to string) error {
	c.SetCookie(noticeCookie(did+"."+strconv.FormatInt(id, 10), 60, d.sessions.Options.Secure))
	return c.Redirect(http.StatusSeeOther, lookOf(c).link(to))
}

func noticeCookie(value string, age int, secure bool) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // over plain HTTP there are no secure cookies
		Name: noticeName, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
}

// takeNotice is the notice that a form has left. The layout calls it, so only a page that shows the notice takes it: the
// handler of a live page also runs for its streams and page changes.
func takeNotice(c echo.Context) notice {
	cookie, err := c.Cookie(noticeName)
	if err != nil || c.Request().Method == http.MethodHead {
		return notice{}
	}
	c.SetCookie(noticeCookie("", -1, c.Scheme() == "https"))
	did, number, _ := strings.Cut(cookie.Value, ".")
	id, err := strconv.ParseUint(number, 10, 63)
	switch did {
	case created, saved, deleted:
		if err == nil {
			return notice{Text: "Ticket " + strconv.FormatUint(id, 10) + " is " + did + "."}
		}
	}
	return notice{}
}
