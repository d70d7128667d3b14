package livetest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/views"
)

// saidBy is what a test that runs story says when it fails, and whether it was ended by that.
func saidBy(t *testing.T, story func(t testing.TB)) (said string, ended bool) {
	t.Helper()
	f := &failing{TB: t}
	ended = !f.run(func() { story(f) })
	f.cleanUp()
	return strings.Join(f.said, "\n"), ended
}

func TestWhatEndsATest(t *testing.T) {
	for name, c := range map[string]struct {
		story func(p *livetest.Page)
		says  string
	}{
		"text of what is missing":    {func(p *livetest.Page) { p.Text("lost") }, "/tickets has no element #lost, only main news tickets ticket-1"},
		"text of no id":              {func(p *livetest.Page) { p.Text("") }, "/tickets has no element #, only main"},
		"rows of what is missing":    {func(p *livetest.Page) { p.Rows("lost") }, "no element #lost"},
		"HTML of what is missing":    {func(p *livetest.Page) { p.HTML("lost") }, "no element #lost"},
		"await of what is missing":   {func(p *livetest.Page) { p.Await("lost", "") }, "after 10s: /tickets has no element #lost"},
		"missing in a fresh page":    {func(p *livetest.Page) { p.Fresh().Text("lost") }, "no element #lost"},
		"await of another text":      {func(p *livetest.Page) { p.Await("count", "9 shown") }, `#count shows "2 shown", want "9 shown"`},
		"await of other rows":        {func(p *livetest.Page) { p.AwaitRows("tickets", "1 Printer") }, `the rows of #tickets are ["1 Printer" "2 Mouse (done)"], want ["1 Printer"]`},
		"await of what stays":        {func(p *livetest.Page) { p.AwaitGone("count") }, "there is still an element #count"},
		"await of an end":            {func(p *livetest.Page) { p.AwaitThat("the stream ends", p.Ended) }, "it does not hold that the stream ends"},
		"click on nothing":           {func(p *livetest.Page) { p.Click("Close") }, "there is none, only <a> All; <a> Open ones; <a#news> News; <button> Add"},
		"click on several":           {func(p *livetest.Page) { p.Click("main a") }, "there are several: <a> All; <a> Open ones"},
		"click without effect":       {func(p *livetest.Page) { p.Click("#count") }, "nothing happens"},
		"a form that is missing":     {func(p *livetest.Page) { p.Submit("#lost") }, `there is none, only <form id="add"`},
		"a field that is missing":    {func(p *livetest.Page) { p.Submit("#add", "name", "x") }, `the form has no field "name", only ["title"]`},
		"a choice that is missing":   {func(p *livetest.Page) { p.Submit("#by-hand", "kind", "x") }, `the field "kind" cannot be "x", only one of ["bug" "wish"]`},
		"an answer that is an error": {func(p *livetest.Page) { p.Goto("/lost") }, "GET http://app.example/lost is answered with 404, want 2xx"},
		"an error that is none":      {func(p *livetest.Page) { p.Expect(404).Goto("/news") }, "with 200, want 404"},
		"a link to elsewhere":        {func(p *livetest.Page) { p.Goto("//evil.example/") }, "leaves the application"},
		"await of what is not sent":  {func(p *livetest.Page) { p.AwaitRows("tickets", "3 Lamp") }, "nothing was sent since the page was loaded: is the topic that was published the one that the query follows?"},
		"await of a paused page":     {func(p *livetest.Page) { p.Pause(); p.Await("count", "9 shown") }, `want "9 shown"; the page is paused`},
		"await of a dropped page":    {func(p *livetest.Page) { p.Drop(); p.Await("count", "9 shown") }, "(the stream was dropped); nothing was sent since the page was loaded"},
		"await of more": {func(p *livetest.Page) {
			p.Submit("add", "title", "Lamp")
			p.Await("count", "3 shown")
			p.Await("count", "4 shown")
		}, `#count shows "3 shown", want "4 shown"; messages sent since the page was loaded: 1`},
		"a form that is none": {func(p *livetest.Page) { p.Submit("count") }, "it is no form: <p id=\"count\">"},
		"no stream to resume": {func(p *livetest.Page) { p.Goto("/news"); p.Pause(); p.Resume() }, "there is no stream to resume: the page has no connect element"},
		"no stream to drop":   {func(p *livetest.Page) { p.Goto("/news"); p.Drop() }, "no stream to drop: the page has no connect element"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				said, ended := saidBy(t, func(t testing.TB) { c.story(livetest.Open(t, newDesk(t, true), "/tickets")) })
				if !ended || !strings.Contains(said, c.says) {
					t.Errorf("the test says %q, want %q; ended: %v", said, c.says, ended)
				}
			})
		})
	}
}

