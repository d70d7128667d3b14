// Package middleware makes pages of Echo v4 live.
//
// A live page is one handler on one URL: it keeps query results on its socket, by the functions of
// package live, and returns the page that shows them. The URL is the state: everything the page shows follows from
// its path and query, the session and the data. So the same handler answers every kind of request for
// the page, and whatever guards the page guards its stream:
//
//   - a plain GET, a boosted one, or one that restores the history: the whole page;
//   - a GET with the stream token of a page, or one that accepts text/event-stream and not text/html
//     (curl -N): the handler runs again, its page is not rendered, and when the handler has returned the
//     stream begins. Any answer but 2xx before that is the answer; a redirect becomes a 401;
//   - an htmx GET by a page link or page form of the page itself, which say so in a header (another page of a list,
//     a filter, a search): the live fragments of the new state as out-of-band swaps, and the element that connects to its
//     stream. Any other htmx GET: the whole page.
//
// So the handler of a live page is a GET that is safe to run again. A transaction that a middleware
// opens for each request has to be closed when the handler returns, not when the request ends; register
// such a middleware after Live. A logger that reports each request reports a stream when it ends. A GET with
// a body, and one with an address beyond Config.MaxURL or Config.MaxParams, is refused.
//
//	e := echo.New()
//	cfg := middleware.Config{Keeper: keeper, Store: store}
//	e.Pre(cfg.HideToken())                // before what logs requests or reads a query: see Tokens
//	e.Use(middleware.LiveWithConfig(cfg)) // serves /htmxlive.js, too
//	e.GET("/tickets", middleware.Handler(func(c echo.Context, s *live.Socket) (views.Component, error) {
//		_, err := live.KeepList(s, "tickets", tickets)
//		return views.Template(tmpl, "tickets.html", nil), err
//	}))
//
// Register Live with Use of the whole application. On a group or a route only, nobody serves /htmxlive.js, which
// {{.Live.Scripts}} names, unless a route leads to [Script].
//
// [Socket] and [Render] are for handlers that [Handler] is too narrow for.
//
// # Sessions
//
// The session, in any gorilla/sessions store, holds a random live key and the user's name and nothing
// else of ours. It is written once, before a body. [RotateSession] at login, [SetUser] after it, [Revoke] at logout. A
// stream is admitted before its guards and its handler run: a user who is kicked meanwhile is kicked with it.
//
// # Errors
//
// An error of a live page's handler that means a 5xx is logged, with its text, method and path; the browser is told nothing.
// With Config.Development the page shows it, and changes that nobody publishes are found. What a page survives, such as a fragment that stands nowhere in it, is
// logged as a warning, once for each path, with bounds.
//
// # Tokens
//
// The URL of a stream carries a token, bound to one session and one path, which says what the page shows. Live takes it
// out of the request, for handlers, links and loggers, and writes a malformed query such that all read the same of it.
// Register [Config.HideToken] with e.Pre, which does both before everything else: where a middleware between a logger and
// Live clones the request, the logger keeps the address as it was, and where one before Live asks for a query parameter,
// Echo keeps all of them as they were.
//
// Other routers have packages of their own: nethttp (ServeMux, chi, gin) and echo5. All stand on package adapter.
package middleware
