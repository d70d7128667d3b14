package acceptance_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

var browser browsertest.Browser

// eachClient runs the test in Chromium with every generation of htmx.
func eachClient(t *testing.T, test func(t *testing.T, client views.Client)) {
	t.Helper()
	for _, client := range views.Clients() {
		t.Run("htmx"+string(client), func(t *testing.T) { test(t, client) })
	}
}

// in adds what makes a page one of a generation.
func in(client views.Client, path string) string {
	if strings.Contains(path, "?") {
		return path + "&htmx=" + string(client)
	}
	return path + "?htmx=" + string(client)
}

// cookies are those of somebody who has logged in.
func (p *person) cookies(t *testing.T) []*http.Cookie {
	t.Helper()
	u, err := url.Parse(p.desk.url("/"))
	if err != nil {
		t.Fatal(err)
	}
	return p.client.Jar.Cookies(u)
}

// visitor is somebody at a browser who has logged in.
func (d *desk) visitor(t *testing.T, agent string) *browsertest.Person {
	t.Helper()
	p := browser.Person(t)
	p.SetCookies(d.url("/"), d.login(t, agent).cookies(t)...)
	return p
}

// open opens a page and waits until it is connected.
func (d *desk) open(who *browsertest.Person, path string) *browsertest.Page {
	page := who.Open(d.url(path))
	connected(page)
	return page
}

// connected waits until the page says that it is, and has one stream.
func connected(page *browsertest.Page) {
	page.WaitFor("the connection", `document.getElementById("live-status").dataset.state === "live"`)
	page.WaitForStreams(1)
}

// oneStream fails the test if the page has ever had two streams at a time, or if the server counts another number for the
// agent than pages are open.
func (d *desk) oneStream(t *testing.T, agent string, pages ...*browsertest.Page) {
	t.Helper()
	for _, page := range pages {
		page.WaitForStreams(1)
		if peak := page.PeakStreams(); peak > 1 {
			t.Errorf("%s had %d streams at the same time", page.URL(), peak)
		}
	}
	d.waitForStreams(t, agent, len(pages))
}

// waitForStreams waits until the server has so many streams of the agent.
func (d *desk) waitForStreams(t *testing.T, agent string, want int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d streams of agent %s at the server", want, agent), func() bool { return d.streamsOf(agent) == want })
}

func (d *desk) streamsOf(agent string) int {
	n := 0
	streams, _ := d.keeper.Inspect()
	for _, s := range streams {
		if s.User == "agent:"+agent {
			n++
		}
	}
	return n
}

// eventually asks until it is so.
func eventually(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(30 * time.Second)
	defer end.Stop()
	for !isSo() {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("waited 30 s for %s", what)
		}
	}
}

// shownRows are the numbers of the tickets in a list, in order, those that are gone marked. Rows that fade are not among them.
const shownRows = `[...document.querySelectorAll("#ticket-rows tr:not([data-live=left]), #archive-rows tr:not([data-live=left])")]
	.map(r => [r.dataset.id, ...[...r.classList].filter(c => !c.startsWith("live-"))].join(".")).join(" ")`

func rowsShown(page *browsertest.Page) string { return browsertest.Eval[string](page, shownRows) }

// showsRows waits until a list shows these tickets.
func showsRows(page *browsertest.Page, want string) {
	page.WaitFor("the rows "+want, fmt.Sprintf(`%s === %q`, shownRows, want))
}

// says waits until the first element that the selector names contains the text.
func says(page *browsertest.Page, selector, text string) {
	page.WaitFor(fmt.Sprintf("%q in %s", text, selector), fmt.Sprintf(`document.querySelector(%q).textContent.includes(%q)`, selector, text))
}

// remember takes note of every element of the page and of how everything but the named ones looks.
func remember(page *browsertest.Page, but string) {
	browsertest.Eval[bool](page, fmt.Sprintf(`(() => {
		window.looks = but => {
			const copy = document.documentElement.cloneNode(true);
			for (const e of copy.querySelectorAll(but)) e.remove();
			for (const e of copy.querySelectorAll("[class*=htmx-], [class*=live-]")) { // what htmx is doing at the moment, and what has just happened
				e.classList.remove("htmx-request", "htmx-swapping", "htmx-settling", "htmx-added", "live-enter", "live-change", "live-move");
			}
			for (const e of copy.querySelectorAll("[data-live=left]")) e.remove(); // it fades
			for (const e of copy.querySelectorAll("[data-live-announce]")) e.replaceChildren();
			return copy.outerHTML.replaceAll(' class=""', "").replace(/\s+/g, " "); // htmx leaves the attribute
		};
		window.but = %q;
		window.before = looks(but);
		window.elements = [...document.querySelectorAll("*")].filter(e => !e.closest(but));
		return true;
	})()`, but))
}

// untouched waits until everything that was remembered looks as it did, and fails the test if an element of it is not the
// very same any more.
func untouched(t *testing.T, page *browsertest.Page) {
	t.Helper()
	same := func() bool { return browsertest.Eval[bool](page, `looks(but) === before`) }
	for range 100 { // htmx may still take a class off
		if same() {
			break
		}
	}
	if !same() {
		t.Errorf("besides what was to change, this did: %s", browsertest.Eval[string](page, `(() => {
			const now = looks(but);
			let i = 0;
			while (now[i] === before[i]) i++;
			return before.slice(i - 60, i + 200) + "\n--- is now\n" + now.slice(i - 60, i + 200);
		})()`))
	}
	if n := browsertest.Eval[int](page, `elements.filter(e => !e.isConnected).length`); n > 0 {
		t.Errorf("%d elements of %s were replaced by others that look the same", n, page.URL())
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
