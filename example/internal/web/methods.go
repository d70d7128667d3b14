package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// get routes GET and HEAD. Probes and caches ask with HEAD, and net/http leaves out the body of its answer.
func get(routes interface {
	Match(methods []string, path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) []*echo.Route
}, path string, h echo.HandlerFunc,
) {
	routes.Match([]string{http.MethodGet, http.MethodHead}, path, h)
}

// refuseMethods goes before the handler of unknown paths: one that is known under other methods is a 405 that names them.
func refuseMethods(e *echo.Echo) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if allowed := methodsOf(e, c.Request()); allowed != "" {
				c.Response().Header().Set(echo.HeaderAllow, allowed)
				return echo.ErrMethodNotAllowed
			}
			return next(c)
		}
	}
}

// methodsOf are the methods with which a route answers the path, as a header names them. They are looked up by asking the
// router as a request would, because the catch-all for unknown paths is a match to it, and hides that there are any.
func methodsOf(e *echo.Echo, r *http.Request) string {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		route := e.NewContext(r, nil)
		e.Router().Find(method, echo.GetPath(r), route)
		if route.Path() != everything {
			methods = append(methods, method)
		}
	}
	return strings.Join(methods, ", ")
}

// everything is the path of the route for what no other route answers.
const everything = "/*"
