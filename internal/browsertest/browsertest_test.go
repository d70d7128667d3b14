package browsertest_test

import (
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/browsertest"
)

var browser browsertest.Browser

func TestMain(m *testing.M) { goleak.VerifyTestMain(browser.Main(m)) }

// site is a server with one page whose body the test writes, and a stream at /events that says its number and stays.
type site struct {
	*httptest.Server
	streams atomic.Int32 // open now, as the server sees it
	asked   atomic.Int32
	full    chan struct{} // closed when a write to /flood found no room
}

func serve(t *testing.T, body string) *site {
	t.Helper()
	s := newSite(body)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func newSite(body string) *site {
	s := &site{full: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		who := "nobody"
		if cookie, err := r.Cookie("who"); err == nil {
			who = cookie.Value
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>test</title><p id=who>%s</p>\n%s", who, body)
	})
	mux.HandleFunc("GET /login/{who}", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "who", Value: r.PathValue("who"), Path: "/"})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /flood", s.flood)
	s.Server = httptest.NewUnstartedServer(mux)
	return s
}

func (s *site) events(w http.ResponseWriter, r *http.Request) {
	s.streams.Add(1)
	defer s.streams.Add(-1)
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(w, "data: %d\n\n", s.asked.Add(1))
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

// flood writes as fast as the page reads, and closes full when it stops reading.
func (s *site) flood(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	event := []byte("data: " + strings.Repeat("x", 64<<10) + "\n\n")
	out := http.NewResponseController(w)
	for r.Context().Err() == nil {
		_ = out.SetWriteDeadline(time.Now().Add(time.Second))
		if _, err := w.Write(event); err != nil {
			close(s.full)
			return
		}
	}
}

// failures is a test that only takes note of its failing.
type failures struct {
	testing.TB
	said []string
}

func (f *failures) Helper() {}
func (f *failures) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *failures) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(f)
}

// watched runs a test of its own and returns what it failed with.
func watched(t *testing.T, test func(testing.TB)) []string {
	t.Helper()
	f := &failures{TB: t}
	t.Run("inner", func(t *testing.T) {
		f.TB = t
		defer func() {
			if r := recover(); r != nil && r != any(f) {
				panic(r)
			}
		}()
		test(f)
	})
	return f.said
}

func TestPersonsHaveCookiesOfTheirOwn(t *testing.T) {
	s := serve(t, "")
	ada, bob := browser.Person(t), browser.Person(t)
	adas := ada.Open(s.URL + "/login/ada")
	bobs := bob.Open(s.URL)
	if got := adas.Text("#who") + " " + bobs.Text("#who") + " " + ada.Open(s.URL).Text("#who"); got != "ada nobody ada" {
		t.Fatalf("the pages belong to %q", got)
	}
	if cookies := ada.Cookies(); len(cookies) != 1 || cookies[0].Value != "ada" {
		t.Fatalf("ada's cookies: %v", cookies)
	}
	bob.SetCookies(s.URL, ada.Cookies()...)
	bobs.Reload()
	bobs.WaitForText("#who", "ada")
}

func TestTouch(t *testing.T) {
	s := serve(t, `
		<form><input id=name value="A"><select id=size><option value=s>small<option value=l>large</select></form>
		<div style="height: 3000px"></div>
		<button id=go>go</button><ul><li> one <li>two
		words</ul><p id=answer></p>
		<script>
			go.onclick = () => requestAnimationFrame(() => answer.textContent = name_.value + " " + size.value);
			const name_ = document.querySelector("#name");
		</script>`)
	page := browser.Person(t).Open(s.URL)
	page.Type("#name", "da & Söhne")
	page.Select("#size", "l")
	page.Click("#go")
	page.WaitForText("#answer", "Ada & Söhne l")
	if got := strings.Join(page.Texts("li"), "|"); got != "one|two words" {
		t.Errorf("the items say %q", got)
	}
	if page.Count("li") != 2 || page.Has("#nothing") || !strings.HasPrefix(page.HTML("#answer"), `<p id="answer">`) {
		t.Errorf("Count, Has or HTML: %d, %t, %s", page.Count("li"), page.Has("#nothing"), page.HTML("#answer"))
	}
}

