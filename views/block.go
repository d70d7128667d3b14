package views

import (
	"context"
	"fmt"
)

// Block describes a fragment that is one element, sent whole whenever it looks different. Markup renders the whole
// element, and its first tag carries the id:
//
//	{{define "summary"}}<section id="summary">{{.Open}} open</section>{{end}}
//
// The value is that of the assign; with several assigns it is a map of their values by name.
type Block struct {
	ID     string
	Markup Markup

	// Loading, Gone and Cleared are shown while an assign is not there yet, when it does not exist any more and when
	// the viewer may not see it any more. Without one an empty element with the id and data-live="loading" (gone,
	// cleared) takes the place. Their value is nil, and their first tag carries the id too.
	Loading, Gone, Cleared Markup

	// Tag is the tag of those empty elements. Default: div.
	Tag string

	// Within is "svg" for a part of a drawing whose tag does not tell, such as an <a> inside an <svg>. Table parts
	// and the usual SVG elements are known by their tag.
	Within string

	// Swap is how the element becomes its successor: replaced when it is empty, morphed when it is Client.Morph, which
	// keeps what a person does inside it as far as that client's morphing does.
	Swap string
}

func (s Block) build() Fragment {
	mustID("Block", s.ID)
	if s.Markup == nil {
		panic(fmt.Sprintf("views: Block %q has no Markup", s.ID))
	}
	s.Tag = mustTag("Block", s.ID, s.Tag)
	return &element{id: s.ID, within: mustWithin("Block", s.ID, s.Within), swap: mustSwap("Block", s.ID, s.Swap, morphPlugin, morphBuiltIn), html: s.html}
}

func (s Block) html(ctx context.Context, assigns map[string]any) ([]byte, error) {
	state, err := stateOf(assigns)
	if err != nil {
		return nil, err
	}
	if state == stateReady {
		return markUp(ctx, s.Markup, dotOf(assigns))
	}
	markup := map[string]Markup{stateLoading: s.Loading, stateGone: s.Gone, stateCleared: s.Cleared}[state]
	if markup == nil {
		return placeholder(s.Tag, s.ID, state), nil
	}
	return markUp(ctx, markup, nil)
}

// placeholder is an empty element that keeps the place of a fragment.
func placeholder(tag, id, state string) []byte {
	return fmt.Appendf(nil, `<%s id="%s" data-live="%s"></%s>`, tag, id, state, tag)
}

// mustTag is the tag of placeholders, div unless it is given.
func mustTag(kind, id, tag string) string {
	if tag == "" {
		return "div"
	}
	if name, _, ok := tagName([]byte("<" + tag + ">")); !ok || name != tag {
		panic(fmt.Sprintf("views: %s %q: %q is not the name of a tag in small letters", kind, id, tag))
	}
	return tag
}
