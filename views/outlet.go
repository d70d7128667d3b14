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

// ScriptsOutlet is an Outlet that also knows which scripts the page loads.
type ScriptsOutlet interface {
	Outlet
	// Scripts are the settings of htmx and the script tags, for the page's head.
	Scripts() template.HTML
}

// ErrNoScripts is the error of {{.Live.Scripts}} where the outlet is no ScriptsOutlet. Client.Scripts writes the same tags.
var ErrNoScripts = errors.New("views: the outlet of the page knows no scripts")

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

// Placed is which live parts a page has.
type Placed struct {
	Fragments []string // ids, in the order of the page
	Connected bool     // whether the page connects to its stream; one that forgets to never follows
}

// RenderPage renders a page with its live parts into a buffer: either all of it or an error.
func RenderPage(ctx context.Context, page Component, o Outlet) ([]byte, Placed, error) {
	w := &recordingOutlet{Outlet: o}
	html, err := rendered(WithOutlet(ctx, w), page, "")
	return html, w.placed, err
}

// recordingOutlet is an outlet that remembers what was taken from it.
type recordingOutlet struct {
	Outlet

	placed Placed
}

func (w *recordingOutlet) Fragment(id string) (template.HTML, error) {
	html, err := w.Outlet.Fragment(id)
	if err == nil && !slices.Contains(w.placed.Fragments, id) {
		w.placed.Fragments = append(w.placed.Fragments, id)
	}
	return html, err
}

func (w *recordingOutlet) Connect() template.HTML {
	w.placed.Connected = true
	return w.Outlet.Connect()
}

// scriptsOf are the script tags that an outlet knows.
func scriptsOf(o Outlet) (template.HTML, error) {
	if w, ok := o.(*recordingOutlet); ok {
		o = w.Outlet
	}
	if s, ok := o.(ScriptsOutlet); ok {
		return s.Scripts(), nil
	}
	return "", ErrNoScripts
}

// Live is what {{.Live}} is in the page of a Template: the parts of the page that htmxlive writes.
type Live struct{ outlet Outlet }

// Scripts are the settings of htmx and the script tags, for the head: {{.Live.Scripts}}. Which ones is said by the
// middleware's configuration. A page that writes its own tags leaves it out.
func (l Live) Scripts() (template.HTML, error) { return scriptsOf(l.outlet) }

// Fragment is the fragment with that id as it stands in the page: {{.Live.Fragment "tickets"}}. It is an error when no
// kept query feeds one.
func (l Live) Fragment(id string) (template.HTML, error) { return l.outlet.Fragment(id) }

// Connect is the element that connects the page to its stream, once, at the end of the body: {{.Live.Connect}}.
func (l Live) Connect() template.HTML { return l.outlet.Connect() }

// Template is the page that a template makes. Its dot has two fields: Live, of type [Live], gives the live parts, and
// Data is data.
//
//	<head>{{.Live.Scripts}}</head>
//	<h1>{{.Data.Title}}</h1>
//	<table><tbody id="tickets">{{.Live.Fragment "tickets"}}</tbody></table>
//	{{.Live.Connect}}
func Template(tmpl *template.Template, name string, data any) Component {
	return ComponentFunc(func(ctx context.Context, w io.Writer) error {
		o, err := outletOf(ctx)
		if err != nil {
			return err
		}
		return tmpl.ExecuteTemplate(w, name, struct {
			Live Live
			Data any
		}{Live{o}, data})
	})
}

// Slot is the component that stands for a fragment in a templ page.
func Slot(id string) Component {
	return slot(func(o Outlet) (template.HTML, error) { return o.Fragment(id) })
}

// ConnectSlot is the component that stands for the connection to the stream in a templ page.
func ConnectSlot() Component {
	return slot(func(o Outlet) (template.HTML, error) { return o.Connect(), nil })
}

// ScriptsSlot is the component that stands for the script tags in the head of a templ page.
func ScriptsSlot() Component { return slot(scriptsOf) }

// slot is the component of what part takes from the outlet.
func slot(part func(Outlet) (template.HTML, error)) Component {
	return ComponentFunc(func(ctx context.Context, w io.Writer) error {
		o, err := outletOf(ctx)
		if err != nil {
			return err
		}
		html, err := part(o)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, string(html))
		return err
	})
}
