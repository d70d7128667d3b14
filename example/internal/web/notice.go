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

// noticeName is the cookie that says to the page that a form's answer leads to what the form has done.
const noticeName = "notice"

// answerDone leads to the page that shows what a form did to a ticket, and leaves it a notice. It is the same for a
// browser without JavaScript and for htmx, which takes of the page what the form selects.
func (d *Desk) answerDone(c echo.Context, did string, id int64, to string) error {
	cookie := noticeCookie(did+"."+strconv.FormatInt(id, 10), 60)
	cookie.Secure = d.sessions.Options.Secure
	c.SetCookie(cookie)
	return c.Redirect(http.StatusSeeOther, lookOf(c).link(to))
}

func noticeCookie(value string, age int) *http.Cookie {
	return &http.Cookie{Name: noticeName, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// takeNotice is the notice that a form has left. The layout calls it, so only a page that shows the notice takes it: the
// handler of a live page also runs for its streams and page changes.
func takeNotice(c echo.Context) notice {
	cookie, err := c.Cookie(noticeName)
	if err != nil || c.Request().Method == http.MethodHead {
		return notice{}
	}
	c.SetCookie(noticeCookie("", -1))
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
