package htmldom

import (
	"strings"

	"golang.org/x/net/html"
)

// Client is how a page connects to its stream.
type Client int

// The clients. htmx 1.9 with its extension connects as htmx 2 does.
const (
	HTMX2  Client = iota // sse-connect="URL"
	HTMX1B               // hx-sse="connect:URL swap:message"
	HTMX4                // hx-sse:connect="URL"
)

// Lookup is when the client looks for the targets of a message.
func (c Client) Lookup() Lookup { return Lookup(c == HTMX4) }

// Connect is a page's connect element.
type Connect struct {
	Element *html.Node
	URL     string
	Client  Client
}

// Connects are the connect elements of the page, of which a live page has one.
func (p Page) Connects() (found []Connect) {
	for n := range p.body.Descendants() {
		if c, ok := connectOf(n); ok {
			found = append(found, c)
		}
	}
	return found
}

func connectOf(n *html.Node) (Connect, bool) {
	if url := Attr(n, "sse-connect"); url != "" {
		return Connect{n, url, HTMX2}, true
	}
	if url := Attr(n, "hx-sse:connect"); url != "" {
		return Connect{n, url, HTMX4}, true
	}
	for word := range strings.FieldsSeq(Attr(n, "hx-sse")) {
		if url, ok := strings.CutPrefix(word, "connect:"); ok {
			return Connect{n, url, HTMX1B}, true
		}
	}
	return Connect{}, false
}
