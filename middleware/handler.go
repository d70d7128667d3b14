package middleware

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/views"
)

// Handler is the handler of a live page. Its function keeps query results on the page's socket and returns the page,
// which is rendered with status 200. What it returns as an error is the answer. [Socket] and [Render] are for a handler
// that answers with another status.
func Handler(page func(c echo.Context, s *live.Socket) (views.Component, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		component, err := page(c, Socket(c))
		if err != nil {
			return err
		}
		return Render(c, http.StatusOK, component)
	}
}
