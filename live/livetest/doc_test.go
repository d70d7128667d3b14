package livetest_test

import (
	"testing"

	"github.com/htmxlive/htmxlive/live/livetest"
)

func newApp(t *testing.T) *desk {
	t.Helper()
	return newDesk(t, true)
}

// The example of the package's documentation.
func TestTicketsAreLive(t *testing.T) {
	app := newApp(t)
	page := livetest.Open(t, app, "/tickets")
	page.Click("Open ones")
	page.Submit("add", "title", "Lamp")
	app.rename(t, 1, "Plotter")
	page.AwaitRows("tickets", "1 Plotter", "3 Lamp")
	page.EqualFresh()
}
