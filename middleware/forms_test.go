package middleware_test

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// The forms of docs/forms.md, on the page of a list and on that of one note. The form of kind K is #K.
var formTmpl = template.Must(template.New("").Funcs(template.FuncMap{
	"pageForm": func(url string) template.HTMLAttr { return views.PageForm(url, "") },
}).Parse(`
{{define "list"}}<!doctype html><html lang="en"><head><title>Notes</title><link rel="icon" href="data:,">{{.Live.Scripts}}</head><body>
<main id="main"><p id="flash">{{call .Data.Flash}}</p><b class="own">the page itself</b><ul id="notes">{{.Live.Fragment "notes"}}</ul></main>
<p id="said" role="status">{{call .Data.Flash}}</p>
<div id="forms">
{{template "note-form" .Data}}
<form id="plain" method="post" action="{{.Data.Path}}"><input name="text"><button>Add</button></form>
<form id="boosted" hx-boost="true" method="post" action="{{.Data.Path}}"><input name="text"><button>Add</button></form>
<form id="outer" method="post" action="{{.Data.Path}}" hx-post="{{.Data.Path}}" hx-target="#main" hx-select="#main" hx-swap="outerHTML"><input name="text"><button>Add</button></form>
<form id="list-only" method="post" action="{{.Data.Path}}" hx-post="{{.Data.Path}}" hx-target="#notes" hx-select="#notes" hx-swap="outerHTML"><input name="text"><button>Add</button></form>
<form id="body" method="post" action="{{.Data.Path}}" hx-post="{{.Data.Path}}" hx-target="body" hx-push-url="true"><input name="text"><button>Add</button></form>
<button id="peek" hx-get="{{.Data.Path}}/1" hx-target="#dialog" hx-select="#note" hx-swap="innerHTML">Peek</button>
<button id="again" hx-get="{{.Data.Path}}?q=none" hx-target="#dialog" hx-select=".own" hx-swap="innerHTML">Again</button>
<form id="elsewhere" method="post" action="{{.Data.Path}}?open=1" hx-post="{{.Data.Path}}?open=1" hx-target="#main" hx-select="#main" hx-select-oob="#said:innerHTML" hx-swap="outerHTML"><input name="text"><button>Add</button></form>
<form id="upload" method="post" action="{{.Data.Path}}" enctype="multipart/form-data" hx-post="{{.Data.Path}}" hx-encoding="multipart/form-data" hx-target="#main" hx-select="#main" hx-swap="outerHTML"><input name="text"><input type="file" name="file"><button>Add</button></form>
<form id="find" {{pageForm .Data.Path}}>
<input type="search" name="q"><button>Search</button>
<button id="inside" type="button" hx-get="{{.Data.Path}}/1" hx-headers='{"HX-Live":""}' hx-target="#dialog" hx-select="#note" hx-swap="innerHTML" hx-push-url="false">Preview</button>
</form>
<div id="dialog"></div></div>
{{.Live.Connect}}</body></html>{{end}}
{{define "note-form"}}<form id="note-form" method="post" action="{{.Path}}" hx-post="{{.Path}}" hx-target="#main" hx-select="#main" hx-swap="outerHTML" hx-select-oob="#said:innerHTML"{{if .Wrong}} hx-swap-oob="true"{{end}}>
<input name="text" value="{{.Text}}">{{with .Wrong}}<span class="wrong">{{.}}</span>{{end}}<button>Add</button>
</form>{{end}}
{{define "one"}}<!doctype html><html lang="en"><head><title>Note</title><link rel="icon" href="data:,">{{.Live.Scripts}}</head><body>
<main id="main"><p id="flash">{{call .Data.Flash}}</p><p id="note">note {{.Data.ID}}</p><ul id="notes">{{.Live.Fragment "notes"}}</ul></main>
<p id="said" role="status">{{call .Data.Flash}}</p>
{{.Live.Connect}}</body></html>{{end}}`))

// formData is what the template of a form is given.
type formData struct {
	ID, Path, Text, Wrong string

	Flash func() string
}

