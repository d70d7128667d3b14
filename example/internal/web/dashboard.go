package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// dashboard is how many tickets there are, and what happened in the last day. All who may see the same numbers share
// one query, however many they are.
type dashboard struct {
	counts *live.Shared[store.Scope, live.Query[store.Counts]]
	hours  *live.Shared[store.Scope, live.ListQuery[bar, int64]]
}

func newDashboard(d *Desk) dashboard {
	blocks := d.looks[views.DefaultClient].shared // they hold no links, so they look the same for every client
	countFragments := []live.Fragment{
		views.New(views.Block{ID: "counts", Markup: views.Named(blocks, "counts")}),
		views.New(views.Block{ID: "teams", Markup: views.Named(blocks, "teams")}),
	}
	hourFragments := []live.Fragment{
		views.New(views.Rows{ID: "hours", Prefix: "hour-", Row: views.Named(blocks, "hour"), Within: "svg"}),
		views.New(views.Block{ID: "hours-axis", Markup: views.Named(blocks, "hours-axis")}),
	}
	return dashboard{
		counts: live.Share(d.keeper, "counts", func(scope store.Scope) live.Query[store.Counts] {
			return live.Query[store.Counts]{
				Fetch:         func(ctx context.Context) (store.Counts, error) { return d.db.Counts(ctx, scope) },
				Subscribe:     []string{scope.Topic()},
				RefetchWindow: time.Second,
				Fragments:     countFragments,
			}
		}),
		hours: live.Share(d.keeper, "hours", func(scope store.Scope) live.ListQuery[bar, int64] {
			return live.ListQuery[bar, int64]{
				Fetch:           func(ctx context.Context) ([]bar, error) { return lastDay(ctx, d.db, scope) },
				Key:             func(b bar) int64 { return b.Hour },
				Results:         live.ResultsLose,
				Subscribe:       []string{scope.Topic()},
				RefetchWindow:   time.Second,
				RefetchInterval: time.Minute, // an hour begins without anybody publishing it
				Fragments:       hourFragments,
			}
		}),
	}
}

func (d dashboard) routes(g *echo.Group) { g.GET("/dashboard", d.show) }

func (d dashboard) show(c echo.Context) error {
	scope := agentOf(c).Scope()
	s := middleware.Socket(c)
	if _, err := live.Keep(s, "counts", d.counts.With(scope.String(), scope)); err != nil {
		return err
	}
	if _, err := live.KeepList(s, "hours", d.hours.With(scope.String(), scope)); err != nil {
		return err
	}
	return show(c, http.StatusOK, "dashboard.html", newFrame(c, "Dashboard", "dashboard"))
}

// lastDay is the chart of the last 24 hours.
func lastDay(ctx context.Context, db *store.DB, scope store.Scope) ([]bar, error) {
	hours, err := db.Activity(ctx, scope, time.Now(), time.Hour, 24)
	if err != nil {
		return nil, err
	}
	return bars(hours), nil
}
