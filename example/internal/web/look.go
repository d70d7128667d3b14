package web

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

//go:embed templates/*.html
var templates embed.FS

// A look is how the helpdesk looks for one generation of htmx: the same templates, with scripts and links that stay in
// that generation. An application that has settled on one needs none of this.
type look struct {
	client views.Client
	pages  map[string]*template.Template // by file name; each has all shared blocks too
	shared *template.Template            // the blocks that fragments and forms are made of
}

// newLooks parses every page for every client.
func newLooks(a *assets) (map[views.Client]*look, error) {
	looks := map[views.Client]*look{}
	for _, client := range views.Clients() {
		l := &look{client: client, pages: map[string]*template.Template{}}
		if err := l.parse(a); err != nil {
			return nil, fmt.Errorf("templates for htmx %s: %w", client, err)
		}
		looks[client] = l
	}
	return looks, nil
}

func (l *look) parse(a *assets) error {
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return err
	}
	// Each file has its own "content", so the last one parsed would win: only the other blocks of the shared set are used.
	l.shared, err = template.New("").Funcs(l.funcs(a)).ParseFS(templates, names...)
	if err != nil {
		return err
	}
	for _, name := range names {
		page, err := l.shared.Clone()
		if err == nil {
			_, err = page.ParseFS(templates, name)
		}
		if err != nil {
			return err
		}
		l.pages[path.Base(name)] = page
	}
	return nil
}

// tabsHelp says why a page waits for others of the same browser, and what cures it.
const tabsHelp = "https://github.com/htmxlive/htmxlive/blob/main/docs/htmx.md#connections"

// funcs are what templates can call.
func (l *look) funcs(a *assets) template.FuncMap {
	return template.FuncMap{
		"link":       l.link,
		"pageForm":   func(url string) template.HTMLAttr { return views.PageForm(url, "") },
		"whyLink":    func(s live.StreamInfo) string { return l.link(askWhy(s)) },
		"ticketLink": func(id int64) string { return l.link(ticketPath(id)) },
		"asset":      a.url,
		"scripts": func(nonce string) template.HTML {
			return l.client.Scripts(views.Scripts{Base: scriptsPath, Nonce: nonce})
		},
		"icon": icon, "initials": initials, "title": capitalize, "when": when, "clock": clock, "day": day, "iso": iso, "count": count,
		"size": size, "percent": percent, "span": span, "stack": stack, "mod": func(a, b int) int { return a % b },
		"tabsHelp": func() string { return tabsHelp }, "short": short, "list": func(words []string) string { return strings.Join(words, ", ") },
		"statuses": store.Statuses, "priorities": store.Priorities,
	}
}

// link adds what keeps a page in its generation of htmx.
func (l *look) link(to string) string {
	if l.client == views.DefaultClient {
		return to
	}
	separator := "?"
	if strings.Contains(to, "?") {
		separator = "&"
	}
	return to + separator + "htmx=" + url.QueryEscape(string(l.client))
}

// chooseLook reads ?htmx=.
func (d *Desk) chooseLook(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		client := views.DefaultClient
		c.Set("look", d.looks[client]) // the error page needs one, too
		if _, err := url.ParseQuery(c.Request().URL.RawQuery); err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, "The parameters of this address cannot be read.").SetInternal(err)
		}
		name, err := once(c, "htmx")
		if err != nil {
			return err
		}
		if name != "" {
			if client, err = views.ParseClient(name); err != nil {
				return echo.NewHTTPError(http.StatusBadRequest, "The parameter htmx must be 1, 1b, 2 or 4.")
			}
		}
		c.Set("look", d.looks[client])
		return next(c)
	}
}

// once is a parameter of the address, or "". One that is given twice cannot be followed exactly, so it is refused.
func once(c echo.Context, name string) (string, error) {
	if len(c.QueryParams()[name]) > 1 {
		return "", echo.NewHTTPError(http.StatusBadRequest, "The parameter "+name+" is given more than once.")
	}
	return c.QueryParam(name), nil
}

// lookOf is the look that chooseLook chose.
func lookOf(c echo.Context) *look {
	l, _ := c.Get("look").(*look)
	return l
}

// perLook makes the same fragments for every client, because their rows hold links.
func (d *Desk) perLook(build func(l *look) []fragment.Fragment) map[views.Client][]fragment.Fragment {
	all := map[views.Client][]fragment.Fragment{}
	for client, l := range d.looks {
		all[client] = build(l)
	}
	return all
}
