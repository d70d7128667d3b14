package browsertest_test

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/browsertest"
)

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

func TestPagesWithoutScriptsAndWithLessMotion(t *testing.T) {
	s := serve(t, `<p id="script">off</p><script>document.querySelector("#script").textContent = "on"</script>`)
	page := browser.Person(t).Open(s.URL)
	const less = `matchMedia("(prefers-reduced-motion: reduce)").matches`
	if page.Text("#script") != "on" || browsertest.Eval[bool](page, less) {
		t.Error("a page begins without scripts or with less motion")
	}
	page.LessMotion()
	page.WaitFor("less motion", less)
	page.NoScripts()
	page.Reload()
	page.WaitForText("#script", "off")
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
