package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// ticket is one ticket with its conversation and the form that edits it, all live and shared by all who may see it. What
// somebody has typed into the form stays when a colleague changes the ticket, and the form says so. The form for an answer
// has nothing to follow.
type ticket struct {
	*Desk

	comments *live.Shared[ticketArgs, live.ListQuery[store.Comment, int64]]
	tickets  *live.Shared[ticketArgs, live.Query[ticketView]]
}

// ticketArgs is all that tells two viewers of tickets apart.
type ticketArgs struct {
	scope  store.Scope
	id     int64
	client views.Client
}

// ticketView is what the page shows of a ticket besides its comments.
type ticketView struct {
	store.Ticket

	Answers int
	Edit    form
}

func newTicket(d *Desk) ticket {
	t := ticket{Desk: d}
	rows, blocks := d.perLook(commentFragments), d.perLook(ticketBlocks)
	t.comments = live.Share(d.keeper, "comments", func(a ticketArgs) live.ListQuery[store.Comment, int64] {
		return live.ListQuery[store.Comment, int64]{
			Fetch:     func(ctx context.Context) ([]store.Comment, error) { return d.db.Comments(ctx, a.scope, a.id) },
			Key:       func(comment store.Comment) int64 { return comment.ID },
			Results:   live.ResultsLose, // a conversation grows by itself
			Fragments: rows[a.client],
		}
	})
	t.tickets = live.Share(d.keeper, "ticket", func(a ticketArgs) live.Query[ticketView] {
		return live.Query[ticketView]{
			Fetch:     func(ctx context.Context) (ticketView, error) { return t.lookUp(ctx, a.scope, a.id) },
			Fragments: blocks[a.client],
		}
	})
	return t
}

func (t ticket) routes(g *echo.Group) {
	get(g, "/tickets/:id", t.show)
	g.POST("/tickets/:id", t.update)
	g.POST("/tickets/:id/comments", t.comment)
	g.POST("/tickets/:id/delete", t.remove)
}

func ticketBlocks(l *look) []fragment.Fragment {
	return []fragment.Fragment{
		views.New(views.Block{
			ID:      "ticket-main",
			Markup:  views.Named(l.shared, "ticket-main"),
			Gone:    views.Named(l.shared, "ticket-main-gone"),
			Cleared: views.Named(l.shared, "ticket-main-cleared"),
		}),
		views.New(views.Block{ID: "ticket-facts", Markup: views.Named(l.shared, "ticket-facts")}),
		views.New(views.Block{ID: "edit-form", Markup: views.Named(l.shared, "edit-live")}),
	}
}

func commentFragments(l *look) []fragment.Fragment {
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

// lookUp is the query. When the ticket is deleted, or moves to a team outside the scope, all that is shown goes.
func (t ticket) lookUp(ctx context.Context, scope store.Scope, id int64) (view ticketView, err error) {
	if view.Ticket, err = t.db.Ticket(ctx, scope, id); err != nil {
		return view, err
	}
	if view.Answers, err = t.db.CountComments(ctx, id); err != nil {
		return view, err
	}
	view.Edit, err = t.editForm(ctx, scope, view.Ticket)
	return view, err
}

// show is the page of one ticket: what is live in it, and the forms.
func (t ticket) show(c echo.Context) error {
	id, err := ticketID(c)
	if err != nil {
		return err
	}
	s, scope := middleware.Socket(c), agentOf(c).Scope()
	args := ticketArgs{scope, id, lookOf(c).client}
	if _, err := live.Keep(s, "ticket", t.tickets.With(scope.String(), args)); err != nil {
		return err
	}
	if _, err := live.KeepList(s, "comments", t.comments.With(scope.String(), args)); err != nil {
		return err
	}
	return show(c, "ticket.html", struct {
		frame

		ID      int64
		Delete  string
		Comment form
	}{newFrame(c, "Ticket "+c.Param("id"), "tickets"), id, ticketPath(id) + "/delete", commentForm(id)})
}

func commentForm(id int64) form { return form{Action: ticketPath(id) + "/comments"} }

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
