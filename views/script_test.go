package views_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

// countsHeartbeats is a script of a page that counts the heartbeats: EventSources say them, and in htmx 4 the element. It
// remembers the EventSources.
const countsHeartbeats = `<script nonce="n0nce">
	let beats = 0
	const sources = [], count = () => { beats++ }, Source = EventSource
	EventSource = class extends Source { constructor(...a) { super(...a); sources.push(this); this.addEventListener("heartbeat", count) } }
	document.addEventListener("heartbeat", count)
</script>`

// watchedPage is a page with a state of the connection, a marker and some things a person may be doing.
func watchedPage(s **site, client views.Client) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `%s<p id="live-status"></p><output id="marker"></output>`+
			`<ul id="rows"><li id="row-1">one</li><li id="row-2"><input id="field"><details id="more"><summary>more</summary>text</details></li><li id="row-3">three</li></ul>%s`,
			(*s).head()+countsHeartbeats, client.Connect("live", "/stream?a=1&b=2"))
	}
}

func openWatched(t *testing.T, client views.Client) (*site, *browsertest.Page) {
	t.Helper()
	var s *site
	s = newSite(t, client, func(w http.ResponseWriter, r *http.Request) { watchedPage(&s, client)(w, r) })
	page := browser.Person(t).Open(s.URL + "/page")
	page.WaitForStreams(1)
	waitForState(page, "live")
	return s, page
}

func waitForState(page *browsertest.Page, state string) {
	page.WaitFor("the state "+state, fmt.Sprintf(`document.getElementById("live-status").dataset.state === %q`, state))
}

// The state says reconnecting when the server fails, and live when it is back: also in the client that gives up after an
// error, the built-in hx-sse of 1.9.
func TestStateFollowsTheConnection(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		s, page := openWatched(t, client)
		page.AllowConsole("503", "Event", "SSE reconnect failed") // htmx reports the failure
		s.status.Store(http.StatusServiceUnavailable)
		s.cut <- struct{}{}
		waitForState(page, "reconnecting")
		<-s.refused
		s.status.Store(0)
		waitForState(page, "live")
		page.WaitForStreams(1)
		s.push(t, `<output id="marker" hx-swap-oob="true">back</output>`)
		page.WaitForText("#marker", "back")
	})
}

// Taking the connect element off the page ends the stream for good.
func TestDisconnectIsFinal(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		s, page := openWatched(t, client)
		s.push(t, `<output id="marker" hx-swap-oob="true">last</output>`+string(views.Disconnect("live")))
		page.WaitForText("#marker", "last")
		page.WaitForStreams(0)
		waitForState(page, "offline")
		if page.Has("#live") {
			t.Error("the connect element is still there")
		}
	})
}

// heartbeat is how package sse sends one.
const heartbeat = "event: heartbeat\ndata: 15000\n\n"

// A heartbeat is an event with a name and without an id: script can see it, and a browser changes nothing and comes back
// with the id of the message before.
func TestAHeartbeatChangesNothing(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		s, page := openWatched(t, client)
		page.AllowConsole("Event") // htmx reports that the stream ends
		if id := <-s.ids; id != "" {
			t.Errorf("the first stream says it has %q", id)
		}
		s.send(t, s.raw, "id: 7\ndata: <output id=\"marker\" hx-swap-oob=\"true\">seven</output>\n\n")
		page.WaitForText("#marker", "seven")
		page.WaitFor("a page at rest", `!document.querySelector(".htmx-added,.htmx-settling,.htmx-swapping")`)
		before := browsertest.Eval[string](page, `document.body.outerHTML`)
		for range 3 {
			s.send(t, s.raw, heartbeat)
		}
		// When the message that follows the heartbeats is here, they have been read.
		s.send(t, s.raw, "data: <output id=\"marker\" hx-swap-oob=\"true\">eight</output>\n\n")
		page.WaitForText("#marker", "eight")
		page.WaitFor("a page that a heartbeat did not change", fmt.Sprintf(`document.body.outerHTML.replace(">eight<", ">seven<") === %q`, before))
		if beats := browsertest.Eval[int](page, `beats`); beats != 3 {
			t.Errorf("script has seen %d heartbeats of 3", beats)
		}
		s.cut <- struct{}{}
		if id := <-s.ids; id != "7" {
			t.Errorf("after heartbeats the browser comes back with the id %q", id)
		}
	})
}

