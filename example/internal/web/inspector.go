package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// inspector shows what the keeper keeps: the open streams and the shared queries, itself included. It is live, too.
type inspector struct {
	keeper    *live.Keeper
	fragments []fragment.Fragment
}

// inspection is one look at the keeper.
type inspection struct {
	live.Stats

	Pages      []live.StreamInfo
	Shares     []live.SharedQueryInfo
	MorePages  int // that are not shown
	MoreShares int
}

// maxInspected is how many rows a table of the inspector has, which bounds it however much goes on.
const maxInspected = 200

func newInspector(d *Desk) inspector {
	blocks := d.looks[views.DefaultClient].shared
	return inspector{keeper: d.keeper, fragments: []fragment.Fragment{
		views.New(views.Block{ID: "keeper", Markup: views.Named(blocks, "keeper")}),
		views.New(views.Block{ID: "streams", Markup: views.Named(blocks, "streams")}),
		views.New(views.Block{ID: "shared", Markup: views.Named(blocks, "shared")}),
	}}
}

func (i inspector) routes(g *echo.Group) { get(g, "/debug/live", i.show) }

func (i inspector) show(c echo.Context) error {
	if !agentOf(c).Admin {
		return echo.NewHTTPError(http.StatusForbidden, "The inspector is for the administrator: it shows who looks at what.")
	}
	_, err := live.Keep(middleware.Socket(c), "inspection", live.Query[inspection]{
		Fetch:           func(context.Context) (inspection, error) { return i.inspect(), nil },
		RefetchInterval: time.Second,
		Fragments:       i.fragments,
	})
	if err != nil {
		return err
	}
	return show(c, "inspector.html", newFrame(c, "Inspector", "inspector"))
}

func (i inspector) inspect() inspection {
	streams, shares := i.keeper.Inspect()
	n := inspection{Stats: i.keeper.Stats()}
	n.Pages, n.MorePages = first(streams, maxInspected)
	n.Shares, n.MoreShares = first(shares, maxInspected)
	return n
}

// first is the beginning of a list, and how many of it are left out.
func first[T any](list []T, most int) (shown []T, more int) {
	n := min(len(list), most)
	return list[:n], len(list) - n
}