// forms adds /notes/CLIENT with its forms, and /notes/CLIENT/N.
func (a *app) forms(t *testing.T) {
	t.Helper()
	dir, err := nodemodules.Dir()
	if err != nil {
		t.Fatal(err)
	}
	for _, client := range views.Clients() {
		for _, file := range client.Files() {
			name, rest, _ := strings.Cut(file, "/")
			a.echo.File("/"+file, filepath.Join(dir, name, "dist", filepath.FromSlash(rest)))
		}
	}
	a.echo.GET("/notes/:client", func(c echo.Context) error { return a.showForms(c, "list", a.notes.list) })
	a.echo.GET("/notes/:client/:id", func(c echo.Context) error { return a.showForms(c, "one", a.notes.all) })
	a.echo.POST("/notes/:client", a.addNote)
}

func pathOfForms(c echo.Context) string { return "/notes/" + c.Param("client") }

// all are the notes for those who may always see them.
func (n *notes) all(context.Context) ([]note, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.rows), nil
}

func (a *app) showForms(c echo.Context, name string, fetch func(context.Context) ([]note, error)) error {
	q := c.QueryParam("q")
	if _, err := live.KeepList(middleware.Socket(c), "notes", live.ListQuery[note, int]{
		Fetch: func(ctx context.Context) ([]note, error) {
			rows, err := fetch(ctx)
			return slices.DeleteFunc(rows, func(n note) bool { return !strings.Contains(n.Text, q) }), err
		},
		Key: func(n note) int { return n.ID }, Results: live.ResultsLose,
		Subscribe: []string{"notes"}, Fragments: []fragment.Fragment{noteRows},
	}); err != nil {
		return err
	}
	return middleware.Render(c, http.StatusOK, views.Template(formTmpl, name, formData{
		ID: c.Param("id"), Path: pathOfForms(c),
		Flash: func() string { return takeFlash(c) },
	}))
}

// takeFlash is the message that the form before left. The template calls it, so that only a page that shows it takes it.
func takeFlash(c echo.Context) string {
	cookie, err := c.Cookie("flash")
	if err != nil {
		return ""
	}
	c.SetCookie(&http.Cookie{Name: "flash", Path: "/", MaxAge: -1})
	return cookie.Value
}

