package web

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// dashboard is how many tickets there are, and what happened in the last day. All who may see the same numbers share
// one query, however many they are.
type dashboard struct {
	numbers *live.Shared[store.Scope, live.Query[numbers]]
}

// numbers are one look at a scope: several fragments show them, and change together.
type numbers struct {
	store.Counts

	Hours []bar // the last 24, oldest first
}

func newDashboard(d *Desk) dashboard {
	blocks := d.looks[views.DefaultClient].shared // they hold no links, so they look the same for every client
	fragments := []fragment.Fragment{
		views.New(views.Block{ID: "counts", Markup: views.Named(blocks, "counts")}),
		views.New(views.Block{ID: "hours", Markup: views.Named(blocks, "hours"), Tag: "g", Within: "svg"}),
		views.New(views.Block{ID: "hours-axis", Markup: views.Named(blocks, "hours-axis")}),
		views.New(views.Block{ID: "teams", Markup: views.Named(blocks, "teams")}),
	}
	return dashboard{numbers: live.Share(d.keeper, "dashboard", func(scope store.Scope) live.Query[numbers] {
		return live.Query[numbers]{
			Fetch:           func(ctx context.Context) (numbers, error) { return lookUp(ctx, d.db, scope) },
			RefetchWindow:   time.Second,
			RefetchInterval: time.Minute, // an hour begins without a change of any row
			Fragments:       fragments,
		}
	})}
}

// lookUp is the query: it sees the scope and nothing of any viewer.
func lookUp(ctx context.Context, db *store.DB, scope store.Scope) (n numbers, err error) {
	if n.Counts, err = db.Counts(ctx, scope); err != nil {
		return n, err
	}
	hours, err := db.Activity(ctx, scope, time.Now(), time.Hour, 24)
	n.Hours = bars(hours)
	return n, err
}

func (d dashboard) routes(g *echo.Group) { get(g, "/dashboard", d.show) }

func (d dashboard) show(c echo.Context) error {
	scope := agentOf(c).Scope()
	if _, err := live.Keep(middleware.Socket(c), "numbers", d.numbers.With(scope.String(), scope)); err != nil {
		return err
	}
	return show(c, "dashboard.html", newFrame(c, "Dashboard", "dashboard"))
}
