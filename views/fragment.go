package views

import (
	"bytes"
	"context"
)

// Fragment is one element of a page that follows the data. The fragments of New are safe for concurrent use and are
// made once, at start-up, for all pages. Rendered bytes are the fragment's own affair: nobody else reads them.
type Fragment = interface {
	// ID is the id of the DOM element the fragment keeps.
	ID() string
	// Render renders the assigns to opaque bytes. Equal bytes look equal in a browser.
	Render(ctx context.Context, assigns map[string]any) ([]byte, error)
	// Inline is the HTML to put into a first page load.
	Inline(rendered []byte) []byte
	// Patch is the out-of-band HTML that turns what shows old into what shows rendered; old nil: the whole fragment.
	// It is empty when nothing visible differs.
	Patch(old, rendered []byte) []byte
}

// Compacter is what the fragments of New do besides: a Patch needs little of the old version, and whoever keeps old
// versions for long need not keep their HTML.
type Compacter interface {
	// Compact is a short stand-in for rendered (a few bytes, for rows about twenty each) that Patch takes as old.
	// It has no HTML: Inline and the other side of Patch need the rendered bytes themselves.
	Compact(rendered []byte) []byte
}

// Spec is the description of a fragment: a Block, Rows, a Pager or a Pill.
type Spec interface {
	build() Fragment
}

// New makes the fragment of a description. It panics with a sentence when the description cannot work.
func New(spec Spec) Fragment { return spec.build() }

// element is a fragment that is one element, replaced as a whole. What it renders is the element's HTML.
type element struct {
	id     string
	within wrapping // what a patch of the element travels in; wrapDerived: by its tag
	swap   string   // the attribute that swaps it
	html   func(ctx context.Context, assigns map[string]any) ([]byte, error)
	shapes shapes
}

func (e *element) ID() string { return e.id }

func (e *element) Render(ctx context.Context, assigns map[string]any) ([]byte, error) {
	html, err := e.html(ctx, assigns)
	if err != nil {
		return nil, err
	}
	return e.shapes.element(html, e.id, e.within)
}

func (e *element) Inline(rendered []byte) []byte { return rendered }

func (e *element) Patch(old, rendered []byte) []byte {
	if bytes.Equal(old, rendered) || isCompact(old) && bytes.Equal(old, e.Compact(rendered)) {
		return nil
	}
	var m message
	m.within = e.within.or(rendered)
	m.replace(rendered, e.swap)
	return m.bytes()
}

// compactMark starts a compact element; HTML starts with anything else.
const compactMark = 2

func isCompact(rendered []byte) bool { return len(rendered) > 0 && rendered[0] == compactMark }

func (e *element) Compact(rendered []byte) []byte {
	d := digestOf(rendered)
	return append([]byte{compactMark}, d[:]...)
}