// A page that goes into the back/forward cache takes no stream with it, and one that comes out of it is loaded again.
func TestBackForwardCache(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		s, page := openWatched(t, client)
		loads := s.pagesServed()
		browsertest.Eval[bool](page, `dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true}))`)
		page.WaitForStreams(0)
		page.WaitFor("a mark that a load wipes", `document.body.dataset.old = "yes"`)
		browsertest.Eval[bool](page, `setTimeout(() => dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}))) > 0`)
		page.WaitFor("the page loaded again", `!document.body.dataset.old && document.readyState === "complete"`)
		waitForState(page, "live")
		if now := s.pagesServed(); now != loads+1 {
			t.Errorf("%d pages were served after %d", now, loads)
		}
	})
}

// An application may send its events to the document: those are no fields, buttons or rows, and the script throws no error.
func TestEventsOfTheDocumentAreNoErrors(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		_, page := openWatched(t, client)
		browsertest.Eval[bool](page, `["input", "change", "mousedown", "mouseup", "click"].every(name => document.dispatchEvent(new MouseEvent(name, {bubbles: true})))`)
		waitForState(page, "live")
	})
}

// What a person does in a row that did not change survives a patch of the rows around it.
func TestUnchangedRowsAreNotTouched(t *testing.T) {
	t.Parallel()
	tmpl := templates(t, `{{define "row"}}<li id="row-{{.Key}}">{{.Title}}</li>{{end}}`)
	f := views.New(views.Rows{ID: "rows", Prefix: "row-", Row: views.Named(tmpl, "row")})
	two := strings.Repeat("a row that is longer than what is said about the others ", 9)
	was := []ticket{{Key: "1", Title: "one"}, {Key: "2", Title: two}, {Key: "3", Title: "three"}}
	now := []ticket{{Key: "4", Title: "four"}, {Key: "3", Title: "3"}, {Key: "2", Title: two}, {Key: "5", Title: "five"}}
	patch := f.Patch(render(t, f, assigns(list{rows: was})), render(t, f, assigns(list{rows: now})))
	if strings.Contains(string(patch), "innerHTML") {
		t.Fatalf("the test needs a patch of rows, not %s", patch)
	}
	eachClient(t, func(t *testing.T, client views.Client) {
		s, page := openWatched(t, client)
		page.Click("#more summary")
		page.Type("#field", "half a sen")
		s.push(t, string(patch)+`<output id="marker" hx-swap-oob="true">done</output>`)
		page.WaitForText("#marker", "done")
		page.Type(":focus", "tence")
		if got := browsertest.Eval[string](page, `document.getElementById("field").value`); got != "half a sentence" {
			t.Errorf("the field holds %q", got)
		}
		if !browsertest.Eval[bool](page, `document.getElementById("more").open`) {
			t.Error("the details were closed")
		}
		if got := browsertest.Eval[string](page, `[...document.querySelectorAll("#rows li")].map(e => e.id).join(" ")`); got != "row-4 row-3 row-2 row-5" {
			t.Errorf("the rows are %s", got)
		}
	})
}

// The script stays small: what a page loads of it, its morpher included, is at most 7 KB, compressed as the web does.
func TestScriptIsSmall(t *testing.T) {
	if size := gzipped(t, views.Script()); size > 7<<10 {
		t.Errorf("the script has %d bytes", size)
	}
	if script := views.Script(); strings.Contains(script, "//") || strings.Contains(script, "\n\n") || strings.Contains(script, "\n ") {
		t.Errorf("comments or indentation are served:\n%s", script)
	}
}

func gzipped(t *testing.T, text string) int {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
