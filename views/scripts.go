package views

import (
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"strings"
)

//go:embed htmxlive.js
var script string

// Script is the optional script that ships with htmxlive, in plain JavaScript: it shows the state of the connection on
// the element with id live-status (data-state is live, reconnecting or offline) and closes streams in the browser's
// back/forward cache. Serve it beside htmx as ScriptName, or inline it with a nonce.
func Script() string { return script }

// ScriptName is the name under which Scripts loads Script.
const ScriptName = "htmxlive.js"

// Scripts says where a page finds its scripts and how it may run them.
type Scripts struct {
	Base  string // what comes before each of Files in a URL; default "/"
	Nonce string // the nonce of the Content-Security-Policy, if it has one
	Bare  bool   // without the optional script of htmxlive
}

// Files are the files that Scripts loads, relative to its Base, in order: htmx and its extension, each as it is called
// in its npm package's dist folder, under htmx1/, htmx2/ or htmx4/.
func (c Client) Files() []string {
	switch c {
	case HTMX1:
		return []string{"htmx1/htmx.min.js", "htmx1/ext/sse.js"}
	case HTMX1B:
		return []string{"htmx1/htmx.min.js"}
	case HTMX4:
		return []string{"htmx4/htmx.min.js", "htmx4/ext/hx-sse.min.js"}
	default:
		return []string{"htmx2/htmx.min.js", "htmx-ext-sse/sse.min.js"}
	}
}

// config is the htmx-config that a live page needs. History asks the server: a snapshot of the page would be stale, and
// so would be its stream. Nothing is evaluated and no style is added, so that a strict Content-Security-Policy holds.
// Swaps settle at once: until then htmx 1 and 2 do not know the new elements, a click on a new link would load the page,
// and in htmx 4 messages wait for each other.
func (c Client) config() string {
	if c == HTMX4 {
		return `{"history":"reload","defaultSettleDelay":0}`
	}
	return `{"historyCacheSize":0,"refreshOnHistoryMiss":true,"defaultSettleDelay":0,"includeIndicatorStyles":false,"allowEval":false}`
}

// Scripts is what a page with this client has in its head.
func (c Client) Scripts(s Scripts) template.HTML {
	if s.Base == "" {
		s.Base = "/"
	}
	nonce := ""
	if s.Nonce != "" {
		nonce = fmt.Sprintf(` nonce="%s"`, html.EscapeString(s.Nonce))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<meta name=\"htmx-config\" content='%s'>\n", c.config())
	deferred := " defer"
	if c == HTMX4 {
		// A deferred htmx 4 starts with a timer, now and then before its extension is there: the page never connects.
		deferred = ""
	}
	files := c.Files()
	if !s.Bare {
		files = append(files, ScriptName)
	}
	for _, file := range files {
		fmt.Fprintf(&b, "<script src=\"%s\"%s%s></script>\n", html.EscapeString(s.Base+file), deferred, nonce)
	}
	return template.HTML(b.String()) //nolint:gosec // escaped
}
