package browsertest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/browsertest"
)

// inEach runs a test in every engine.
func inEach(t *testing.T, test func(t *testing.T, in *browsertest.Browser)) {
	for _, engine := range browsertest.Engines() {
		t.Run(string(engine), func(t *testing.T) { test(t, browser.In(engine)) })
	}
}

func TestEveryEngineOpensEvaluatesAndClicks(t *testing.T) {
	s := serve(t, `<button id=go onclick="answer.textContent = 'clicked'">go</button><p id=answer></p>`)
	inEach(t, func(t *testing.T, in *browsertest.Browser) {
		page := in.Person(t).Open(s.URL)
		if got := browsertest.Eval[int](page, `Promise.resolve(6 * 7)`); got != 42 {
			t.Errorf("the answer is %d", got)
		}
		if browsertest.Eval[any](page, `undefined`) != nil {
			t.Error("undefined is something")
		}
		page.Click("#go")
		page.WaitForText("#answer", "clicked")
		page.Reload()
		page.WaitForText("#answer", "")
		if !browsertest.Eval[bool](page, `!document.hidden`) {
			t.Error("the page is hidden")
		}
	})
}

func TestEveryEngineSaysWhatWasThrown(t *testing.T) {
	s := serve(t, "")
	inEach(t, func(t *testing.T, in *browsertest.Browser) {
		said := strings.Join(watched(t, func(t testing.TB) {
			page := in.Person(t).Open(s.URL)
			browsertest.Eval[any](page, `document.querySelector("#nothing").textContent`)
		}), "\n")
		if !strings.Contains(said, "#nothing") || !strings.Contains(said, "null") {
			t.Errorf("the test failed with %q", said)
		}
	})
}

func TestEveryEngineHasPersons(t *testing.T) {
	s := serve(t, "")
	inEach(t, func(t *testing.T, in *browsertest.Browser) {
		ada, bob := in.Person(t), in.Person(t)
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
	})
}

// A hand presses, holds, drags and types.
func TestEveryEngineHasHands(t *testing.T) {
	s := serve(t, `<input id=name value=A><button id=go>go</button> <button id=there>there</button><p id=did></p><script>
		const note = (what) => did.textContent += what + " ";
		let since;
		go.onmousedown = () => { since = performance.now(); note("down") };
		go.onclick = () => note("held:" + (performance.now() - since >= 90));
		there.onmouseup = () => note("dropped");
		document.querySelector("#name").onkeydown = (event) => { if (event.key === "Enter") note(event.target.value) };
	</script>`)
	inEach(t, func(t *testing.T, in *browsertest.Browser) {
		page := in.Person(t).Open(s.URL)
		page.ClickFor("#go", 100*time.Millisecond)
		page.WaitForText("#did", "down held:true")
		page.MouseDown("#go")
		page.MouseTo("#there")
		page.MouseUp()
		page.WaitForText("#did", "down held:true down dropped")
		page.Type("#name", "da & Söhne\r")
		page.WaitForText("#did", "down held:true down dropped Ada & Söhne")
	})
}

func TestEveryEngineHasHistory(t *testing.T) {
	s := serve(t, `<p id=at></p><script>at.textContent = location.search</script>`)
	inEach(t, func(t *testing.T, in *browsertest.Browser) {
		page := in.Person(t).Open(s.URL)
		page.Navigate(s.URL + "/?two")
		page.WaitForText("#at", "?two")
		page.Back()
		page.WaitForText("#at", "")
		page.Forward()
		page.WaitForText("#at", "?two")
		if got := page.URL(); got != s.URL+"/?two" {
			t.Errorf("the address is %s", got)
		}
	})
}

func TestEveryEngineCountsStreamsOrSaysThatItCannot(t *testing.T) {
	s := serve(t, `<script>let source = new EventSource("/events?1")</script>`)
	inEach(t, func(t *testing.T, in *browsertest.Browser) {
		page := in.Person(t).Open(s.URL)
		page.WaitForStreams(1)
		wait(t, func() bool { return s.streams.Load() == 1 }, page)
		if page.Can(browsertest.CountStreams) {
			browsertest.Eval[any](page, `(source.close(), source = new EventSource("/events?2"), 0)`)
			wait(t, func() bool { return len(page.Streams()) == 2 }, page)
			page.WaitForStreams(1)
			browsertest.Eval[any](page, `(other = new EventSource("/events?3"), 0)`)
			page.WaitForStreams(2)
			page.Navigate(s.URL + "/?again")
			page.WaitForStreams(1)
		}
		page.Close()
		wait(t, func() bool { return s.streams.Load() == 0 }, in.Person(t).Open("about:blank"))
	})
}

func TestEveryEngineThatReadsTheConsoleFailsForIt(t *testing.T) {
	s := serve(t, `<script>
		console.log("harmless");
		console.error("looks", "bad", 7);
		Promise.reject(new Error("nobody caught this"));
		setTimeout(() => { throw new TypeError("thrown late") });
	</script>`)
	inEach(t, func(t *testing.T, in *browsertest.Browser) {
		said := strings.Join(watched(t, func(t testing.TB) {
			page := in.Person(t).Open(s.URL)
			if page.Can(browsertest.ReadConsole) {
				wait(t, func() bool { return strings.Contains(strings.Join(page.Console(), "\n"), "thrown late") }, page)
			}
		}), "\n")
		for _, want := range []string{"looks bad 7", "nobody caught this", "thrown late"} {
			if browsertest.Engine.Can(in.Engine, browsertest.ReadConsole) != strings.Contains(said, want) {
				t.Errorf("the test did not fail for %q, or did, only for:\n%s", want, fmt.Sprint(said))
			}
		}
	})
}
