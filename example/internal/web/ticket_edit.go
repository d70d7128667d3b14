package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/store"
)

// editForm is filled in with the ticket as it is, and remembers that. It is the same for all who share a scope.
func (t ticket) editForm(ctx context.Context, scope store.Scope, now store.Ticket) (form, error) {
	colleagues, err := t.db.Colleagues(ctx, now.Team.ID)
	if err != nil {
		return form{}, err
	}
	teams, err := t.teamsFor(ctx, scope)
	if err != nil {
		return form{}, err
	}
	values := url.Values{"title": {now.Title}, "status": {string(now.Status)}, "priority": {now.Priority.String()}, "assignee": {""}}
	if now.Assignee.ID != 0 {
		values.Set("assignee", strconv.FormatInt(now.Assignee.ID, 10))
	}
	if scope.All() {
		values.Set("team", strconv.FormatInt(now.Team.ID, 10))
	}
	for name := range values {
		values.Set("was_"+name, values.Get(name))
	}
	return form{Action: ticketPath(now.ID), Teams: teams, Colleagues: colleagues, values: values}, nil
}

func (t ticket) update(c echo.Context) error {
	id, err := ticketID(c)
	if err != nil {
		return err
	}
	sent, err := sentForm(c)
	if err != nil {
		return err
	}
	agent := agentOf(c)
	ctx := c.Request().Context()
	edit, wrong := editOf(sent)
	if len(wrong) == 0 {
		err = t.db.UpdateTicket(ctx, agent, id, edit)
	}
	if err != nil && !errors.As(err, &wrong) {
		return err
	}
	switch {
	case byHTMX(c) && len(wrong) > 0: // the form on the page is live and holds what was typed: only its stream writes it
		return showPart(c, http.StatusUnprocessableEntity, "edit-wrong", wrong)
	case len(wrong) > 0:
		return t.answerInvalidEdit(c, id, sent, wrong)
	}
	return t.answerDone(c, saved, id, ticketPath(id))
}

// answerInvalidEdit shows the form on a page of its own, for browsers without JavaScript.
func (t ticket) answerInvalidEdit(c echo.Context, id int64, sent url.Values, wrong store.Invalid) error {
	ctx, scope := c.Request().Context(), agentOf(c).Scope()
	now, err := t.db.Ticket(ctx, scope, id)
	if err != nil {
		return err
	}
	f, err := t.editForm(ctx, scope, now)
	if err != nil {
		return err
	}
	return t.answerInvalid(c, "edit-form", "Edit ticket "+c.Param("id"), f, sent, wrong)
}

// editOf is what the sent form changes.
func editOf(sent url.Values) (store.Edit, store.Invalid) {
	wrong := store.Invalid{}
	number := func(name string) *int64 {
		text := changed(sent, name)
		if text == nil {
			return nil
		}
		var n int64
		if *text != "" { // "" is nobody
			var err error
			if n, err = strconv.ParseInt(*text, 10, 64); err != nil {
				wrong[name] = "Please choose one of the list."
			}
		}
		return &n
	}
	return store.Edit{
		Title: changed(sent, "title"), Status: changed(sent, "status"), Priority: changed(sent, "priority"),
		Assignee: number("assignee"), Team: number("team"),
	}, wrong
}