func TestWhatFailsATest(t *testing.T) {
	for name, c := range map[string]struct {
		story func(t testing.TB, d *desk, p *livetest.Page)
		says  string
	}{
		"a message that should not be": {func(t testing.TB, d *desk, p *livetest.Page) {
			p.Quiet(func() { d.rename(t, 1, "Plotter") })
		}, "was sent 1 messages, want none; the first:\n<table><tr hx-swap-oob=\"true\" id=\"ticket-1\">"},
		"a message that was sent": {func(t testing.TB, d *desk, p *livetest.Page) {
			d.rename(t, 1, "Plotter")
			p.NothingSent()
		}, "was sent 1 messages"},
		"a page that is not fresh": {func(t testing.TB, d *desk, p *livetest.Page) {
			p.Drop()
			d.rename(t, 2, "Keyboard")
			p.EqualFresh()
		}, "the page of /tickets differs from a fresh load (the stream was dropped):\n  …\n              2\n            <td>\n-             Mouse (done)\n+             Keyboard (done)\n      <p id=\"count\">\n        2 shown\n"},
		"an element that is not fresh": {func(t testing.TB, d *desk, p *livetest.Page) {
			p.Drop()
			d.remove(t, 2)
			p.EqualFresh("count", "tickets")
		}, "#count of /tickets differs from a fresh load (the stream was dropped):\n  <p id=\"count\">\n-   2 shown\n+   1 shown\n"},
		"an element that is on no page": {func(_ testing.TB, _ *desk, p *livetest.Page) {
			p.EqualFresh("lost")
		}, "/tickets has 0 elements #lost, and a fresh one 0"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				said, _ := saidBy(t, func(t testing.TB) {
					d := newDesk(t, true)
					c.story(t, d, livetest.Open(t, d, "/tickets"))
				})
				if !strings.Contains(said, c.says) {
					t.Errorf("the test says\n%s\nwant\n%s", said, c.says)
				}
			})
		})
	}
}

// A fragment without a place on the page would be patched in vain.
func TestAPatchOfNothingFailsTheTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said, _ := saidBy(t, func(t testing.TB) {
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Accept") != "text/event-stream" {
					fmt.Fprint(w, `<div id="live" hx-ext="sse" sse-connect="/" sse-swap="message" hx-swap="none"></div>`)
					return
				}
				w.Header().Set("Content-Type", "text/event-stream")
				fmt.Fprint(w, "data: <p id=\"lost\" hx-swap-oob=\"true\"></p>\n\n")
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			})
			p := livetest.Open(t, handler, "/")
			p.AwaitThat("a message comes", func() bool { return len(p.Messages()) > 0 })
		})
		if want := "cannot apply a message: htmldom: outerHTML of [lost] found 0 elements"; !strings.Contains(said, want) {
			t.Errorf("the test says %q, want %q", said, want)
		}
	})
}

func TestAHandlerThatStaysFailsTheTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		said, _ := saidBy(t, func(t testing.TB) {
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Accept") != "text/event-stream" {
					fmt.Fprint(w, `<div id="live" hx-sse="connect:/ swap:message"></div>`)
					return
				}
				w.Header().Set("Content-Type", "text/event-stream")
				_ = http.NewResponseController(w).Flush()
				<-release
			})
			livetest.Open(t, handler, "/")
		})
		close(release)
		synctest.Wait()
		if want := "a handler still runs 10s after all pages were left"; !strings.Contains(said, want) {
			t.Errorf("the test says %q, want %q", said, want)
		}
	})
}

type heading struct{}

func (heading) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, `<h1 id="tickets">Tickets</h1>`)
	return err
}

// What SocketPage does not show cannot be read either.
func TestASocketPageHasNoTextOfWhatIsMissing(t *testing.T) {
	other := views.New(views.Block{ID: "tickets", Markup: views.Typed(func(int) views.Component { return heading{} })})
	keeper := live.NewKeeper(live.Config{})
	defer func() { _ = keeper.Close(context.Background()) }()
	for name, read := range map[string]func(p *livetest.SocketPage){
		"missing":         func(p *livetest.SocketPage) { p.Text("lost") },
		"missing, fresh":  func(p *livetest.SocketPage) { p.FreshText("lost") },
		"of another kind": func(p *livetest.SocketPage) { p.Text("tickets") },
		"fresh, the same": func(p *livetest.SocketPage) { p.FreshText("tickets") },
	} {
		t.Run(name, func(t *testing.T) {
			said, ended := saidBy(t, func(t testing.TB) {
				read(livetest.OpenSocket(t, keeper, live.SocketConfig{Session: "alice"}, func(s *live.Socket) error {
					_, err := live.Keep(s, "n", live.Query[int]{
						Fetch:     func(context.Context) (int, error) { return 1, nil },
						Fragments: []fragment.Fragment{livetest.Text("n", "n"), other},
					})
					return err
				}))
			})
			if !ended || !strings.Contains(said, `only ["n"]`) {
				t.Errorf("the test says %q; ended: %v", said, ended)
			}
		})
	}
}

// A paragraph of another kind looks like ours when it is loaded. What it shows after a patch cannot be read.
func TestASocketPageForgetsWhatItCannotFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keeper := live.NewKeeper(live.Config{})
		defer func() { _ = keeper.Close(context.Background()) }()
		rows := []int{}
		said, ended := saidBy(t, func(t testing.TB) {
			p := livetest.OpenSocket(t, keeper, live.SocketConfig{Session: "alice"}, func(s *live.Socket) error {
				_, err := live.Keep(s, "n", live.Query[[]int]{
					Fetch:     func(context.Context) ([]int, error) { return rows, nil },
					Subscribe: []string{"n"},
					Fragments: []fragment.Fragment{count},
				})
				return err
			})
			if got := p.Text("count"); got != "0 shown" {
				t.Errorf("the paragraph is %q", got)
			}
			rows = []int{1}
			_ = keeper.Publish(t.Context(), "n")
			synctest.Wait()
			p.Text("count")
		})
		if want := `the page has no fragment "count" of this package's kinds, only []`; !ended || !strings.Contains(said, want) {
			t.Errorf("the test says %q, want %q", said, want)
		}
	})
}
