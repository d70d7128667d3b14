package views

import (
	"context"
	"errors"
	"html/template"
	"io"
	"slices"
)

// Outlet is where a page gets its live parts from while it is rendered.
type Outlet interface {
	// Fragment is the fragment with that id as it stands in the page; an error when no kept query feeds one.
	Fragment(id string) (template.HTML, error)
	// Connect is the element that connects the page to its stream. A page has it once, at the end of its body.
	Connect() template.HTML
}

// ErrNoOutlet is the error of live parts in a page that is not rendered by RenderPage or with WithOutlet.
var ErrNoOutlet = errors.New("views: the page is rendered without an outlet for its live parts")

type outletKey struct{}

// WithOutlet is ctx with the outlet that Template, Slot and ConnectSlot read.
func WithOutlet(ctx context.Context, o Outlet) context.Context {
	return context.WithValue(ctx, outletKey{}, o)
}

func outletOf(ctx context.Context) (Outlet, error) {
	if o, ok := ctx.Value(outletKey{}).(Outlet); ok {
		return o, nil
	}
	return nil, ErrNoOutlet
}

// Placed tells which live parts a page has.
type Placed struct {
	Fragments []string // ids, in the order of the page
	Connected bool     // whether the page connects to its stream; one that forgets to never follows
}

// RenderPage renders a page with its live parts into a buffer: either all of it or an error.
func RenderPage(ctx context.Context, page Component, o Outlet) ([]byte, Placed, error) {
	w := &watched{Outlet: o}
	html, err := rendered(WithOutlet(ctx, w), page, "")
	return html, w.placed, err
}

// watched is an outlet that remembers what was taken from it.
type watched struct {
	Outlet

	placed Placed
}

func (w *watched) Fragment(id string) (template.HTML, error) {
	html, err := w.Outlet.Fragment(id)
	if err == nil && !slices.Contains(w.placed.Fragments, id) {
		w.placed.Fragments = append(w.placed.Fragments, id)
	}
	return html, err
}

func (w *watched) Connect() template.HTML {
	w.placed.Connected = true
	return w.Outlet.Connect()
}

// Template is the page that a template makes. Its dot has two fields: Live gives the live parts, and Data is data.
//
//	<tbody id="tickets">{{.Live.Fragment "tickets"}}</tbody>
//	<h1>{{.Data.Title}}</h1>
//	{{.Live.Connect}}
func Template(tmpl *template.Template, name string, data any) Component {
	return ComponentFunc(func(ctx context.Context, w io.Writer) error {
		o, err := outletOf(ctx)
		if err != nil {
			return err
		}
		return tmpl.ExecuteTemplate(w, name, struct {
			Live Outlet
			Data any
		}{o, data})
	})
}

// Slot is the component that stands for a fragment in a templ page.
func Slot(id string) Component {
	return ComponentFunc(func(ctx context.Context, w io.Writer) error {
		o, err := outletOf(ctx)
		if err != nil {
			return err
		}
		html, err := o.Fragment(id)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, string(html))
		return err
	})
}

// ConnectSlot is the component that stands for the connection to the stream in a templ page.
func ConnectSlot() Component {
	return ComponentFunc(func(ctx context.Context, w io.Writer) error {
		o, err := outletOf(ctx)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, string(o.Connect()))
		return err
	})
}