func TestClickWaitsUntilNothingCovers(t *testing.T) {
	s := serve(t, `
		<button id=go onclick="answer.textContent = 'clicked'">go</button><p id=answer></p>
		<div id=cover style="position: fixed; inset: 0" onclick="answer.textContent = 'covered'"></div>
		<script>requestAnimationFrame(() => requestAnimationFrame(() => cover.remove()))</script>`)
	page := browser.Person(t).Open(s.URL)
	page.Click("#go")
	page.WaitForText("#answer", "clicked")
}

func TestHistory(t *testing.T) {
	s := serve(t, `<p id=at></p><script>
		const show = () => at.textContent = location.hash;
		addEventListener("popstate", show); show();
	</script>`)
	page := browser.Person(t).Open(s.URL)
	browsertest.Eval[any](page, `history.pushState({}, "", "#two")`)
	if got := page.URL(); got != s.URL+"/#two" {
		t.Fatalf("the address is %s", got)
	}
	page.Back()
	page.WaitForText("#at", "")
	page.Forward()
	page.WaitForText("#at", "#two")
}

func TestConsoleComplaintsFailTheTest(t *testing.T) {
	s := serve(t, `<script>
		console.log("harmless");
		console.error("looks %s", "bad", 7);
		Promise.reject(new Error("nobody caught this"));
		fetch("/no-such-thing");
		setTimeout(() => { throw new TypeError("thrown late") });
	</script>`)
	said := strings.Join(watched(t, func(t testing.TB) {
		page := browser.Person(t).Open(s.URL)
		page.AllowConsole("no-such-thing")
		wait(t, func() bool {
			all := strings.Join(page.Console(), "\n")
			return strings.Contains(all, "harmless") && strings.Contains(all, "no-such-thing") && strings.Contains(all, "thrown late")
		}, page)
	}), "\n")
	for _, want := range []string{"looks %s bad 7", "nobody caught this", "thrown late"} {
		if !strings.Contains(said, want) {
			t.Errorf("the test did not fail for %q, only for:\n%s", want, said)
		}
	}
	if strings.Contains(said, "harmless") || strings.Contains(said, "no-such-thing") {
		t.Errorf("the test failed for what is no complaint or allowed:\n%s", said)
	}
}

// wait asks again and again, with a question to the page in between, so it needs no clock.
func wait(t testing.TB, isSo func() bool, page *browsertest.Page) {
	t.Helper()
	for range 2000 {
		if isSo() {
			return
		}
		browsertest.Eval[any](page, `new Promise(requestAnimationFrame)`)
	}
	t.Fatalf("never so; the console says %q", page.Console())
}

func TestWaitForSaysWhatItSaw(t *testing.T) {
	s := serve(t, `<p id=p>still here</p>`)
	hasty := browsertest.Browser{Timeout: 300 * time.Millisecond}
	t.Cleanup(hasty.Close)
	said := strings.Join(watched(t, func(t testing.TB) {
		hasty.Person(t).Open(s.URL).WaitFor("the end", `document.querySelector("#gone").textContent`)
	}), "\n")
	for _, want := range []string{"the end", "null", "still here", s.URL} {
		if !strings.Contains(said, want) {
			t.Errorf("the failure does not mention %q:\n%s", want, said)
		}
	}
}

func TestStreams(t *testing.T) {
	for kind, open := range map[string]string{
		"EventSource": `(url) => { const s = new EventSource(url); return () => s.close() }`,
		"fetch": `(url) => { const a = new AbortController(); fetch(url, { signal: a.signal, headers: { Accept: "text/event-stream" } })
			.then(async (r) => { const reader = r.body.getReader(); while (!(await reader.read()).done); }).catch(() => {}); return () => a.abort() }`,
	} {
		t.Run(kind, func(t *testing.T) {
			s := serve(t, "<script>const open_ = "+open+"; let close_ = open_('/events?1'); onpagehide = () => close_()</script>")
			page := browser.Person(t).Open(s.URL)
			page.WaitForStreams(1)

			// Replaced: never two at a time.
			browsertest.Eval[any](page, `close_(); close_ = open_('/events?2')`)
			wait(t, func() bool { return len(page.Streams()) == 2 }, page)
			page.WaitForStreams(1)
			if peak := page.PeakStreams(); peak != 1 {
				t.Errorf("replacing the stream counts as %d at a time: %+v", peak, page.Streams())
			}

			// Doubled: that must not go unseen.
			browsertest.Eval[any](page, `close_2 = open_('/events?3')`)
			page.WaitForStreams(2)
			if peak := page.PeakStreams(); peak != 2 {
				t.Errorf("two streams count as %d at a time", peak)
			}
			browsertest.Eval[any](page, `close_2()`)
			page.WaitForStreams(1)

			// Left: what is open ends with its document.
			page.Navigate("about:blank")
			page.WaitForStreams(0)
			if all := page.Streams(); len(all) != 3 || !strings.HasSuffix(all[1].URL, "/events?2") || all[1].Status != 200 {
				t.Errorf("the streams were %+v", all)
			}
			wait(t, func() bool { return s.streams.Load() == 0 }, page)
		})
	}
}