func (a *app) addNote(c echo.Context) error {
	text := c.FormValue("text")
	if text == "" {
		return a.answerInvalid(c, formData{Path: pathOfForms(c), Text: text, Wrong: "A note needs a text."})
	}
	if file, err := c.FormFile("file"); err == nil {
		content, err := file.Open()
		if err != nil {
			return err
		}
		defer content.Close()
		all, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		text += fmt.Sprintf(" with %s: %s", file.Filename, all)
	}
	a.notes.mu.Lock()
	a.notes.rows = append(a.notes.rows, note{len(a.notes.rows) + 1, text})
	id := len(a.notes.rows)
	a.notes.mu.Unlock()
	if err := a.keeper.Publish(c.Request().Context(), "notes"); err != nil {
		return err
	}
	c.SetCookie(&http.Cookie{Name: "flash", Value: "added", Path: "/"})
	to := pathOfForms(c)
	if c.QueryParam("open") != "" {
		to = fmt.Sprint(to, "/", id)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// answerInvalid shows the form again with what is wrong with it: in the place of the one on the page, or on a page of its own.
func (a *app) answerInvalid(c echo.Context, form formData) error {
	status := http.StatusUnprocessableEntity
	if c.Request().Header.Get("HX-Request") == "true" {
		status = http.StatusOK // htmx 1.9 and 2 swap no 422
		c.Response().Header().Set("HX-Reswap", "none")
	}
	var b bytes.Buffer
	if err := formTmpl.ExecuteTemplate(&b, "note-form", form); err != nil {
		return err
	}
	return c.HTMLBlob(status, b.Bytes())
}

const noteTexts = `[...document.querySelectorAll("#notes li")].map(n => n.textContent).join(" ")`

// kinds are the ways in which a form is sent that is answered with a 303 to the live page.
var kinds = []string{"note-form", "plain", "boosted", "outer", "list-only", "body", "upload"}

// openForms opens the page of the forms for a client, without scripts if that is wanted. There is one note, "one".
func openForms(t *testing.T, client views.Client, scripts bool) (*app, *browsertest.Page) {
	t.Helper()
	a := newApp(t, middleware.Config{Client: clientOfPath})
	a.forms(t)
	a.notes.set(note{1, "one"})
	page := browser.Person(t).Open(a.URL + "/notes/" + string(client) + "?x=1")
	if scripts {
		page.WaitForStreams(1)
	} else {
		page.NoScripts()
		page.Reload()
		page.WaitForStreams(0)
	}
	return a, page
}

// send fills in the form of a kind and sends it. It returns the note that the form makes.
func send(page *browsertest.Page, kind string) string {
	page.Type("#"+kind+" input", "two")
	want := "two"
	if kind == "upload" {
		browsertest.Eval[any](page, `{
			const files = new DataTransfer();
			files.items.add(new File(["hello"], "a.txt"));
			document.querySelector("#upload [type=file]").files = files.files;
		}`)
		want = "two with a.txt: hello"
	}
	page.Click("#" + kind + " button")
	return want
}

// However a form is sent that is answered with a 303 to the live page: it ends with the whole page as it should be, flash
// message included, at its address, with one stream that goes on where the answer ends.
func TestAFormEndsOnALivePage(t *testing.T) {
	for _, client := range views.Clients() {
		for _, kind := range kinds {
			t.Run(string(client)+" "+kind, func(t *testing.T) {
				a, page := openForms(t, client, true)
				want := send(page, kind)
				page.WaitFor("the new note", noteTexts+` === "one `+want+`"`)
				if kind != "list-only" {
					page.WaitFor("the flash message", `document.querySelector("#flash").textContent === "added"`)
				}
				if kind == "note-form" {
					page.WaitFor("the flash message beside it", `document.querySelector("p#said[role=status]").textContent === "added"`)
				}
				page.WaitFor("the address", `location.search === "" && location.pathname === "/notes/`+string(client)+`"`)
				page.WaitForStreams(1)
				a.change(t, note{1, "uno"}, note{2, "two"}, note{3, "three"})
				page.WaitFor("what comes then", noteTexts+` === "uno two three"`)
				if page.Count("#live") != 1 || page.Count("#main") != 1 || page.Count("#said") != 1 {
					t.Errorf("the page is %s", page.HTML("body"))
				}
				page.Reload()
				if got := page.Text("#flash") + page.Text("#said"); got != "" {
					t.Errorf("the flash message is seen twice: %q", got)
				}
			})
		}
	}
}

// The same forms in a browser that runs no scripts.
func TestAFormNeedsNoScripts(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			a, page := openForms(t, client, false)
			at := page.URL()
			for _, kind := range append(slices.Clone(kinds), "elsewhere") {
				a.notes.set(note{1, "one"})
				page.Navigate(at)
				want := send(page, kind)
				page.WaitFor("the new note after "+kind, noteTexts+` === "one `+want+`"`)
				page.WaitFor("the flash message", `document.querySelector("#flash").textContent === "added"`)
				if page.Has("#note") != (kind == "elsewhere") {
					t.Errorf("%s leads to %s", kind, page.URL())
				}
				page.Reload()
				page.WaitFor("no flash message", `document.querySelector("#flash").textContent === ""`)
			}
			page.Navigate(at)
			page.AllowConsole("422")
			page.Click("#note-form button")
			page.WaitForText("#note-form .wrong", "A note needs a text.")
			page.Type("#note-form input", "three")
			page.Click("#note-form button")
			page.WaitFor("the note", noteTexts+` === "one two three"`)
			page.Type("#find input", "t")
			page.Click("#find button")
			page.WaitFor("what is found", noteTexts+` === "two three" && location.search === "?q=t"`)
			page.WaitForStreams(0)
		})
	}
}

// What is shown of another live page is followed when it takes the place of the page, and is not when it stands in a dialog.
func TestWhichStreamFollowsWhatHtmxSwapsIn(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			a, page := openForms(t, client, true)
			page.PeakStreams()
			page.Click("#peek")
			page.WaitForText("#dialog", "note 1")
			page.Click("#again") // of the page's own address
			page.WaitForText("#dialog", "the page itself")
			a.change(t, note{1, "uno"})
			page.WaitFor("the page's own stream", noteTexts+` === "uno"`)
			if n := len(page.Streams()); n != 1 {
				t.Errorf("a dialog opened a stream: %d", n)
			}
			send(page, "elsewhere")
			page.WaitFor("the other page", `document.querySelector("#main #note").textContent === "note 2" && location.pathname === "/notes/`+string(client)+`/2"`)
			page.WaitFor("the flash message", `document.querySelector("#said").textContent === "added" && document.title === "Note"`)
			a.change(t, note{1, "one"}, note{2, "two"}, note{3, "three"})
			page.WaitFor("its stream", noteTexts+` === "one two three"`)
			page.WaitForStreams(1)
			streams := page.Streams()
			if last := streams[len(streams)-1].URL; !strings.Contains(last, "/notes/"+string(client)+"/2?") {
				t.Errorf("the last stream is %s", last)
			}
		})
	}
}

