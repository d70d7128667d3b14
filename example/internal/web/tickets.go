package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/views"
)

// tickets is the list of a team's tickets: live, searched, sorted and walked page by page. Its query is shared: everybody of a
// team who looks at the same address is served by one fetch and one rendering.
type tickets struct {
	*Desk

	pages *live.Shared[ticketsView, live.PageQuery[store.Ticket, int64]]
}

// ticketsView is all that tells two viewers of one URL apart.
type ticketsView struct {
	scope   store.Scope
	client  views.Client
	results live.Results
}

func newTickets(d *Desk) tickets {
	fragments := d.perLook(ticketFragments)
	list := d.db.TicketPaging(d.cursors)
	return tickets{Desk: d, pages: live.Share(d.keeper, "tickets", func(v ticketsView) live.PageQuery[store.Ticket, int64] {
		return live.PageQuery[store.Ticket, int64]{
			Fetch: func(ctx context.Context, o paging.Options) (paging.Page[store.Ticket], error) {
				return d.db.ListTickets(ctx, v.scope, list, o)
			},
			Key:           func(ticket store.Ticket) int64 { return ticket.ID },
			RowsOf:        "tickets", // the table
			Paging:        list,
			Results:       v.results,
			RefetchWindow: 250 * time.Millisecond,
			Fragments:     fragments[v.client],
		}
	})}
}

func (t tickets) routes(g *echo.Group) {
	get(g, "/tickets", t.list)
	g.POST("/tickets", t.create)
}

// ticketFragments are the parts of the page that follow the data.
func ticketFragments(l *look) []fragment.Fragment {
	return []fragment.Fragment{
		views.New(views.Rows{
			ID:      "ticket-rows",
			Prefix:  "ticket-",
			Row:     views.Named(l.shared, "ticket-row"),
			RowGone: views.Named(l.shared, "ticket-gone"),
			Empty:   views.Named(l.shared, "ticket-none"),
		}),
		views.New(views.Pager{ID: "ticket-pages", Label: "Pages of tickets"}),
		views.New(views.Pill{ID: "tickets-new", Class: "news", Text: newTicketsText}),
	}
}

func newTicketsText(pending int) string { return strconv.Itoa(pending) + " new" }

// list is a live page. It runs for the page, for each change of the page and for each of its streams.
func (t tickets) list(c echo.Context) error {
	results, err := resultsOf(c)
	if err != nil {
		return err
	}
	if err := checkFilters(c); err != nil {
		return err
	}
	agent := agentOf(c)
	query := t.pages.With(agent.Scope().String(), ticketsView{agent.Scope(), lookOf(c).client, results})
	page, err := live.KeepPage(middleware.Socket(c), "tickets", query)
	if err != nil {
		return err
	}
	teams, err := t.teamsFor(c.Request().Context(), agent.Scope())
	if err != nil {
		return err
	}
	if byHTMX(c) && hasEmpty(c.QueryParams()) { // the search form sends all of its fields
		c.Response().Header().Set("HX-Push-Url", page.Options().URL())
	}
	return show(c, "tickets.html", newTicketsPage(c, page.Options(), teams))
}

// resultsOf reads ?results=, which shows the three ways to follow a list.
func resultsOf(c echo.Context) (live.Results, error) {
	name, err := once(c, "results")
	if err != nil {
		return 0, err
	}
	switch name {
	case "", "hold":
		return live.ResultsHold, nil
	case "keep":
		return live.ResultsKeep, nil
	case "lose":
		return live.ResultsLose, nil
	default:
		return 0, echo.NewHTTPError(http.StatusBadRequest, "The parameter results must be keep, lose or hold.")
	}
}

// checkFilters is stricter than paging, for which several values of a filter are as good as one: ours have one each.
func checkFilters(c echo.Context) error {
	status, err := once(c, store.FilterStatus)
	if err != nil {
		return err
	}
	text, err := once(c, store.FilterText)
	if err != nil {
		return err
	}
	if status != "" && !slices.Contains(store.Statuses(), store.Status(status)) {
		return echo.NewHTTPError(http.StatusBadRequest, "The parameter status must be open, pending, solved or closed.")
	}
	if len(text) > 400 {
		return echo.NewHTTPError(http.StatusBadRequest, "The parameter q must be shorter than that.")
	}
	return nil
}

func hasEmpty(query url.Values) bool {
	for _, values := range query {
		if slices.Contains(values, "") {
			return true
		}
	}
	return false
}

// ticketsPage is what the template shows beside the live parts.
type ticketsPage struct {
	frame

	Q, Status, Sort string
	Kept            []field // parameters that the search form keeps
	Form            form
}

func newTicketsPage(c echo.Context, o paging.Options, teams []store.Team) ticketsPage {
	p := ticketsPage{
		frame: newFrame(c, "Tickets", "tickets"), Q: o.Filter(store.FilterText), Status: o.Filter(store.FilterStatus), Sort: o.Order(),
		Form: form{Action: "/tickets", Teams: teams, values: map[string][]string{"priority": {store.Normal.String()}}},
	}
	for _, name := range []string{"htmx", "results", "limit"} {
		if value := c.QueryParam(name); value != "" {
			p.Kept = append(p.Kept, field{name, value})
		}
	}
	return p
}

// Statuses are the choices of the filter.
func (ticketsPage) Statuses() []store.Status { return store.Statuses() }

// Sorts are the choices of the order.
func (ticketsPage) Sorts() []struct{ Name, Label string } {
	return []struct{ Name, Label string }{
		{"newest", "Newest first"}, {"-newest", "Oldest first"}, {"updated", "Last updated"}, {"priority", "Most urgent"},
	}
}

// teamsFor are the teams to choose from: all for those who see all, none for those who see their own.
func (d *Desk) teamsFor(ctx context.Context, scope store.Scope) ([]store.Team, error) {
	if !scope.All() {
		return nil, nil
	}
	return d.db.Teams(ctx, scope)
}

// create adds a ticket and leads to it. Every open list that it belongs to follows.
func (t tickets) create(c echo.Context) error {
	sent, err := sentForm(c)
	if err != nil {
		return err
	}
	team, _ := strconv.ParseInt(sent.Get("team"), 10, 64) // 0, which is no team, when it is not a number
	id, err := t.db.CreateTicket(c.Request().Context(), agentOf(c), store.Draft{
		Title: sent.Get("title"), Body: sent.Get("body"), Priority: sent.Get("priority"), Team: team,
	})
	var wrong store.Invalid
	switch {
	case errors.As(err, &wrong):
		return t.answerInvalidTicket(c, sent, wrong)
	case err != nil:
		return err
	}
	return t.answerDone(c, created, id, ticketPath(id))
}

func (t tickets) answerInvalidTicket(c echo.Context, sent url.Values, wrong store.Invalid) error {
	teams, err := t.teamsFor(c.Request().Context(), agentOf(c).Scope())
	if err != nil {
		return err
	}
	return t.answerInvalid(c, "ticket-form", "New ticket", form{Action: "/tickets", Teams: teams}, sent, wrong)
}
