package views

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/htmxlive/htmxlive/live/fragment"
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
	return func(value any) Component { return namedBlock{tmpl, name, value} }
}

// namedBlock is a named template with its dot.
type namedBlock struct {
	tmpl  *template.Template
	name  string
	value any
}

func (b namedBlock) Render(_ context.Context, w io.Writer) error {
	return b.tmpl.ExecuteTemplate(w, b.name, b.value)
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

// bufferPool holds the buffers that components render into. One that grows with what is written leaves four times that
// behind for the garbage collector.
var bufferPool = sync.Pool{New: func() any { return new(bytes.Buffer) }} //nolint:gochecknoglobals // a pool is shared or it is none

// maxBuffer is the largest buffer, in bytes, that is kept for the next component: a page that large is rare.
const maxBuffer = 1 << 20

// rendered is what a component renders, without the characters of trim at its ends.
func rendered(ctx context.Context, c Component, trim string) ([]byte, error) {
	b := bufferPool.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
	err := c.Render(ctx, b)
	var html []byte
	if err == nil {
		html = bytes.Clone(bytes.Trim(b.Bytes(), trim))
	}
	if b.Cap() <= maxBuffer {
		b.Reset()
		bufferPool.Put(b)
	}
	return html, err
}

// renderedRow is what the markup writes of a row. Where it fails, html is what it had written before.
func renderedRow(ctx context.Context, markup Markup, value any) (html []byte, err error) {
	var b bytes.Buffer
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
		html = bytes.Trim(b.Bytes(), htmlSpace)
	}()
	return nil, markup(value).Render(ctx, &b)
}

// panicError is what a panic of a row's markup becomes.
type panicError struct {
	value any
	stack []byte
}

func panicked(v any) error { return &panicError{value: v, stack: debug.Stack()} }

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// Stack is where the panic was, for a log.
func (e *panicError) Stack() []byte { return e.stack }

// statusOf is the status of a fragment that shows all these assigns: the worst of theirs.
func statusOf(assigns fragment.Assigns) (fragment.Status, error) {
	if len(assigns) == 0 {
		return "", errors.New("views: the fragment was given no assigns")
	}
	worst := fragment.Ready
	for _, a := range assigns {
		switch s := a.Status; {
		case s == fragment.Cleared, s == fragment.Gone && worst != fragment.Cleared, s == fragment.Loading && worst == fragment.Ready:
			worst = s
		}
	}
	return worst, nil
}

// assignOf is the assign that a fragment shows: the one of that name, or the only one when name is empty. Where it is given
// several, and not all are ready, it is an assign of their status and nothing else.
func assignOf(assigns fragment.Assigns, name string) (fragment.Assign, error) {
	if len(assigns) == 1 {
		for have, a := range assigns {
			if name == "" || name == have {
				return a, nil
			}
		}
	}
	status, err := statusOf(assigns)
	if err != nil || status != fragment.Ready {
		return fragment.Assign{Status: status}, err
	}
	if a, ok := assigns[name]; ok && name != "" {
		return a, nil
	}
	names := slices.Sorted(maps.Keys(assigns))
	if name == "" {
		return fragment.Assign{}, fmt.Errorf("views: the fragment depends on %d assigns (%v) and does not say which one it shows: set Assign", len(names), names)
	}
	return fragment.Assign{}, fmt.Errorf("views: there is no assign %q among %v", name, names)
}
