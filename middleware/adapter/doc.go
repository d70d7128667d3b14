// Package adapter is what middleware for a router is made of: all of htmxlive's way from a request to a page and its
// stream that is not the router's. It knows net/http, gorilla/sessions and the rooms of htmxlive, and no router.
// Applications use package middleware (Echo v4), nethttp or echo5, each of which is a few lines on top.
//
// An adapter makes one [Handler] and takes each request through these steps:
//
//	q := h.Begin(w, r)        // before what reads the session or guards pages; nil: it is in other hands already
//	// the router calls q.BeforeHeader before it writes a header; one that has no hook for that answers to q.Writer()
//	err := q.Serve(func() error { return next(w, q.HTTP()) })
//	// an *Error has a status and a sentence for the user; any other error is the handler's, for the router to answer
//
// Inside, [From] finds the Request again, for Socket, Render, RotateSession, SetUser and Revoke. It lives in the request's
// context, so a middleware may replace the request by one with a context that is derived from it.
//
// # What Serve promises
//
//   - One handler for page, page change and stream; the stream begins when the handler has returned.
//   - A stream is admitted before the handler runs, if its session has a live key. Its queries see the values of the
//     context that the handler's request has, and end with the request itself, not with a time limit around the handler.
//   - The request that goes on has no stream token, in any spelling, and a query that all parsers take for the same.
//   - Every URL that is written is a path of the page's origin, the one that the browser sees.
//   - A failed load is logged, and an open page that comes back is asked to try again.
//   - Each sealed token has a key of its own, derived from Config.Keys: a secret never wears out.
package adapter
