package views

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/htmxlive/htmxlive/live/fragment"
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
	// cleared) takes the place. Their value is nil, and their first tag carries the id too. That of Cleared is given
	// data-live="cleared", so that nothing that a person typed stays.
	Loading, Gone, Cleared Markup

	// Tag is the tag of those empty elements. Default: title where Markup writes a title, else div.
	Tag string

	// Within is "svg" for a part of a drawing with a tag that HTML has, too, such as an <a> inside an <svg>. Table parts
	// and the usual SVG elements are known by their tag.
	Within string
}

func (s Block) build() fragment.Fragment {
	mustID("Block", s.ID)
	if s.Markup == nil {
		panic(fmt.Sprintf("views: Block %q has no Markup", s.ID))
	}
	b := block{Block: s, sample: sampleOf(s.Markup)}
	if s.Tag != "" {
		mustTag("Block", s.ID, s.Tag)
	}
	return &element{
		id: s.ID, within: mustWithin("Block", s.ID, s.Within),
		html: b.html, sequences: newSequenceCache(),
	}
}

// block is a Block with what its markup writes when there is nothing to show.
type block struct {
	Block

	sample func() []byte
}

func (s block) html(ctx context.Context, assigns fragment.Assigns) ([]byte, error) {
	values := make(map[string]any, len(assigns))
	var dot any = values // of several assigns; of the only one, its value
	for name, a := range assigns {
		if values[name] = a.Value; len(assigns) == 1 {
			dot = a.Value
		}
	}
	status, err := statusOf(assigns)
	switch {
	case err != nil:
		return nil, err
	case status == fragment.Ready:
		return rendered(ctx, s.Markup(dot), htmlSpace)
	}
	markup := map[fragment.Status]Markup{fragment.Loading: s.Loading, fragment.Gone: s.Gone, fragment.Cleared: s.Cleared}[status]
	if markup == nil {
		return placeholder(s.tag(), s.ID, status), nil
	}
	html, err := rendered(ctx, markup(nil), htmlSpace)
	if status == fragment.Cleared {
		html = marked(html, markCleared)
	}
	return html, err
}

// tag is the tag of placeholders.
func (s block) tag() string {
	switch {
	case s.Tag != "":
		return s.Tag
	case wrapDerived.or(s.sample()) == wrapTitle:
		return "title"
	}
	return "div"
}

// marked is html with an attribute in its first tag.
func marked(html []byte, attribute string) []byte {
	if len(html) == 0 || html[0] != '<' {
		return html // Render refuses it
	}
	first, _ := scan(html, 0)
	return slices.Insert(html, first.nameEnd, []byte(attribute)...)
}

// placeholder is an empty element that keeps the place of a fragment.
func placeholder(tag, id string, status fragment.Status) []byte {
	return fmt.Appendf(nil, `<%s id="%s" data-live="%s"></%s>`, tag, id, status, tag)
}

// mustTag panics when tag is not the name of one.
func mustTag(kind, id, tag string) {
	if first, _ := scan([]byte("<"+tag+">"), 0); first.mark != markStart || first.nameEnd != 1+len(tag) || tag != strings.ToLower(tag) {
		panic(fmt.Sprintf("views: %s %q: %q is not the name of a tag in small letters", kind, id, tag))
	}
}
