package paging

import (
	"errors"
	"net/http"
	"strconv"
)

// What a request can get wrong. Every error that Config.Parse returns because of a request is an *Error that wraps one
// of these.
var (
	// ErrInvalid: a parameter has a value that it cannot have.
	ErrInvalid = errors.New("paging: invalid parameter")
	// ErrForged: a cursor was not sealed here for this scope: cut short, edited, sealed with a key that is no longer
	// known, or somebody else's.
	ErrForged = errors.New("paging: forged cursor")
	// ErrOutdated: a cursor is ours, but belongs to another list, another sort or other filters. Showing the first page is a good
	// answer to it.
	ErrOutdated = errors.New("paging: outdated cursor")
)

// Error says which parameter of a request was refused and why. It never repeats the value, so it is safe to show.
type Error struct {
	// Param is the name of the parameter as it stood in the URL, prefix included.
	Param string
	// Reason continues a sentence that begins with the parameter: "must be a positive whole number".
	Reason string

	kind error
}

// Error is one sentence that names the parameter.
func (e *Error) Error() string {
	return "paging: parameter " + strconv.Quote(e.Param) + " " + e.Reason
}

// Unwrap is ErrInvalid, ErrForged or ErrOutdated.
func (e *Error) Unwrap() error { return e.kind }

// StatusCode is 400: the request is wrong, not the server.
func (e *Error) StatusCode() int { return http.StatusBadRequest }
