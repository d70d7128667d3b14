package views

import (
	"bytes"
	"context"
	"crypto/sha256"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// Spec is the description of a fragment: a Block, Rows, a Pager or a Pill.
type Spec interface {
	build() fragment.Fragment
}

// New makes the fragment of a description. It panics with a sentence when the description cannot work. A fragment is safe
// for concurrent use and is made once, at start-up, for all pages.
func New(spec Spec) fragment.Fragment { return spec.build() }

// Fragments makes the fragments of several descriptions, as New makes one.
func Fragments(specs ...Spec) []fragment.Fragment {
	made := make([]fragment.Fragment, len(specs))
	for i, spec := range specs {
		made[i] = spec.build()
	}
	return made
}

// element is a fragment that is one element, replaced as a whole. What it renders is the element's HTML.
type element struct {
	id     string
	within wrapper // what a patch of the element travels in; wrapDerived: by its tag
	html   func(ctx context.Context, assigns fragment.Assigns) ([]byte, error)

	sequences *sequenceCache
}

func (e *element) ID() string { return e.id }

func (e *element) Render(ctx context.Context, assigns fragment.Assigns) ([]byte, error) {
	html, err := e.html(ctx, assigns)
	if err != nil {
		return nil, err
	}
	html, _, err = e.sequences.element(html, e.id, e.within)
	return html, err
}

func (e *element) Inline(rendered []byte) []byte { return rendered }

func (e *element) Patch(old, rendered []byte) []byte {
	if bytes.Equal(old, rendered) || isCompact(old) && bytes.Equal(old, e.Compact(rendered)) {
		return nil
	}
	m := e.within.or(rendered).message()
	m.replace(rendered)
	m.move(false)
	return m.b
}

// compactMark starts a compact element; HTML starts with anything else.
const compactMark = 2

func isCompact(rendered []byte) bool { return len(rendered) > 0 && rendered[0] == compactMark }

func (e *element) Compact(rendered []byte) []byte {
	sum := sha256.Sum256(rendered)
	return append([]byte{compactMark}, sum[:digestSize]...)
}
