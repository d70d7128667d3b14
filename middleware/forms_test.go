package middleware_test

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// The forms of docs/forms.md, on the page of a list and on that of one note. The form of kind K is #K.
var formTmpl = template.Must(template.New("").Parse(`
{{define "list"}}<!doctype html><html lang="en"><head><title>Notes</title><link rel="icon" href="data:,">{{.Live.Scripts}}</head><body>
<main id="main"><p id="flash">{{.Data.Flash}}</p><ul id="notes">{{.Live.Fragment "notes"}}</ul></main>
<div id="forms">
{{template "note-form" .Data}}
<form id="plain" method="post" action="{{.Data.Path}}"><input name="text"><button>Add</button></form>
<form id="boosted" hx-boost="true" method="post" action="{{.Data.Path}}"><input name="text"><button>Add</button></form>
<form id="outer" method="post" action="{{.Data.Path}}" hx-post="{{.Data.Path}}" hx-target="#main" hx-select="#main" hx-swap="outerHTML"><input name="text"><button>Add</button></form>
<form id="list-only" method="post" action="{{.Data.Path}}" hx-post="{{.Data.Path}}" hx-target="#notes" hx-select="#notes" hx-swap="outerHTML"><input name="text"><button>Add</button></form>
<form id="body" method="post" action="{{.Data.Path}}" hx-post="{{.Data.Path}}" hx-target="body" hx-push-url="true"><input name="text"><button>Add</button></form>
<button id="peek" hx-get="{{.Data.Path}}/1" hx-target="#dialog" hx-select="#note" hx-swap="innerHTML">Peek</button>
<form id="elsewhere" method="post" action="{{.Data.Path}}" hx-post="{{.Data.Path}}?open=1" hx-target="#main" hx-select="#main" hx-swap="outerHTML"><input name="text"><button>Add</button></form>
<form id="upload" method="post" action="{{.Data.Path}}" enctype="multipart/form-data" hx-post="{{.Data.Path}}" hx-encoding="multipart/form-data" hx-target="#main" hx-select="#main" hx-swap="outerHTML"><input name="text"><input type="file" name="file"><button>Add</button></form>
<div id="dialog"></div></div>
{{.Live.Connect}}</body></html>{{end}}
{{define "note-form"}}<form id="note-form" method="post" action="{{.Path}}" hx-post="{{.Path}}" hx-target="#main" hx-select="#main" hx-swap="outerHTML"{{if .Wrong}} hx-swap-oob="true"{{end}}>
<input name="text" value="{{.Text}}">{{with .Wrong}}<span class="wrong">{{.}}</span>{{end}}<button>Add</button>
</form>{{end}}
{{define "one"}}<!doctype html><html lang="en"><head><title>Note</title><link rel="icon" href="data:,">{{.Live.Scripts}}</head><body>
<main id="main"><p id="note">note {{.Data}}</p><ul id="notes">{{.Live.Fragment "notes"}}</ul></main>{{.Live.Connect}}</body></html>{{end}}`))

// formData is what the template of a form is given.
type formData struct{ Path, Flash, Text, Wrong string }

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
	a.echo.GET("/notes/:client", func(c echo.Context) error {
		return a.showForms(c, "list", formData{Path: pathOfForms(c), Flash: takeFlash(c)})
	})
	a.echo.GET("/notes/:client/:id", func(c echo.Context) error { return a.showForms(c, "one", c.Param("id")) })
	a.echo.POST("/notes/:client", a.addNote)
}

func pathOfForms(c echo.Context) string { return "/notes/" + c.Param("client") }

func (a *app) showForms(c echo.Context, name string, data any) error {
	if _, err := live.KeepList(middleware.Socket(c), "notes", live.ListQuery[note, int]{
		Fetch: a.notes.list, Key: func(n note) int { return n.ID }, Results: live.ResultsLose,
		Subscribe: []string{"notes"}, Fragments: []fragment.Fragment{noteRows},
	}); err != nil {
		return err
	}
	return middleware.Render(c, http.StatusOK, views.Template(formTmpl, name, data))
}

// takeFlash is the message that the form before left, once.
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
		text += " with " + file.Filename
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

// However a form is sent that is answered with a 303 to the live page: it ends with the whole page as it should be, flash
// message included, at its address, with one stream that goes on where the answer ends.
func TestAFormEndsOnALivePage(t *testing.T) {
	for _, client := range views.Clients() {
		for _, form := range []string{"note-form", "plain", "boosted", "outer", "list-only", "body", "upload"} {
			t.Run(string(client)+" "+form, func(t *testing.T) {
				a := newApp(t, middleware.Config{Client: clientOfPath})
				a.forms(t)
				a.notes.set(note{1, "one"})
				page := browser.Person(t).Open(a.URL + "/notes/" + string(client) + "?x=1")
				page.WaitForStreams(1)
				page.Type("#"+form+" input", "two")
				page.Click("#" + form + " button")
				page.WaitFor("the new note", noteTexts+` === "one two"`)
				if form != "list-only" {
					page.WaitFor("the flash message", `document.querySelector("#flash").textContent === "added"`)
				}
				page.WaitFor("the address", `location.search === "" && location.pathname === "/notes/`+string(client)+`"`)
				page.WaitForStreams(1)
				a.change(t, note{1, "uno"}, note{2, "two"}, note{3, "three"})
				page.WaitFor("what comes then", noteTexts+` === "uno two three"`)
				if page.Count("#live") != 1 || page.Count("#main") != 1 {
					t.Errorf("the page is %s", page.HTML("body"))
				}
			})
		}
	}
}

// What is shown of another live page is followed when it takes the place of the page, and is not when it stands in a dialog.
func TestWhichStreamFollowsWhatHtmxSwapsIn(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			a := newApp(t, middleware.Config{Client: clientOfPath})
			a.forms(t)
			a.notes.set(note{1, "one"})
			page := browser.Person(t).Open(a.URL + "/notes/" + string(client))
			page.WaitForStreams(1)
			page.PeakStreams()
			page.Click("#peek")
			page.WaitForText("#dialog", "note 1")
			a.change(t, note{1, "uno"})
			page.WaitFor("the page's own stream", noteTexts+` === "uno"`)
			if n := len(page.Streams()); n != 1 {
				t.Errorf("a dialog opened a stream: %d", n)
			}
			page.Type("#elsewhere input", "two")
			page.Click("#elsewhere button")
			page.WaitFor("the other page", `document.querySelector("#main #note").textContent === "note 2" && location.pathname === "/notes/`+string(client)+`/2"`)
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

// A form that is filled in wrong comes back with what was typed and a message, and the rest of the page stays.
func TestAFormThatIsFilledInWrong(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			a := newApp(t, middleware.Config{Client: clientOfPath})
			a.forms(t)
			a.notes.set(note{1, "one"})
			page := browser.Person(t).Open(a.URL + "/notes/" + string(client))
			page.WaitForStreams(1)
			page.Click("#note-form button")
			page.WaitForText("#note-form .wrong", "A note needs a text.")
			page.WaitFor("the rest of the page", noteTexts+` === "one"`)
			page.Type("#note-form input", "two")
			page.Click("#note-form button")
			page.WaitFor("the new note", noteTexts+` === "one two"`)
			page.WaitForStreams(1)
		})
	}
	a := newApp(t, middleware.Config{Client: clientOfPath})
	a.forms(t)
	res, err := a.client.PostForm(a.URL+"/notes/2", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without htmx: %d", res.StatusCode)
	}
}
