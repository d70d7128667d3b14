package livetest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// Page is what a browser shows at a URL, kept up to date by the page's stream as htmx does it. Its methods are for the
// goroutine of the test; the stream runs beside it.
//
// Elements are named by their ids. Reading one that is not on the page ends the test: a test cannot pass because it looks
// at nothing.
type Page struct {
	b             *Browser
	expected      int // status of the next answer; 0: any 2xx
	neverConnects bool
	left          chan struct{}
	running       sync.WaitGroup // streams and reloads
	gate          gate           // closed while the page does not read

	mu        sync.Mutex // guards everything below
	url       *url.URL
	visited   []*url.URL
	answer    answer // the last one
	title     string
	dom       htmldom.Page
	stream    *connection // nil: none
	lastID    string      // of the stream's messages
	note      string      // how the last stream ended
	messages  []Message
	changed   chan struct{} // closed and replaced whenever something above changes
	isLeft    bool
	hadStream bool // since the page was loaded
	earlier   int  // messages, before the page was loaded
}

// Message is one message of a stream, as it was sent.
type Message struct {
	ID    string // the last event id then; empty: none yet
	Event string // its type; empty for those that htmx swaps
	Data  string // lines joined by "\n"
	Swaps []Swap // what it did to the page
}

// Swap is one out-of-band swap of a message.
type Swap struct {
	Style   string   // "outerHTML" where the message says true
	Targets []string // ids
	Element string   // the id of the element that was swapped in, empty where that only carries what is inserted
}

func newPage(b *Browser) *Page {
	return &Page{b: b, url: b.origin.JoinPath("/"), left: make(chan struct{}), changed: make(chan struct{})}
}

// Expect says which status the answer to the next Goto, Click, Submit, Reload or Back has to have, where it is not a
// 2xx: p.Expect(422).Submit(…).
func (p *Page) Expect(status int) *Page {
	p.expected = status
	return p
}

// Goto loads another page into this one, as if its path were typed into the address bar. The stream of the old page ends.
func (p *Page) Goto(path string) {
	p.b.t.Helper()
	p.goTo(request{path: path, site: "none"})
}

// Reload loads the page again.
func (p *Page) Reload() {
	p.b.t.Helper()
	p.goTo(request{path: p.URL()})
}

// Back goes back to the URL before: the page is loaded from the server, as the settings of history that htmxlive asks for
// have it.
func (p *Page) Back() {
	p.b.t.Helper()
	p.mu.Lock()
	n := len(p.visited) - 2
	if n < 0 {
		p.mu.Unlock()
		p.b.t.Fatal("livetest: there is no page before this one")
	}
	to := p.visited[n].RequestURI()
	p.visited = p.visited[:n]
	p.mu.Unlock()
	p.goTo(request{path: to})
}

// goTo loads a whole page, and waits until its stream has begun.
func (p *Page) goTo(r request) {
	p.b.t.Helper()
	a, err := p.b.send(p.present(), r)
	if err == nil {
		p.check(r, a)
		err = p.load(a)
	}
	if err != nil {
		p.b.t.Fatalf("livetest: %v", err)
	}
	p.awaitStream()
}

// check ends the test if the status is not the expected one.
func (p *Page) check(r request, a answer) {
	p.b.t.Helper()
	want := p.expected
	p.expected = 0
	if want == a.status || want == 0 && a.status/100 == 2 {
		return
	}
	wanted := "2xx"
	if want != 0 {
		wanted = strconv.Itoa(want)
	}
	p.b.t.Fatalf("livetest: %s %s is answered with %d, want %s:\n%s", methodOf(r), a.url, a.status, wanted, excerpt(a.body))
}

func methodOf(r request) string {
	if r.method == "" {
		return http.MethodGet
	}
	return r.method
}

func excerpt(text string) string {
	const most = 2000
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

// load shows an answer as a page.
func (p *Page) load(a answer) error {
	dom, err := htmldom.ParseDocument(a.body)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer, p.dom, p.title = a, dom, dom.Title()
	p.lastID, p.note, p.hadStream, p.earlier = "", "", false, len(p.messages)
	p.at(a.url)
	p.follow()
	return nil
}

// at notes where the page is now. It holds mu.
func (p *Page) at(u *url.URL) {
	p.url = u
	if len(p.visited) == 0 || p.visited[len(p.visited)-1].String() != u.String() {
		p.visited = append(p.visited, u)
	}
	p.notify()
}

func (p *Page) present() *url.URL {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.url
}

// notify wakes the goroutines that wait for a change. The caller holds mu.
func (p *Page) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// Leave closes the page, as closing its tab does: its stream ends. What it showed can still be read.
func (p *Page) Leave() { p.leave() }

func (p *Page) leave() {
	p.mu.Lock()
	if !p.isLeft {
		p.isLeft = true
		close(p.left)
	}
	p.end("the page was left")
	p.mu.Unlock()
	p.running.Wait()
}

// URL is the path and query that the address bar shows.
func (p *Page) URL() string { return p.present().RequestURI() }

// Status is that of the last answer, to a load, a click or a form.
func (p *Page) Status() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answer.status
}

// Header is that of the last answer.
func (p *Page) Header() http.Header {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answer.header.Clone()
}

// Source is the last answer as it came, before any stream changed the page.
func (p *Page) Source() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answer.body
}

// Title is the title of the page, with white space as a reader sees it.
func (p *Page) Title() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(strings.Fields(p.title), " ")
}

// Messages are all messages with data that the page was sent so far, by all its streams.
func (p *Page) Messages() []Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.messages)
}
