package views

import (
	"context"
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strings"
)

//go:embed script/morph.js
var morphScript string

//go:embed script/connection.js
var connectionScript string

// Script is the optional script that ships with htmxlive, in plain JavaScript: it morphs what changes, so that nothing that a
// person is doing is lost, shows the state of the connection on the element with id live-status (data-state is live,
// reconnecting, waiting or offline), opens streams again that are dead or have lost something, and closes them in the
// browser's back/forward cache. The middleware serves it; a page without the middleware serves it beside htmx as ScriptName,
// or inlines it with a nonce.
func Script() string { return bare(morphScript) + bare(connectionScript) }

// tokens are the strings and regular expressions of the scripts, and punctuation with the spaces beside it.
var tokens = regexp.MustCompile("'[^']*'|\"[^\"]*\"|`[^`]*`|/[^ /](?:[^/\\\\]|\\\\.)*/| *[][=?:,{}()&|<>;*!]+ *")

// bare is source without indentation, empty lines, comments and the spaces beside punctuation. It relies on how the scripts are
// written: comments stand on lines of their own, no string goes over several lines or holds a quote of its own kind, no regular
// expression begins with a space, and a division sign has spaces on both sides.
func bare(source string) string {
	var b strings.Builder
	for line := range strings.Lines(source) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			b.WriteString(tokens.ReplaceAllStringFunc(line, strings.TrimSpace) + "\n")
		}
	}
	return b.String()
}

// ScriptName is the file name of Script.
const ScriptName = "htmxlive.js"

// Scripts says where a page finds its scripts. The zero value loads Files from the root of the site, as an application
// serves them that installs htmx with npm.
type Scripts struct {
	// CDN loads htmx and its extension from Client.CDN instead of the site. The browser checks what it gets against a
	// hash, and the page needs neither npm nor a folder of static files. Base is not used then.
	CDN bool
	// Base is what comes before each of Files in a URL; default "/".
	Base string
	// Script is the URL of Script; default Base + ScriptName, and with CDN "/" + ScriptName.
	Script string
	// Bare leaves Script out.
	Bare bool
	// Nonce is the nonce of the page's Content-Security-Policy; empty: the tags have none.
	Nonce string
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

// Scripts is what a page with this client has in its head: the settings of htmx and the script tags.
func (c Client) Scripts(s Scripts) template.HTML {
	var attributes string
	// A deferred htmx 4 starts with a timer, now and then before its extension is there: the page never connects.
	if c != HTMX4 {
		attributes = " defer"
	}
	if s.Nonce != "" {
		attributes += fmt.Sprintf(` nonce="%s"`, html.EscapeString(s.Nonce))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<meta name=\"htmx-config\" content='%s'>\n", c.config())
	for _, file := range c.sources(s) {
		integrity := ""
		if file.Integrity != "" {
			integrity = fmt.Sprintf(` integrity="%s" crossorigin="anonymous"`, file.Integrity)
		}
		fmt.Fprintf(&b, "<script src=\"%s\"%s%s></script>\n", html.EscapeString(file.URL), integrity, attributes)
	}
	return template.HTML(b.String()) //nolint:gosec // escaped
}

// sources are the scripts to load, in order.
func (c Client) sources(s Scripts) []CDNFile {
	if s.Base == "" || s.CDN {
		s.Base = "/"
	}
	var files []CDNFile
	if s.CDN {
		files = c.CDN()
	} else {
		for _, name := range c.Files() {
			files = append(files, CDNFile{URL: s.Base + name})
		}
	}
	switch {
	case s.Bare:
	case s.Script != "":
		files = append(files, CDNFile{URL: s.Script})
	default:
		files = append(files, CDNFile{URL: s.Base + ScriptName})
	}
	return files
}

type nonceKey struct{}

// WithNonce is ctx with the nonce of the answer's Content-Security-Policy. A middleware that sets the header puts the nonce into
// the request's context, and the tags that {{.Live.Scripts}} writes carry it.
func WithNonce(ctx context.Context, nonce string) context.Context {
	return context.WithValue(ctx, nonceKey{}, nonce)
}

// NonceOf is the nonce that WithNonce put into ctx, or "".
func NonceOf(ctx context.Context) string {
	nonce, _ := ctx.Value(nonceKey{}).(string)
	return nonce
}
