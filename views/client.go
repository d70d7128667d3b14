package views

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// Client is a generation of htmx and how it speaks Server-Sent Events. Pushed HTML is the same for all of them; they
// differ in how a page connects and in what it loads. docs/htmx.md tells what each of them needs.
type Client string

// The clients, by the names they have in the example's ?htmx= parameter.
const (
	HTMX1  Client = "1"  // htmx 1.9 with its sse extension
	HTMX1B Client = "1b" // htmx 1.9 with the hx-sse attribute that is built in
	HTMX2  Client = "2"  // htmx 2 with htmx-ext-sse
	HTMX4  Client = "4"  // htmx 4 with its hx-sse extension

	DefaultClient = HTMX2
)

// Clients are all of them.
func Clients() []Client { return []Client{HTMX1, HTMX1B, HTMX2, HTMX4} }

// ParseClient is the client with that name.
func ParseClient(name string) (Client, error) {
	for _, c := range Clients() {
		if string(c) == name {
			return c, nil
		}
	}
	return "", fmt.Errorf("views: there is no htmx client %q: one of 1, 1b, 2 and 4", name)
}

// Connect is the element with that id that connects a page to the stream at url: an empty leaf that swaps nothing into
// itself. Nothing may be put into it.
func (c Client) Connect(id, url string) template.HTML { return c.connect(id, url, "", "") }

// ConnectPage is Connect that says which page the stream belongs to, by its address: the script loads the page when the
// browser's address is another.
func (c Client) ConnectPage(id, url, page string) template.HTML { return c.connect(id, url, page, "") }

// Reconnect is Connect as an out-of-band swap: it replaces the element with that id on the page, which ends its stream
// and opens this one.
func (c Client) Reconnect(id, url string) template.HTML { return c.connect(id, url, "", oobTrue) }

// ReconnectPage is ConnectPage as an out-of-band swap.
func (c Client) ReconnectPage(id, url, page string) template.HTML {
	return c.connect(id, url, page, oobTrue)
}

func (c Client) connect(id, url, page, oob string) template.HTML {
	mustID("Connect", id)
	url = html.EscapeString(escapeSpace(url))
	var how string
	switch c {
	case HTMX1B:
		how = fmt.Sprintf(`hx-sse="connect:%s swap:message"`, url)
	case HTMX4:
		// It never retries a first connection that failed, so it is asked every five seconds whether it has one.
		how = fmt.Sprintf(`hx-sse:connect="%s" hx-trigger="load, every 5s" hx-sync="this:drop"`, url)
	default:
		how = fmt.Sprintf(`hx-ext="sse" sse-connect="%s" sse-swap="message"`, url)
	}
	if page != "" {
		page = fmt.Sprintf(` data-live-page="%s"`, html.EscapeString(page))
	}
	return template.HTML(fmt.Sprintf(`<div id="%s"%s %s hx-swap="none"%s></div>`, id, oob, how, page)) //nolint:gosec // escaped
}

// Disconnect is the out-of-band swap that takes the connect element off the page: the stream ends, and no client tries
// again.
func Disconnect(id string) template.HTML {
	mustID("Disconnect", id)
	return template.HTML(fmt.Sprintf(`<div hx-swap-oob="delete:#%s"></div>`, id)) //nolint:gosec // checked
}

// Reload is the out-of-band swap that makes the browser load the page again after a second. It needs no script.
func Reload() template.HTML {
	return `<div hx-swap-oob="beforeend:body"><meta http-equiv="refresh" content="1"></div>`
}

// escapeSpace escapes what would end a URL in an attribute that holds words.
func escapeSpace(url string) string {
	if strings.IndexFunc(url, isSpaceOrControl) < 0 {
		return url
	}
	var b strings.Builder
	for i := range len(url) {
		if isSpaceOrControl(rune(url[i])) {
			fmt.Fprintf(&b, "%%%02X", url[i])
		} else {
			b.WriteByte(url[i])
		}
	}
	return b.String()
}

func isSpaceOrControl(r rune) bool { return r <= ' ' || r == 0x7f }
