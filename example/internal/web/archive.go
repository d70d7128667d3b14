package web

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/views"
)

// archive leafs through all tickets that an agent may see, by page number, with an exact count. Its query is shared:
// everybody of a team who looks at the same page is served by one fetch and one rendering.
type archive struct {
	*Desk

	pages *live.Shared[archiveView, live.PageQuery[store.Ticket, int64]]
}

// archiveView is all that tells two viewers of one URL apart.
type archiveView struct {
	scope  store.Scope
	client views.Client
}

func newArchive(d *Desk) archive {
	fragments := d.perLook(archiveFragments)
	list := d.db.ArchivePaging()
	return archive{Desk: d, pages: live.Share(d.keeper, "archive", func(v archiveView) live.PageQuery[store.Ticket, int64] {
		return live.PageQuery[store.Ticket, int64]{
			Fetch: func(ctx context.Context, o paging.Options) (paging.Page[store.Ticket], error) {
				return d.db.ListTickets(ctx, v.scope, list, o)
			},
			Key:           func(ticket store.Ticket) int64 { return ticket.ID },
			Paging:        list,
			Results:       live.ResultsLose,
			RefetchWindow: time.Second,
			Fragments:     fragments[v.client],
		}
	})}
}

func archiveFragments(l *look) []fragment.Fragment {
	return []fragment.Fragment{
		views.New(views.Rows{
			ID:     "archive-rows",
			Prefix: "ticket-",
			Row:    views.Named(l.shared, "ticket-row"),
			Empty:  views.Named(l.shared, "archive-none"),
		}),
		views.New(views.Pager{ID: "archive-pages", Label: "Pages of the archive"}),
		views.New(views.Block{ID: "archive-count", Tag: "p", Markup: views.Named(l.shared, "archive-count")}),
	}
}

func (a archive) routes(g *echo.Group) { get(g, "/archive", a.list) }

func (a archive) list(c echo.Context) error {
	scope := agentOf(c).Scope()
	query := a.pages.With(scope.String(), archiveView{scope, lookOf(c).client})
	if _, err := live.KeepPage(middleware.Socket(c), "tickets", query); err != nil {
		return err
	}
	return show(c, "archive.html", newFrame(c, "Archive", "archive"))
}
