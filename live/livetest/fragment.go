package livetest

import (
	"context"
	"fmt"
	"html"
	"strings"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// Fragment is a fragment that shows the text which render returns. Its element is a paragraph:
// <p id="ID">text</p>, with hx-swap-oob="true" in patches.
func Fragment(id string, render func(ctx context.Context, assigns fragment.Assigns) (string, error)) fragment.Fragment {
	return text{id: id, render: render}
}

// Text is a Fragment that shows one assign: a value as fmt.Sprint has it; the rows of a list or page as
// "1=one 2=two", with "2=gone" for a row that is gone and " (+3)" at the end for three that are pending;
// and "loading", "gone" or "cleared" where that is the assign's status.
func Text(id, assign string) fragment.Fragment {
	return Fragment(id, func(_ context.Context, assigns fragment.Assigns) (string, error) {
		a, ok := assigns[assign]
		if !ok {
			return "", fmt.Errorf("livetest: there is no assign %q", assign)
		}
		return describe(a), nil
	})
}

type text struct {
	id     string
	render func(ctx context.Context, assigns fragment.Assigns) (string, error)
}

func (f text) ID() string { return f.id }

func (f text) Render(ctx context.Context, assigns fragment.Assigns) ([]byte, error) {
	text, err := f.render(ctx, assigns)
	return []byte(text), err
}

func (f text) Inline(rendered []byte) []byte { return element(f.id, "", rendered) }

// Patch says what it replaces, so that a Page notices one which is not for what it shows.
func (f text) Patch(old, rendered []byte) []byte {
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

func describe(a fragment.Assign) string {
	switch {
	case a.Status != fragment.Ready:
		return string(a.Status)
	case !a.IsList:
		return fmt.Sprint(a.Value)
	}
	words := make([]string, 0, len(a.Rows)+1)
	for _, row := range a.Rows {
		value := row.Value
		if row.Gone {
			value = fragment.Gone
		}
		words = append(words, fmt.Sprintf("%s=%v", row.Key, value))
	}
	if a.Pending > 0 {
		words = append(words, fmt.Sprintf("(+%d)", a.Pending))
	}
	return strings.Join(words, " ")
}
