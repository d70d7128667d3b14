// Package middleware makes Echo pages live.
//
// A live page is one handler on one URL: it keeps query results on its [Socket], by the functions of
// package live, and ends with [Render]. The URL is the state: everything the page shows follows from
// its path and query, the session and the data. So the same handler answers every kind of request for
// the page, and whatever guards the page guards its stream:
//
//   - a plain GET, a boosted one, or one that restores the history: the whole page;
//   - a GET with the stream token of a page, or one that accepts text/event-stream and not text/html
//     (curl -N): the handler runs again, Render writes nothing, and when the handler has returned the
//     stream begins. Any answer but 2xx before that is the answer; a redirect becomes a 401;
//   - an htmx GET of the page from the page itself (another page of a list, a filter, a search): the live
//     fragments of the new state as out-of-band swaps, and the element that connects to its stream.
//
// So the handler of a live page is a GET that is safe to run again. A transaction that a middleware
// opens for each request has to be closed when the handler returns, not when the request ends; register
// such a middleware after Live. A logger that reports each request reports a stream when it ends.
//
// The session, in any gorilla/sessions store, holds a random live key and the user's name and nothing
// else of ours. It is written once, before a body. [Renew] it at login, [Identify] the user, [Revoke] it at logout.
//
//	e := echo.New()
//	e.Use(middleware.Live(keeper, store))
//	e.GET("/tickets", func(c echo.Context) error {
//		_, err := live.KeepList(middleware.Socket(c), "tickets", tickets)
//		if err != nil {
//			return err
//		}
//		return middleware.Render(c, http.StatusOK, views.Template(tmpl, "tickets.html", nil))
//	})
package middleware
