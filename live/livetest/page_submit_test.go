package livetest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestLoginBySubmit(t *testing.T) {
	inBubbleAndOutside(t, func(t *testing.T) {
		d := newDesk(t, false)
		b := livetest.NewBrowser(t, d)
		p := b.Open("/tickets")
		if p.URL() != "/login" {
			t.Fatalf("without a login the page is %s", p.URL())
		}
		p.Submit("form", "agent", "ben")
		if p.URL() != "/tickets" || b.Cookie("/", "agent") != "ben" {
			t.Errorf("the login leads to %s, as %q", p.URL(), b.Cookie("/", "agent"))
		}
		p.AwaitRows("tickets", "1 Printer", "2 Mouse (done)")

		ann := livetest.NewBrowser(t, d).Open("/tickets")
		ann.Click("Ann")
		ann.Submit("#add", "title", "Screen")
		p.AwaitRows("tickets", "1 Printer", "2 Mouse (done)", "3 Screen")
	})
}

func TestAFormIsSentByHTMX(t *testing.T) {
	inBubbleAndOutside(t, func(t *testing.T) {
		d := newDesk(t, true)
		p := livetest.Open(t, d, "/tickets?htmx=4")
		p.Expect(http.StatusUnprocessableEntity).Submit("#add", "title", " ")
		if got := p.Text("wrong"); got != "Write something." {
			t.Errorf("the form says %q", got)
		}
		p.Submit("#add", "title", "Screen")
		if p.Has("wrong") || p.Status() != http.StatusOK || p.URL() != "/tickets?htmx=4" {
			t.Errorf("after the form: %d %s %s", p.Status(), p.URL(), p.HTML("add"))
		}
		p.AwaitRows("tickets", "1 Printer", "2 Mouse (done)", "3 Screen")
		p.AwaitFresh()
	})
}

// Of the page that a form's answer leads to, htmx takes what the form selects, and leaves the rest of the page as it is.
func TestOfAnAnswerTheFormSelectsWhatIsSwapped(t *testing.T) {
	sent := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			sent++
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		_, _ = fmt.Fprintf(w, `<title>%[1]d sent</title><main id="main"><b id="n">%[1]d</b><form id="add" method="post" action="/" hx-post="/"
			hx-target="#main" hx-select="#main" hx-select-oob="#said:innerHTML, #whole" hx-swap="outerHTML"></form></main>
			<p id="said" class="at-%[1]d">said %[1]d</p><p id="whole" class="at-%[1]d"></p><p id="rest">rest %[1]d</p>`, sent)
	})
	p := livetest.Open(t, handler, "/")
	p.Submit("add")
	if p.Text("n") != "1" || p.Text("said") != "said 1" || p.Text("rest") != "rest 0" || p.Title() != "1 sent" {
		t.Errorf("the page is %s: %s", p.Title(), p.Body())
	}
	if said, whole := p.HTML("said"), p.HTML("whole"); !strings.Contains(said, "at-0") || !strings.Contains(whole, "at-1") {
		t.Errorf("swapped are %s and %s", said, whole)
	}
	p.Submit("add")
	if p.Text("n") != "2" {
		t.Errorf("the form that was swapped in leads to %s", p.HTML("main"))
	}
}

// htmx 1.9 and 2 drop the answers of errors, unless the page says otherwise.
func TestErrorsAreSwappedIfThePageSaysSo(t *testing.T) {
	d := newDesk(t, true)
	for _, swap := range []bool{false, true} {
		b := livetest.NewBrowser(t, d)
		b.SwapErrors = swap
		p := b.Open("/tickets")
		p.Expect(http.StatusUnprocessableEntity).Submit("#add")
		if p.Has("wrong") != swap {
			t.Errorf("SwapErrors %v: the form is %s", swap, p.HTML("add"))
		}
	}
}

func TestAFormIsSentByHand(t *testing.T) {
	inBubbleAndOutside(t, func(t *testing.T) {
		d := newDesk(t, true)
		p := livetest.Open(t, d, "/tickets?state=all")
		p.Submit("#by-hand", "title", "Screen", "urgent", "on")
		if p.URL() != "/tickets?added=3" {
			t.Errorf("the redirect led to %s", p.URL())
		}
		p.Submit("#by-hand", "title", "Cable", "kind", "bug", "text", "")
		p.Expect(http.StatusUnprocessableEntity).Click("Use a template")
		p.Goto("/tickets")
		p.Submit("#by-hand", "title", "Lamp", "preset", "*")
		p.AwaitRows("tickets", "1 Printer", "2 Mouse (done)", "3 Screen [wishon] two|lines", "4 Cable [bug]", "5 Lamp [wish*] two|lines")
	})
}

// A bare id names a form and what is clicked, as everywhere else, before a text and a selector do.
func TestABareIDNamesAnElement(t *testing.T) {
	inBubbleAndOutside(t, func(t *testing.T) {
		p := livetest.Open(t, newDesk(t, true), "/tickets")
		p.Submit("add", "title", "Screen")
		p.AwaitRows("tickets", "1 Printer", "2 Mouse (done)", "3 Screen")
		p.Click("news")
		if p.URL() != "/news" {
			t.Errorf("the click leads to %s", p.URL())
		}
	})
}

func TestIDsComeBeforeTextsAndSelectors(t *testing.T) {
	page := `<p id="twice"></p><p id="twice"></p><a href="/text">form</a> <a href="/twice">twice</a> <a id="form" href="/id">Form</a>`
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page) })
	for what, want := range map[string]string{"form": "/id", "twice": "/twice", "a[href=/text]": "/text"} {
		p := livetest.Open(t, handler, "/")
		p.Click(what)
		if p.URL() != want {
			t.Errorf("Click(%q) leads to %s, want %s", what, p.URL(), want)
		}
	}
}
