package adapter

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/views"
)

// Render ends the handler of a live page: it writes the page to w, or the fragments of its new state to an
// htmx page change, or nothing to a stream, which begins when the handler has returned. Everything is
// rendered before anything is written. Ctx is that of the request as the handler got it.
func (q *Request) Render(ctx context.Context, w http.ResponseWriter, status int, component views.Component) error {
	q.used = true
	if q.rendered {
		q.handler.warn(q.r, "the handler calls Render twice: the second page is not written")
		return nil
	}
	good := status >= 200 && status < 300
	var err error
	switch {
	case q.kind == stream && good:
	case q.kind == change && good && q.isLive():
		err = q.renderChange(w, status)
	default:
		err = q.renderWhole(ctx, w, status, component)
	}
	q.rendered = err == nil && (good || q.kind != stream)
	return err
}

func (q *Request) isLive() bool { return !q.ended && q.transport != nil && q.transport.Live() }

func (q *Request) write(w http.ResponseWriter, status int, html []byte) error {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	_, err := w.Write(html)
	return err
}

func (q *Request) renderWhole(ctx context.Context, w http.ResponseWriter, status int, component views.Component) error {
	o, err := q.outlet(w)
	if err != nil {
		return err
	}
	o.scripts = func() template.HTML { return q.scripts(ctx) }
	html, placed, err := views.RenderPage(ctx, component, o)
	if err != nil {
		return fmt.Errorf("middleware: render page: %w", err)
	}
	if q.isLive() && status < 300 {
		q.checkPage(html, placed, o)
	}
	if html, err = q.follow(w, html, o); err != nil {
		return err
	}
	return q.write(w, status, html)
}

// renderChange answers a page change: all fragments of the new state and, in the same swap, the
// connection to its stream in the place of the old one.
func (q *Request) renderChange(w http.ResponseWriter, status int) error {
	renderings, err := q.transport.Render()
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
	connect, err := q.streamURL(w, q.query)
	if err != nil {
		return err
	}
	b.WriteString(string(q.reconnectTo(connect, q.query)))
	return q.write(w, status, b.Bytes())
}

// streamURL is the page's URL with a token that tells what the page shows now.
func (q *Request) streamURL(w http.ResponseWriter, query url.Values) (string, error) {
	return q.streamURLOf(w, query, q.transport.State())
}

func (q *Request) streamURLOf(w http.ResponseWriter, query url.Values, shown live.State) (string, error) {
	key, err := q.keyOf(w, q.r)
	if err != nil {
		return "", err
	}
	values := query.Encode()
	if values != "" {
		values += "&"
	}
	token := url.Values{q.handler.cfg.Param: {q.handler.makeToken(key, q.path, shown, time.Now()) + tokenEnd}}
	return reference(q.path, values+token.Encode()), nil // the token last, so that the script can add to it
}

// connectTo is the element that connects the page with that query to its stream.
func (q *Request) connectTo(stream string, query url.Values) template.HTML {
	return q.clientName().ConnectPage(q.handler.cfg.Element, stream, reference(q.path, query.Encode()))
}

// reconnectTo is connectTo as an out-of-band swap.
func (q *Request) reconnectTo(stream string, query url.Values) template.HTML {
	return q.clientName().ReconnectPage(q.handler.cfg.Element, stream, reference(q.path, query.Encode()))
}

// outlet gives a page its live parts.
type outlet struct {
	renderings []*live.Rendering
	fragments  map[string]*live.Rendering
	connect    template.HTML
	scripts    func() template.HTML
}

var _ views.ScriptsOutlet = (*outlet)(nil)

func (q *Request) outlet(w http.ResponseWriter) (*outlet, error) {
	o := &outlet{fragments: map[string]*live.Rendering{}}
	if !q.isLive() {
		return o, nil
	}
	if q.badURL != nil {
		return nil, q.badURL
	}
	var err error
	if o.renderings, err = q.transport.Render(); err != nil {
		return nil, err
	}
	for _, r := range o.renderings {
		o.fragments[r.ID()] = r
	}
	connect, err := q.streamURL(w, q.query)
	if err != nil {
		return nil, err
	}
	o.connect = q.connectTo(connect, q.query)
	return o, nil
}

func (o *outlet) Fragment(id string) (template.HTML, error) {
	r := o.fragments[id]
	if r == nil {
		return "", fmt.Errorf("middleware: no kept query feeds a fragment %q", id)
	}
	return template.HTML(r.Inline()), nil //nolint:gosec // a fragment's markup is escaped where it is made
}

func (o *outlet) Connect() template.HTML { return o.connect }

func (o *outlet) Scripts() template.HTML { return o.scripts() }

// scripts are the script tags of the page, with the nonce that the request's context holds.
func (q *Request) scripts(ctx context.Context) template.HTML {
	s := q.handler.cfg.Scripts
	s.Nonce = cmp.Or(s.Nonce, views.NonceOf(ctx))
	return q.clientName().Scripts(s)
}
