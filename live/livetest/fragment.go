package livetest

import (
	"context"
	"fmt"
	"html"
	"strings"

	"github.com/htmxlive/htmxlive/live"
)

// Fragment is a fragment that shows the text which render returns. Its element is a paragraph:
// <p id="ID">text</p>, with hx-swap-oob="true" in patches.
func Fragment(id string, render func(ctx context.Context, assigns map[string]any) (string, error)) live.Fragment {
	return fragment{id: id, render: render}
}

// Text is a Fragment that shows one assign: a value as fmt.Sprint has it; the rows of a list or page as
// "1=one 2=two", with "2=gone" for a row that is gone and " (+3)" at the end for three that are pending;
// and "loading", "gone" or "cleared" where that is the assign's status.
func Text(id, assign string) live.Fragment {
	return Fragment(id, func(_ context.Context, assigns map[string]any) (string, error) {
		return describe(assigns[assign])
	})
}

type fragment struct {
	id     string
	render func(ctx context.Context, assigns map[string]any) (string, error)
}

func (f fragment) ID() string { return f.id }

func (f fragment) Render(ctx context.Context, assigns map[string]any) ([]byte, error) {
	text, err := f.render(ctx, assigns)
	return []byte(text), err
}

func (f fragment) Inline(rendered []byte) []byte { return element(f.id, "", rendered) }

// Patch says what it replaces, so that a Page notices one which is not for what it shows.
func (f fragment) Patch(old, rendered []byte) []byte {
	attrs := ` hx-swap-oob="true"`
	if old != nil {
		attrs += ` data-was="` + html.EscapeString(string(old)) + `"`
	}
	return element(f.id, attrs, rendered)
}

func element(id, attrs string, text []byte) []byte {
	return fmt.Appendf(nil, `<p id="%s"%s>%s</p>`, id, attrs, html.EscapeString(string(text)))
}

// parsed is an element that a fragment of this package made.
type parsed struct {
	id, text string
	was      *string
}

func parse(patch []byte) (e parsed, ok bool) {
	rest, ok := strings.CutPrefix(string(patch), `<p id="`)
	if !ok {
		return e, false
	}
	tag, text, ok := strings.Cut(strings.TrimSuffix(rest, "</p>"), ">")
	if !ok {
		return e, false
	}
	id, attrs, _ := strings.Cut(tag, `"`)
	if _, was, ok := strings.Cut(attrs, ` data-was="`); ok {
		was = html.UnescapeString(strings.TrimSuffix(was, `"`))
		e.was = &was
	}
	e.id, e.text = id, html.UnescapeString(text)
	return e, true
}

// The methods of assigns, as package live documents them.
type (
	assign interface {
		Value() any
		Status() string
	}
	rows interface {
		Len() int
		Row(i int) (key string, value any, gone bool)
		Pending() int
		Once(i int, who any, render func() ([]byte, error)) ([]byte, error)
	}
)

func describe(a any) (string, error) {
	v, ok := a.(assign)
	if !ok {
		return "", fmt.Errorf("livetest: %T is not an assign", a)
	}
	if v.Status() != live.StatusReady {
		return v.Status(), nil
	}
	if l, ok := a.(rows); ok {
		return describeRows(l), nil
	}
	return fmt.Sprint(v.Value()), nil
}

func describeRows(l rows) string {
	words := make([]string, 0, l.Len()+1)
	for i := range l.Len() {
		key, value, gone := l.Row(i)
		if gone {
			value = live.StatusGone
		}
		words = append(words, fmt.Sprintf("%s=%v", key, value))
	}
	if n := l.Pending(); n > 0 {
		words = append(words, fmt.Sprintf("(+%d)", n))
	}
	return strings.Join(words, " ")
}
