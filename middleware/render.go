package middleware

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/views"
)

// Render ends the handler of a live page: it writes the page, or the fragments of its new state to an
// htmx page change, or nothing to a stream, which begins when the handler has returned. Everything is
// rendered before anything is written.
func Render(c echo.Context, status int, component views.Component) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	good := status >= 200 && status < 300
	switch {
	case p.kind == stream && good:
		p.rendered = true
		return nil
	case p.kind == change && good && p.isLive():
		return p.renderChange(status)
	}
	return p.renderWhole(status, component)
}

func (p *page) isLive() bool { return p.socket != nil && p.socket.Live() }

func (p *page) renderWhole(status int, component views.Component) error {
	o, err := p.outlet()
	if err != nil {
		return err
	}
	html, placed, err := views.RenderPage(p.c.Request().Context(), component, o)
	if err != nil {
		return fmt.Errorf("middleware: render page: %w", err)
	}
	if p.isLive() && !placed.Connected && status < 300 {
		p.pages.cfg.Logger.WarnContext(p.c.Request().Context(),
			"middleware: the page keeps live results but never connects: its template lacks {{.Live.Connect}} (views.ConnectSlot)", "path", p.c.Request().URL.Path)
	}
	return p.c.HTMLBlob(status, html)
}

// renderChange answers a page change: all fragments of the new state and, in the same swap, the
// connection to its stream in the place of the old one.
func (p *page) renderChange(status int) error {
	renderings, err := p.socket.Renderings()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, r := range renderings {
		patch, err := r.Patch(nil)
		if err != nil {
			return err
		}
		b.Write(patch.HTML)
	}
	connect, err := p.streamURL(p.c.Request().URL.Query())
	if err != nil {
		return err
	}
	b.WriteString(string(p.client().Reconnect(p.pages.cfg.Element, connect)))
	return p.c.HTMLBlob(status, b.Bytes())
}

func (p *page) client() views.Client { return p.pages.cfg.Client(p.c) }

// streamURL is the page's URL with a token that tells what the page shows now.
func (p *page) streamURL(query url.Values) (string, error) {
	key, err := p.pages.keyOf(p.c, p.session)
	if err != nil {
		return "", err
	}
	path := p.c.Request().URL.Path
	q := url.Values{}
	maps.Copy(q, query)
	q.Set(p.pages.cfg.Param, p.pages.token(key, path, p.socket.Shows(), time.Now()))
	return (&url.URL{Path: path, RawPath: p.c.Request().URL.RawPath, RawQuery: q.Encode()}).String(), nil
}

// outlet gives a page its live parts.
type outlet struct {
	fragments map[string]*live.Rendering
	connect   template.HTML
	scripts   template.HTML
}

func (p *page) outlet() (views.Outlet, error) {
	o := &outlet{fragments: map[string]*live.Rendering{}, scripts: p.scripts()}
	if !p.isLive() {
		return o, nil
	}
	renderings, err := p.socket.Renderings()
	if err != nil {
		return nil, err
	}
	for _, r := range renderings {
		o.fragments[r.ID()] = r
	}
	connect, err := p.streamURL(p.c.Request().URL.Query())
	if err != nil {
		return nil, err
	}
	o.connect = p.client().Connect(p.pages.cfg.Element, connect)
	return o, nil
}

// scripts are the script tags of the page.
func (p *page) scripts() template.HTML {
	s := p.pages.cfg.Scripts
	s.Nonce = cmp.Or(s.Nonce, views.NonceOf(p.c.Request().Context()))
	return p.client().Scripts(s)
}

func (o *outlet) Fragment(id string) (template.HTML, error) {
	r := o.fragments[id]
	if r == nil {
		return "", fmt.Errorf("middleware: no kept query feeds a fragment %q", id)
	}
	return template.HTML(r.Inline()), nil //nolint:gosec // a fragment's markup is escaped where it is made
}

func (o *outlet) Connect() template.HTML { return o.connect }

func (o *outlet) Scripts() template.HTML { return o.scripts }