// A page whose stream was ended for good has no connect element any more. A form on it that leads to another live page
// still ends with one that follows.
func TestAFormLeadsOutOfAPageThatHasEnded(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			a, page := openForms(t, client, true)
			a.notes.broken(live.ErrForbidden)
			a.change(t, note{1, "one"})
			page.WaitFor("the end", `!document.getElementById("live")`)
			page.WaitForStreams(0)
			page.AllowConsole("oobErrorNoTarget") // what is to be deleted is not there
			send(page, "elsewhere")
			page.WaitFor("the other page", noteTexts+` === "one two" && location.pathname === "/notes/`+string(client)+`/2"`)
			page.WaitForStreams(1)
			a.change(t, note{1, "uno"}, note{2, "two"})
			page.WaitFor("what comes then", noteTexts+` === "uno two"`)
			if page.Count("#live") != 1 {
				t.Errorf("the page is %s", page.HTML("body"))
			}
		})
	}
}

// A form that is filled in wrong comes back with what was typed and a message, and the rest of the page stays.
func TestAFormThatIsFilledInWrong(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			_, page := openForms(t, client, true)
			page.Type("#plain input", "half a")
			page.Click("#note-form button")
			page.WaitForText("#note-form .wrong", "A note needs a text.")
			page.WaitFor("the rest of the page", noteTexts+` === "one" && document.querySelector("#plain input").value === "half a"`)
			page.Type("#note-form input", "two")
			page.Click("#note-form button")
			page.WaitFor("the new note", noteTexts+` === "one two"`)
			page.WaitForStreams(1)
		})
	}
}

// A search changes the state of the page and nothing else. What a button inside the form asks for is no page change.
func TestASearchIsAPageChange(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			a, page := openForms(t, client, true)
			page.Type("#plain input", "half a")
			page.Click("#inside")
			page.WaitForText("#dialog", "note 1")
			page.Type("#find input", "t")
			page.Click("#find button")
			page.WaitFor("what is found", noteTexts+` === "" && location.search === "?q=t"`)
			page.WaitForStreams(1)
			a.change(t, note{1, "one"}, note{2, "two"}, note{3, "three"})
			page.WaitFor("what comes then", noteTexts+` === "two three"`)
			page.WaitFor("the rest of the page", `document.querySelector("#plain input").value === "half a" && document.querySelector("#dialog").textContent === "note 1"`)
			page.Back()
			page.WaitFor("the page before", noteTexts+` === "one two three" && location.search === "?x=1"`)
			page.WaitForStreams(1)
		})
	}
}

// Between a form's answer and the page that it leads to, a stream may be opened or the page changed: that shows no flash
// message and takes none. The page shows what the form has done.
func TestAFlashMessageIsTakenByThePageThatShowsIt(t *testing.T) {
	a := newApp(t, middleware.Config{Client: clientOfPath})
	a.forms(t)
	for i := range 5 {
		text := fmt.Sprintf("note number %d", i)
		res, err := a.client.PostForm(a.URL+"/notes/2", url.Values{"text": {text}})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != "/notes/2" {
			t.Fatalf("%d to %q", res.StatusCode, to)
		}
		a.stream(t, "/notes/2").Next()
		a.get(t, "/notes/2?x=1", "HX-Request", "true", "HX-Live", "page")
		if got := a.get(t, "/notes/2").html; !strings.Contains(got, `<p id="flash">added</p>`) || !strings.Contains(got, text) {
			t.Errorf("the form leads to %s", got)
		}
		if got := a.get(t, "/notes/2").html; strings.Contains(got, "added") {
			t.Errorf("and then to %s", got)
		}
	}
	res, err := a.client.PostForm(a.URL+"/notes/2", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a form that is filled in wrong: %d", res.StatusCode)
	}
}
