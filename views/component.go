package views

import (
	"context"
	"fmt"
	"html/template"
	"io"
)

// Component is anything that renders itself as HTML. Every templ component is one.
type Component interface {
	Render(ctx context.Context, w io.Writer) error
}

// ComponentFunc is a function as a Component.
type ComponentFunc func(ctx context.Context, w io.Writer) error

// Render calls f.
func (f ComponentFunc) Render(ctx context.Context, w io.Writer) error { return f(ctx, w) }

// Markup gives the component that shows a value. Make one with Named, Typed or Fixed.
type Markup func(value any) Component

// Named is the markup of a named html/template block; the value is its dot. It panics when tmpl has no such block, so
// that a misspelt name is found when the program starts.
func Named(tmpl *template.Template, name string) Markup {
	if tmpl == nil {
		panic(fmt.Sprintf("views: Named(%q): the template is nil", name))
	}
	if tmpl.Lookup(name) == nil {
		panic(fmt.Sprintf("views: there is no template %q among those of %q", name, tmpl.Name()))
	}
	return func(value any) Component {
		return ComponentFunc(func(_ context.Context, w io.Writer) error {
			return tmpl.ExecuteTemplate(w, name, value)
		})
	}
}

// Typed is the markup of a function that makes a component of a T, as templ generates them. A value that is not a T is
// an error of the render; no value at all (a loading placeholder) is the zero T.
func Typed[T any, C Component](component func(T) C) Markup {
	if component == nil {
		panic("views: Typed: the function is nil")
	}
	return func(value any) Component {
		v, ok := value.(T)
		if !ok && value != nil {
			return ComponentFunc(func(context.Context, io.Writer) error {
				return fmt.Errorf("views: markup of a %T was given a %T", v, value)
			})
		}
		return component(v)
	}
}

// Fixed is markup that looks the same whatever the value is.
func Fixed(component Component) Markup {
	return func(any) Component { return component }
}

// markUp renders value into a buffer of its own, without the white space around it.
func markUp(ctx context.Context, markup Markup, value any) ([]byte, error) {
	return rendered(ctx, markup(value), htmlSpace)
}