// Tests of what a page does in the back/forward cache mean nothing in a browser without one.
func TestBackForwardCacheIsOn(t *testing.T) {
	s := serve(t, `<p id=way></p><script>
		new EventSource("/events");
		onpageshow = (event) => way.textContent = event.persisted ? "restored" : "loaded";
	</script>`)
	page := browser.Person(t).Open(s.URL)
	page.WaitForStreams(1)
	page.Navigate(s.URL + "/?second")
	page.WaitForStreams(1)
	if page.WaitForText("#way", "loaded"); s.streams.Load() != 2 {
		t.Errorf("%d streams are open, want those of the page shown and of the one in the cache", s.streams.Load())
	}
	page.Back()
	page.WaitForText("#way", "restored")
}

func TestClosedPageEndsItsStreams(t *testing.T) {
	s := serve(t, `<script>new EventSource("/events")</script>`)
	ada := browser.Person(t)
	first, second := ada.Open(s.URL), ada.Open(s.URL)
	second.WaitForStreams(1)
	first.WaitForStreams(1)
	first.Close()
	wait(t, func() bool { return s.streams.Load() == 1 }, second)
}

func TestManyPagesOfOnePersonOverHTTP2(t *testing.T) {
	s := newSite(`<script>new EventSource("/events")</script>`)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	ada := browser.Person(t)
	pages := make([]*browsertest.Page, 8) // two more than HTTP/1.1 has connections for
	for i := range pages {
		pages[i] = ada.Open(s.URL)
	}
	for _, page := range pages {
		page.WaitForStreams(1)
	}
	if s.streams.Load() != 8 {
		t.Errorf("the server has %d streams open, want 8", s.streams.Load())
	}
}

func TestScreenshot(t *testing.T) {
	s := serve(t, `<meta name=viewport content="width=device-width"><style>
		html { background: rgb(255, 255, 255) } p { display: none }
		@media (prefers-color-scheme: dark) { html { background: rgb(0, 0, 0) } }
	</style>`)
	page := browser.Person(t).Open(s.URL)
	for name, want := range map[string]struct {
		dark  bool
		shade uint32
	}{"light": {false, 0xffff}, "dark": {true, 0}} {
		path := filepath.Join(t.TempDir(), "folder", name+".png")
		page.Screenshot(path, 390, 844, want.dark)
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		if size := picture.Bounds().Size(); size.X != 390 || size.Y != 844 {
			t.Errorf("%s: the picture is %v", name, size)
		}
		if shade, _, _, _ := picture.At(100, 400).RGBA(); shade != want.shade {
			t.Errorf("%s: the background is %x, want %x", name, shade, want.shade)
		}
	}
	if width := browsertest.Eval[int](page, `innerWidth`); width == 390 {
		t.Error("the page still has the picture's screen")
	}
}

func TestHiddenPage(t *testing.T) {
	s := serve(t, `<script>const seen = []; document.onvisibilitychange = () => seen.push(document.visibilityState)</script>`)
	ada := browser.Person(t)
	page, other := ada.Open(s.URL), ada.Open(s.URL)
	page.Hide()
	if !browsertest.Eval[bool](other, `!document.hidden`) {
		t.Error("hiding one window hid another")
	}
	page.Show()
	page.WaitFor("both changes", `seen.join() === "hidden,visible"`)
}

func TestStalledPageStopsReading(t *testing.T) {
	s := serve(t, `<p id=n>0</p><script>
		const source = new EventSource("/flood");
		source.onmessage = () => n.textContent++;
		source.onerror = () => source.close();
	</script>`)
	page := browser.Person(t).Open(s.URL)
	page.WaitFor("some of the flood", `n.textContent > 10`)
	page.Stall()
	select {
	case <-s.full:
	case <-time.After(30 * time.Second):
		t.Fatal("a stalled page went on reading")
	}
	page.AllowConsole("ERR_INCOMPLETE_CHUNKED_ENCODING")
	page.Resume()
	page.WaitForStreams(0)
}
