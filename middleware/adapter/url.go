package adapter

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/htmxlive/htmxlive/paging"
)

// readURL makes of the request's URL, which has no stream token any more, what everybody else sees of it: with a query that
// all parsers take for the same. It sets the page's path and query. A form may go to an address that no page can have, as
// long as it is not answered with a live page.
func (q *Request) readURL(r *http.Request) error {
	q.path = browserPath(r)
	err := q.readQuery(r)
	if isReading(r) {
		return err
	}
	q.badURL = err
	return nil
}

func (q *Request) readQuery(r *http.Request) error {
	cfg := &q.handler.cfg
	tooLong := refuse(http.StatusRequestURITooLong, fmt.Sprintf("The address is longer than %d bytes.", cfg.MaxURL))
	if len(q.path)+len(r.URL.RawQuery) > cfg.MaxURL {
		return tooLong
	}
	if isReading(r) {
		q.query = unify(r)
	} else {
		q.query = paging.ParseQuery(r.URL.RawQuery)
	}
	values := 0
	for _, v := range q.query {
		values += len(v)
	}
	switch {
	case values > cfg.MaxParams:
		return refuse(http.StatusBadRequest, fmt.Sprintf("The address has more than %d parameters.", cfg.MaxParams))
	case len(q.path)+len(q.query.Encode()) > cfg.MaxURL: // so the page's stream has it
		return tooLong
	}
	return nil
}

// isReading reports whether the request is for a page. A HEAD runs the handler as a GET does.
func isReading(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

// unify makes of the request's query one that all parsers take for the same: what is read now and what links and the
// stream will say must be one.
func unify(r *http.Request) url.Values {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err == nil {
		return query
	}
	query = paging.ParseQuery(r.URL.RawQuery)
	if path, raw, _ := strings.Cut(r.RequestURI, "?"); raw == r.URL.RawQuery {
		r.RequestURI = path + "?" + query.Encode()
	}
	r.URL.RawQuery = query.Encode()
	return query
}

// tokenKey is where HideToken leaves the token.
type tokenKey struct{}

// HideToken makes of a request's URL what Live makes of it: the stream token, if it has one, is taken out, and the query of
// a GET is one that all parsers take for the same. It returns a request that carries the token for Begin. It is for the
// front of a server, before what logs requests and before what reads the query: Begin does the same, but not to the request
// that a logger holds when something between the two has cloned it, and not to the parameters that a router has parsed and
// keeps (Echo's Context.QueryParam).
func HideToken(r *http.Request, param string) *http.Request {
	if param == "" {
		param = DefaultParam
	}
	token, found := cutToken(r, param)
	if isReading(r) {
		unify(r)
	}
	if !found {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), tokenKey{}, token))
}

// tokenEnd ends the token in the URL of a stream, which it ends itself. What stands behind it the script has put there: an
// EventSource that is made anew sends no Last-Event-ID, so its URL says it.
const (
	tokenEnd    = "~"
	noMessageID = "0" // stands behind tokenEnd where no message has come yet
)

func (q *Request) takeToken(r *http.Request, param string) {
	token, found := cutToken(r, param)
	if !found {
		token, found = r.Context().Value(tokenKey{}).(string)
	}
	q.hasToken = found
	q.token, q.lastID, _ = strings.Cut(token, tokenEnd)
}

// cutToken takes the parameter out of the request's URL, however its name is spelt.
func cutToken(r *http.Request, param string) (token string, found bool) {
	rest, token, found := cutParam(r.URL.RawQuery, param)
	if !found {
		return "", false
	}
	r.URL.RawQuery = rest
	if path, query, ok := strings.Cut(r.RequestURI, "?"); ok {
		if query, _, _ = cutParam(query, param); query != "" {
			query = "?" + query
		}
		r.RequestURI = path + query
	}
	return token, true
}

// cutParam is a query string without a parameter, and the parameter's first value.
func cutParam(raw, param string) (rest, value string, found bool) {
	if raw == "" {
		return "", "", false
	}
	var others []string
	for pair := range strings.SplitSeq(raw, "&") {
		name, escaped, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || plain != param { // a name that is malformed is not the token's
			others = append(others, pair)
			continue
		}
		if !found {
			value, _ = url.QueryUnescape(escaped) // what is malformed is no token
		}
		found = true
	}
	if !found {
		return raw, "", false
	}
	return strings.Join(others, "&"), value, true
}

// browserPath is the path of the page as the browser sees it, escaped. A router may have rewritten the URL; the request
// line is what the browser asked for. A browser has resolved the "/." of reference, a program may not have.
func browserPath(r *http.Request) string {
	path := r.URL.EscapedPath()
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil && u.Path != "" {
		path = u.EscapedPath()
	}
	if strings.HasPrefix(path, "/.//") {
		path = path[len("/."):]
	}
	return path
}

// reference makes a reference of an escaped path and a query: one that leads to that path of the very origin of the page
// it stands in, whatever the path is. Every URL that the library writes is made here. A path that begins with two
// slashes would name another host; behind "/." it is a path.
func reference(path, query string) string {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if namesHost(path) {
		path = "/." + path
	}
	if query != "" {
		query = "?" + query
	}
	return path + query
}

// namesHost reports whether a browser takes the beginning of the path for a host. An escaped path holds no backslash, no
// space and no control character, which browsers would read as a slash or not at all; one that does is not escaped.
func namesHost(path string) bool {
	return strings.HasPrefix(path, "//") || strings.ContainsFunc(path, func(c rune) bool { return c == '\\' || c <= ' ' || c == 0x7f })
}
