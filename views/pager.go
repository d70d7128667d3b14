package views

import (
	"context"
	"fmt"
	"html"
	"html/template"
	"strings"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/paging"
)

// mainTarget is the element that page links name as their target: it is always there, so that htmx 4, which drops the
// answer of a link to a target that is gone, applies it even when a push has replaced the link meanwhile.
const mainTarget = "#main"

// Pager describes a fragment that is the links from a page to other pages: a labelled nav with first, previous, next
// and last, and a window of page numbers where pages have numbers. What leads nowhere is text. The links are plain
// links that htmx enhances: the answer replaces the live fragments and the stream, and pushes the URL.
type Pager struct {
	ID string

	// Label names the nav to screen readers. Default: Pages.
	Label string

	// Class is the class of the nav. Default: pager.
	Class string

	// First, Prev, Next and Last are the texts of the links. Default: First, Previous, Next, Last.
	First, Prev, Next, Last string

	// Page is what the links of page numbers are called before the number, for screen readers. Default: Page.
	Page string

	// TooDeep is what stands behind the links where rows follow that no link leads to. Default: More rows follow. Narrow the
	// list to see them.
	TooDeep string

	// Main is the selector of an element that is on the page whatever it shows, without which htmx 4 drops the answer
	// of a link that was replaced meanwhile. Default: #main.
	Main string

	// Markup replaces the markup: its value is a PageLinks and its first tag carries the id.
	Markup Markup

	// Assign names the assign to show the page of. Needed only when the fragment depends on several.
	Assign string
}

// PageLinks is the dot of Pager.Markup.
type PageLinks struct {
	paging.Links

	Pager Pager
}

// Attrs are the attributes of a link to another page: {{with .Next}}<a {{$.Attrs .URL}} rel="next">…</a>{{end}}.
func (l PageLinks) Attrs(url string) template.HTMLAttr { return PageLink(url, l.Pager.Main) }

// PageLink is the attributes of a link that changes the page state to that of url: href for browsers without
// JavaScript, and the rest so that htmx swaps what the answer says, pushes the URL, and drops the answer of an earlier
// click. All of them are on the link itself, because one that was replaced meanwhile inherits nothing. An empty target
// is #main.
func PageLink(url, target string) template.HTMLAttr {
	if target == "" {
		target = mainTarget
	}
	url, target = html.EscapeString(url), html.EscapeString(target)
	return template.HTMLAttr(fmt.Sprintf( //nolint:gosec // escaped
		`href="%s" hx-get="%s" hx-target="%s" hx-swap="none" hx-push-url="true" hx-sync="%s:replace" %s`,
		url, url, target, target, pageMark))
}

// pageMark is the request header that asks for the fragments of another state of the page instead of the whole page.
const pageMark = `hx-headers='{"HX-Live":"page"}'`

// PageForm is the attributes of a search or filter form for the live page at url. Its fields are parameters of that page: a plain GET
// form for browsers without JavaScript, and the rest as PageLink has it. An empty target is #main. htmx 1.9 and 2 send
// the headers of a form with the requests of elements inside it as well: one that wants something else than a page
// change says hx-headers='{"HX-Live":""}'.
func PageForm(url, target string) template.HTMLAttr {
	link := strings.TrimPrefix(string(PageLink(url, target)), "href=")
	return template.HTMLAttr(`method="get" action=` + link) //nolint:gosec // escaped
}

func (s Pager) build() fragment.Fragment {
	mustID("Pager", s.ID)
	for field, text := range map[*string]string{
		&s.Label: "Pages", &s.Page: "Page", &s.Class: "pager", &s.Main: mainTarget,
		&s.First: "First", &s.Prev: "Previous", &s.Next: "Next", &s.Last: "Last",
		&s.TooDeep: "More rows follow. Narrow the list to see them.",
	} {
		if *field == "" {
			*field = text
		}
	}
	if s.Markup == nil {
		s.Markup = Typed(pagerComponent)
	}
	return &element{id: s.ID, html: s.html, sequences: newSequenceCache()}
}

func (s Pager) html(ctx context.Context, assigns fragment.Assigns) ([]byte, error) {
	a, err := assignOf(assigns, s.Assign)
	switch {
	case err != nil:
		return nil, err
	case a.Status != fragment.Ready:
		return placeholder("nav", s.ID, a.Status), nil
	}
	page, ok := a.Value.(interface{ Links() paging.Links })
	if !ok {
		return nil, fmt.Errorf("views: pager #%s was given a %T, which is not a page", s.ID, a.Value)
	}
	return rendered(ctx, s.Markup(PageLinks{Links: page.Links(), Pager: s}), htmlSpace)
}

func pagerComponent(l PageLinks) Component {
	var b strings.Builder
	s := l.Pager
	fmt.Fprintf(&b, `<nav id="%s" class="%s" aria-label="%s">`, s.ID, html.EscapeString(s.Class), html.EscapeString(s.Label))
	l.end(&b, l.Links.First, "first", s.First)
	l.end(&b, l.Links.Prev, "prev", s.Prev)
	for _, n := range l.Numbers {
		l.number(&b, n)
	}
	l.end(&b, l.Links.Next, "next", s.Next)
	l.end(&b, l.Links.Last, "last", s.Last)
	if l.Links.TooDeep {
		b.WriteString(`<span>` + html.EscapeString(s.TooDeep) + `</span>`)
	}
	b.WriteString(`</nav>`)
	return markupString(b.String())
}

// end writes a link to one of the ends or neighbours, or its text where it leads nowhere. Either has the id, and the text can
// be given the focus by script: so htmx gives the focus back to it when the link that had it is replaced.
func (l PageLinks) end(b *strings.Builder, link *paging.Link, rel, text string) {
	text = html.EscapeString(text)
	if link == nil || link.URL == "" {
		fmt.Fprintf(b, `<span id="%s-%s" tabindex="-1">%s</span>`, l.Pager.ID, rel, text)
		return
	}
	fmt.Fprintf(b, `<a id="%s-%s" rel="%s" %s>%s</a>`, l.Pager.ID, rel, rel, l.Attrs(link.URL), text)
}

// number writes a page number. The current one is a link too, to what is shown, so that the focus stays on it.
func (l PageLinks) number(b *strings.Builder, n paging.Link) {
	id := fmt.Sprintf("%s-page-%d", l.Pager.ID, n.Number)
	current := ""
	if n.Current {
		current = ` aria-current="page"`
	}
	switch {
	case n.Gap:
		b.WriteString(`<span aria-hidden="true">…</span>`)
	case n.URL == "":
		fmt.Fprintf(b, `<span id="%s" tabindex="-1"%s>%d</span>`, id, current, n.Number)
	default:
		name := html.EscapeString(l.Pager.Page)
		fmt.Fprintf(b, `<a id="%s" aria-label="%s %d"%s %s>%d</a>`, id, name, n.Number, current, l.Attrs(n.URL), n.Number)
	}
}
