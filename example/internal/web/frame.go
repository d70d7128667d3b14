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
}

func newFrame(c echo.Context, title, section string) frame {
	return frame{Title: title, Section: section, Agent: agentOf(c), Nonce: nonceOf(c)}
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

// showParts answers an htmx request with named blocks, each of which swaps itself into the page out of band.
func showParts(c echo.Context, code int, parts ...part) error {
	var b bytes.Buffer
	for _, p := range parts {
		if err := lookOf(c).shared.ExecuteTemplate(&b, p.block, p.data); err != nil {
			return fmt.Errorf("render %s: %w", p.block, err)
		}
	}
	return c.HTMLBlob(code, b.Bytes())
}

// A part is a block and its dot.
type part struct {
	block string
	data  any
}

// A notice is a short message at the edge of the page, with a link if it has a URL.
type notice struct {
	Text       string
	URL, Label string
	Bad        bool
}

func (n notice) part() part { return part{"notice", n} }

// byHTMX reports whether htmx sent the request and swaps the answer into the page.
func byHTMX(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }
