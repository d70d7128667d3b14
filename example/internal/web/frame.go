package web

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// A frame is what the layout shows around every page. Pages embed it in their data.
type frame struct {
	Title   string
	Section string      // the entry of the navigation that is current
	Agent   store.Agent // zero on pages without a login
	Nonce   string      // lets this page's scripts run

	Notice func() notice // what the form before has done, once
}

func newFrame(c echo.Context, title, section string) frame {
	return frame{
		Title: title, Section: section, Agent: agentOf(c), Nonce: nonceOf(c),
		Notice: func() notice { return takeNotice(c) },
	}
}

// show ends the handler of a live page; name is the file of its template.
func show(c echo.Context, name string, data any) error {
	return middleware.Render(c, http.StatusOK, views.Template(lookOf(c).pages[name], "layout", data))
}

// showStill answers with a page that has no live parts.
func (d *Desk) showStill(c echo.Context, code int, name string, data any) error {
	l := lookOf(c)
	if l == nil { // the error came before the look was chosen
		l = d.looks[views.DefaultClient]
	}
	var b bytes.Buffer
	dot := struct{ Live, Data any }{nil, data}
	if err := l.pages[name].ExecuteTemplate(&b, "layout", dot); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	return c.HTMLBlob(code, b.Bytes())
}

// showPart tells htmx what is wrong: by one block, which swaps itself into the page out of band. Nothing else is swapped,
// whatever the request has asked for.
func showPart(c echo.Context, code int, block string, data any) error {
	var b bytes.Buffer
	if err := lookOf(c).shared.ExecuteTemplate(&b, block, data); err != nil {
		return fmt.Errorf("render %s: %w", block, err)
	}
	c.Response().Header().Set("HX-Reswap", "none")
	return c.HTMLBlob(code, b.Bytes())
}

// byHTMX reports whether htmx sent the request and swaps the answer into the page.
func byHTMX(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }
