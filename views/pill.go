package views

import (
	"context"
	"fmt"
	"html"
	"io"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/paging"
)

// Pill describes a fragment that says how many rows a fresh load would add or drop ("12 new"), as a link that loads
// them: it asks for the page's own URL again. It is empty and hidden when there is nothing new.
type Pill struct {
	ID string

	// Text is the text for that many rows, never for 0. Default: "12 new".
	Text func(pending int) string

	// Class is the class of the link. Default: pill.
	Class string

	// Main is as in Pager. Default: #main.
	Main string

	// Markup replaces the markup: its value is a PillData and its first tag carries the id.
	Markup Markup

	// Assign names the assign to count the rows of. Needed only when the fragment depends on several.
	Assign string
}

// PillData is the dot of Pill.Markup.
type PillData struct {
	Pending int    // rows that a fresh load would add or drop; 0 when there is nothing to tell
	URL     string // of the page; empty, which is the same to a browser, when the result is not a page
	Pill    Pill
}

func (s Pill) build() fragment.Fragment {
	mustID("Pill", s.ID)
	if s.Text == nil {
		s.Text = func(pending int) string { return fmt.Sprintf("%d new", pending) }
	}
	if s.Class == "" {
		s.Class = "pill"
	}
	if s.Main == "" {
		s.Main = mainTarget
	}
	if s.Markup == nil {
		s.Markup = Typed(pillComponent)
	}
	return &element{id: s.ID, html: s.html, sequences: newSequenceCache()}
}

func (s Pill) html(ctx context.Context, assigns fragment.Assigns) ([]byte, error) {
	a, err := assignOf(assigns, s.Assign)
	switch {
	case err != nil:
		return nil, err
	case a.Status == fragment.Ready && !a.IsList:
		return nil, fmt.Errorf("views: pill #%s was given a %T, which is not a list or page that is kept", s.ID, a.Value)
	}
	data := PillData{Pill: s}
	if a.Status == fragment.Ready {
		data.Pending = a.Pending
	}
	if page, ok := a.Value.(interface{ Options() paging.Options }); ok {
		data.URL = page.Options().URL()
	}
	return rendered(ctx, s.Markup(data), htmlSpace)
}

// pillComponent is a link that pushes no URL: the page's own is there already.
func pillComponent(d PillData) Component {
	s := d.Pill
	if d.Pending == 0 {
		return markupString(fmt.Sprintf(`<a id="%s" class="%s" hidden></a>`, s.ID, html.EscapeString(s.Class)))
	}
	url, main := html.EscapeString(d.URL), html.EscapeString(s.Main)
	return markupString(fmt.Sprintf(
		`<a id="%s" class="%s" href="%s" hx-get="%s" hx-target="%s" hx-swap="none" hx-sync="%s:replace" %s>%s</a>`,
		s.ID, html.EscapeString(s.Class), url, url, main, main, pageMark, html.EscapeString(s.Text(d.Pending))))
}

// markupString is HTML as a component.
type markupString string

func (s markupString) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(s))
	return err
}
