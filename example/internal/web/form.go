package web

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/store"
)

// A form is what a template needs to show one: where it goes, what is filled in, and what is wrong with it.
type form struct {
	Action     string
	OOB        bool // it replaces the one on the page
	Teams      []store.Team
	Colleagues []store.Agent

	values url.Values
	wrong  store.Invalid
}

// Value is what is filled in.
func (f form) Value(field string) string { return f.values.Get(field) }

// Wrong is what is wrong with a field, or "".
func (f form) Wrong(field string) string { return f.wrong[field] }

// Invalid are the attributes of a field with which something is wrong. The first such field of the form gets the focus: the
// names here stand in the order of the forms.
func (f form) Invalid(field string) template.HTMLAttr {
	if f.wrong[field] == "" {
		return ""
	}
	for _, before := range []string{"title", "body", "status", "priority", "assignee", "team"} {
		if before == field {
			break
		}
		if f.wrong[before] != "" {
			return ` aria-invalid="true"`
		}
	}
	return ` aria-invalid="true" autofocus`
}

// A field is one entry of a form.
type field struct{ Name, Value string }

// Was are the values that an edit form began with, as hidden fields.
func (f form) Was() []field {
	var all []field
	for _, name := range []string{"title", "status", "priority", "assignee", "team"} {
		if was := "was_" + name; f.values.Has(was) {
			all = append(all, field{name, f.values.Get(was)})
		}
	}
	return all
}

// changed is a field that was sent and is not what the form began with: a value that nobody touched must not undo what a
// colleague saved in the meantime. A program that sends no was_ fields means what it sends.
func changed(sent url.Values, name string) *string {
	was := "was_" + name
	if !sent.Has(name) || sent.Has(was) && sent.Get(was) == sent.Get(name) {
		return nil
	}
	value := sent.Get(name)
	return &value
}

// sentForm is what a form has sent. One that cannot be read is the sender's fault.
func sentForm(c echo.Context) (url.Values, error) {
	sent, err := c.FormParams()
	if err == nil {
		return sent, nil
	}
	if _, ok := errors.AsType[*echo.HTTPError](err); ok { // too long
		return nil, err
	}
	return nil, echo.NewHTTPError(http.StatusBadRequest, "The form could not be read: it was cut short, or it is not one.").SetInternal(err)
}

// answerInvalid shows the form again as it was filled in, with a sentence at every field that needs another look: in the
// place of the one on the page, or on a page of its own for browsers without JavaScript.
func (d *Desk) answerInvalid(c echo.Context, kind, title string, f form, sent url.Values, wrong store.Invalid) error {
	f.values, f.wrong = sent, wrong
	if byHTMX(c) {
		f.OOB = true
		return showPart(c, http.StatusUnprocessableEntity, kind, f)
	}
	return d.showStill(c, http.StatusUnprocessableEntity, "form.html", struct {
		frame

		Kind string
		Form form
	}{newFrame(c, title, "tickets"), kind, f})
}
