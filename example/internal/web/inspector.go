package web

import (
	"context"
	"net/http"
	"net/url"
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

	Asked    string        // the page whose liveness is explained; "" is none
	Why      live.PageInfo // of it
	Findings []live.Finding
	More     int // findings that are not shown
}

// maxInspected is how many rows a table of the inspector has, which bounds it however much goes on.
const maxInspected = 200

// maxExplained is how many streams of a page are explained, and how many findings are shown.
const maxExplained = 20

// maxAsked is the most bytes of a page's address that the inspector explains. Links to longer ones name the path alone.
const maxAsked = 300

func newInspector(d *Desk) inspector {
	blocks := d.looks[views.DefaultClient].shared
	return inspector{keeper: d.keeper, fragments: []fragment.Fragment{
		views.New(views.Block{ID: "keeper", Markup: views.Named(blocks, "keeper")}),
		views.New(views.Block{ID: "why", Markup: views.Named(blocks, "why")}),
		views.New(views.Block{ID: "findings", Markup: views.Named(blocks, "findings")}),
		views.New(views.Block{ID: "streams", Markup: views.Named(blocks, "streams")}),
		views.New(views.Block{ID: "shared", Markup: views.Named(blocks, "shared")}),
	}}
}

func (i inspector) routes(g *echo.Group) { get(g, "/debug/live", i.show) }

func (i inspector) show(c echo.Context) error {
	if !agentOf(c).Admin {
		return echo.NewHTTPError(http.StatusForbidden, "The inspector is for the administrator: it shows who looks at what.")
	}
	asked := c.QueryParam("page")
	if len(asked) > maxAsked {
		return echo.NewHTTPError(http.StatusBadRequest, "The name of the page is too long: leave its query away.")
	}
	_, err := live.Keep(middleware.Socket(c), "inspection", live.Query[inspection]{
		Fetch:           func(context.Context) (inspection, error) { return i.inspect(asked), nil },
		RefetchInterval: time.Second,
		Fragments:       i.fragments,
	})
	if err != nil {
		return err
	}
	return show(c, "inspector.html", struct {
		frame

		Asked string
	}{newFrame(c, "Inspector", "inspector"), asked})
}

func (i inspector) inspect(asked string) inspection {
	streams, shares := i.keeper.Inspect()
	n := inspection{Stats: i.keeper.Stats(), Asked: asked}
	if asked != "" {
		n.Why = i.keeper.Why(asked)
		n.Why.Streams, n.Why.More = firstOf(n.Why)
	}
	n.Findings, n.More = first(i.keeper.Findings(), maxExplained)
	n.Pages, n.MorePages = first(streams, maxInspected)
	n.Shares, n.MoreShares = first(shares, maxInspected)
	return n
}

// first is the beginning of a list, and how many of it are left out.
func first[T any](list []T, most int) (shown []T, more int) {
	n := min(len(list), most)
	return list[:n], len(list) - n
}

// firstOf is the streams of a page that are explained, and how many there are besides.
func firstOf(page live.PageInfo) (shown []live.PageStreamInfo, more int) {
	shown, more = first(page.Streams, maxExplained)
	return shown, page.More + more
}

// askWhy is where the inspector explains a page.
func askWhy(s live.StreamInfo) string {
	page := s.Path
	if whole := s.Path + "?" + s.Query; s.Query != "" && len(whole) <= maxAsked {
		page = whole
	}
	if len(page) > maxAsked {
		return "/debug/live"
	}
	return "/debug/live?page=" + url.QueryEscape(page)
}
