package enginetest_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

var browser browsertest.Browser

func TestMain(m *testing.M) { goleak.VerifyTestMain(browser.Main(m)) }

// clientsIn are all generations of htmx in Chromium. In the others, which take far longer, it is the default one, unless
// HTMXLIVE_ENGINES asks for all.
func clientsIn(t *testing.T, engine browsertest.Engine) []views.Client {
	t.Helper()
	if engine == browsertest.Chromium || os.Getenv("HTMXLIVE_ENGINES") != "" {
		return views.Clients()
	}
	t.Logf("shorter by a factor of %d: make test-engines has every generation of htmx in %s", len(views.Clients()), engine)
	return []views.Client{views.DefaultClient}
}

// shorter is the factor by which hands and pushes are fewer, unless HTMXLIVE_ENGINES asks for all.
func shorter(t *testing.T, by int) int {
	t.Helper()
	if os.Getenv("HTMXLIVE_ENGINES") != "" {
		return 1
	}
	t.Logf("shorter by a factor of %d: make test-engines has all", by)
	return by
}

// inEach runs a test in every engine with every generation of htmx.
func inEach(t *testing.T, test func(t *testing.T, p *shown)) {
	t.Helper()
	inEachWith(t, sse.Config{}, test)
}

// inEachWith is inEach for a server with those times of its streams.
func inEachWith(t *testing.T, stream sse.Config, test func(t *testing.T, p *shown)) {
	t.Helper()
	for _, engine := range browsertest.Engines() {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel() // most of the time is waited
			for _, client := range clientsIn(t, engine) {
				t.Run(string(client), func(t *testing.T) {
					a := run(t, client, stream)
					person := browser.In(engine).Person(t)
					p := &shown{t: t, engine: engine, app: a, person: person, Page: person.Open(a.url)}
					p.AllowConsole(torn...)
					p.shows("row-8 row-7 row-6")
					test(t, p)
				})
			}
		})
	}
}

// torn is what the engines say on the console of connections that end.
var torn = []string{
	"net::ERR_", "EventSource", "htmx:sse", "NetworkError", "Failed to fetch", "The connection to", "interrupted while the page", "AbortError", "htmx:sendAbort",
}

// tear lets the console of Chromium and Firefox name the event of a stream that broke.
func (p *shown) tear() { p.AllowConsole("Event", "object") }

// shown is a page of the application.
type shown struct {
	*browsertest.Page

	t      *testing.T
	engine browsertest.Engine
	app    *app
	person *browsertest.Person
	n      int // changes so far
}

const rowIDs = `[...document.querySelectorAll("#rows li")].map(r => r.id).join(" ")`

// shows waits until the page has those rows, in that order.
func (p *shown) shows(rows string) {
	p.t.Helper()
	p.WaitFor("the rows "+rows, fmt.Sprintf("%s === %q", rowIDs, rows))
}

// follows changes a note and waits until the page says so, and until its one stream is the one of its address.
func (p *shown) follows(id int) {
	p.t.Helper()
	p.n++
	text := fmt.Sprint("news ", p.n)
	p.app.change(p.t, id, text)
	p.WaitForText(fmt.Sprintf("#row-%d .text", id), text)
	p.oneStream()
}

// oneStream waits until the server has one stream open, which follows the page at the address that the window shows.
func (p *shown) oneStream() {
	p.t.Helper()
	address := ""
	if !p.soon(func() bool {
		address = p.URL()
		return p.followed(address)
	}) {
		p.t.Fatalf("the address is %s, the streams follow %q", address, p.app.followed())
	}
}

// followed reports whether one stream is open, and follows the page at the address.
func (p *shown) followed(address string) bool {
	at, err := url.Parse(address)
	if err != nil {
		return false
	}
	followed := p.app.followed()
	return len(followed) == 1 && followed[0] == at.Query().Encode()
}

// soon waits until it is so, for as long as a page may take to come back.
func (p *shown) soon(isSo func() bool) bool {
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !isSo() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}
