package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// ticket is one ticket with its conversation and the form that edits it, all live. What somebody has typed into the form
// stays when a colleague changes the ticket, and the form says so. The form for an answer has nothing to follow.
type ticket struct {
	*Desk

	talk  map[views.Client][]fragment.Fragment // shows the comments
	facts map[views.Client][]fragment.Fragment // show the ticket and the number of comments
	edit  map[views.Client][]fragment.Fragment // edits the ticket
}

func newTicket(d *Desk) ticket {
	return ticket{Desk: d, talk: d.perLook(talkFragments), facts: d.perLook(factFragments), edit: d.perLook(editFragments)}
}

func (t ticket) routes(g *echo.Group) {
	get(g, "/tickets/:id", t.show)
	g.POST("/tickets/:id", t.update)
	g.POST("/tickets/:id/comments", t.comment)
	g.POST("/tickets/:id/delete", t.remove)
}

func factFragments(l *look) []fragment.Fragment {
	return []fragment.Fragment{
		views.New(views.Block{
			ID:      "ticket-main",
			Markup:  views.Named(l.shared, "ticket-main"),
			Gone:    views.Named(l.shared, "ticket-main-gone"),
			Cleared: views.Named(l.shared, "ticket-main-cleared"),
		}),
		views.New(views.Block{ID: "ticket-facts", Markup: views.Named(l.shared, "ticket-facts")}),
	}
}

func editFragments(l *look) []fragment.Fragment {
	return []fragment.Fragment{views.New(views.Block{ID: "edit-form", Markup: views.Named(l.shared, "edit-live")})}
}

func talkFragments(l *look) []fragment.Fragment {
	return []fragment.Fragment{views.New(views.Rows{
		ID:     "comments",
		Prefix: "comment-",
		Row:    views.Named(l.shared, "comment-row"),
		Empty:  views.Named(l.shared, "comment-none"),
	})}
}

func ticketPath(id int64) string { return "/tickets/" + strconv.FormatInt(id, 10) }

// ticketID is the number in the path. What is no number names no ticket.
func ticketID(c echo.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return 0, echo.NewHTTPError(http.StatusNotFound, "Tickets have numbers, and this is none.")
	}
	return id, nil
}

// conversation is the comments of a ticket, and with each result the ticket itself and the form that edits it, which are
// fetched after them. When the ticket is deleted, or moves to a team outside the agent's scope, all go.
func (t ticket) conversation(agent store.Agent, id int64, client views.Client) live.ListQuery[store.Comment, int64] {
	scope := agent.Scope()
	return live.ListQuery[store.Comment, int64]{
		Fetch: func(ctx context.Context) ([]store.Comment, error) { return t.db.Comments(ctx, scope, id) },
		AfterFetch: func(ctx context.Context, _ []store.Comment, assign func(name string, value any)) error {
			now, err := t.db.Ticket(ctx, scope, id)
			if err != nil {
				return err
			}
			edit, err := t.editForm(ctx, agent, now)
			assign("ticket", now)
			assign("edit", edit)
			return err
		},
		Key:       func(comment store.Comment) int64 { return comment.ID },
		Results:   live.ResultsLose, // a conversation grows by itself
		Subscribe: []string{store.TopicTicket(id)},
		Fragments: t.talk[client],
	}
}

// show is the page of one ticket: what is live in it, and the forms.
func (t ticket) show(c echo.Context) error {
	id, err := ticketID(c)
	if err != nil {
		return err
	}
	s, client := middleware.Socket(c), lookOf(c).client
	if _, err := live.KeepList(s, "comments", t.conversation(agentOf(c), id, client)); err != nil {
		return err
	}
	for _, fragment := range t.facts[client] { // they show both: the ticket, and how many answers it has
		if err := s.Compose(fragment, "comments", "ticket"); err != nil {
			return err
		}
	}
	for _, fragment := range t.edit[client] { // with the comments, which say when the ticket is gone
		if err := s.Compose(fragment, "comments", "edit"); err != nil {
			return err
		}
	}
	return show(c, "ticket.html", struct {
		frame

		ID      int64
		Delete  string
		Comment form
	}{newFrame(c, "Ticket "+c.Param("id"), "tickets"), id, ticketPath(id) + "/delete", commentForm(id)})
}

func commentForm(id int64) form { return form{Action: ticketPath(id) + "/comments"} }

// editForm is filled in with the ticket as it is, and remembers that.
func (t ticket) editForm(ctx context.Context, agent store.Agent, now store.Ticket) (form, error) {
	colleagues, err := t.db.Colleagues(ctx, now.Team.ID)
	if err != nil {
		return form{}, err
	}
	teams, err := t.teamsFor(ctx, agent)
	if err != nil {
		return form{}, err
	}
	values := url.Values{"title": {now.Title}, "status": {string(now.Status)}, "priority": {now.Priority.String()}, "assignee": {""}}
	if now.Assignee.ID != 0 {
		values.Set("assignee", strconv.FormatInt(now.Assignee.ID, 10))
	}
	if agent.Admin {
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
	agent, ctx := agentOf(c), c.Request().Context()
	now, err := t.db.Ticket(ctx, agent.Scope(), id)
	if err != nil {
		return err
	}
	f, err := t.editForm(ctx, agent, now)
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

func (t ticket) comment(c echo.Context) error {
	id, err := ticketID(c)
	if err != nil {
		return err
	}
	sent, err := sentForm(c)
	if err != nil {
		return err
	}
	err = t.db.AddComment(c.Request().Context(), agentOf(c), id, sent.Get("body"))
	var wrong store.Invalid
	switch {
	case errors.As(err, &wrong):
		return t.answerInvalid(c, "comment-form", "Your answer to ticket "+c.Param("id"), commentForm(id), sent, wrong)
	case err != nil:
		return err
	}
	return c.Redirect(http.StatusSeeOther, lookOf(c).link(ticketPath(id)))
}

func (t ticket) remove(c echo.Context) error {
	id, err := ticketID(c)
	if err != nil {
		return err
	}
	if err := t.db.DeleteTicket(c.Request().Context(), agentOf(c), id); err != nil {
		return err
	}
	return t.answerDone(c, deleted, id, "/tickets")
}
