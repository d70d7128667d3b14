package browsertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
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
