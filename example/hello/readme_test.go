package main

import (
	"context"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// The test that the README shows.
func TestAGuestIsSeenInTheOtherWindow(t *testing.T) {
	keeper, e := live.NewKeeper(live.Config{}), echo.New()
	t.Cleanup(func() { _ = keeper.Close(context.Background()) })
	routes(e, keeper)
	mine, theirs := livetest.Open(t, e, "/"), livetest.Open(t, e, "/")
	mine.Submit("form", "name", "Ada")
	theirs.AwaitRows("guestbook", "Ada")
}
