package live

import (
	"errors"
	"fmt"
)

// Errors that callers branch on.
var (
	// ErrGone is what a fetch returns when its subject does not exist (any more): 404 at load, a gone fragment later.
	ErrGone = errors.New("live: gone")
	// ErrForbidden is what a fetch returns when the viewer may not see its subject: 403 at load;
	// later the fragment is cleared and the stream ends.
	ErrForbidden = errors.New("live: forbidden")
	// ErrClosed is returned by a Keeper or a Socket that has been closed.
	ErrClosed = errors.New("live: closed")
	// ErrUnknown is returned where a name was never kept on the socket.
	ErrUnknown = errors.New("live: no such assign")
)

// LimitError says which limit of [Limits] a request ran into.
type LimitError struct {
	Limit string // the field of Limits, "AssignsPerPage" for example
	Max   int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("live: limit %s reached (%d)", e.Limit, e.Max)
}

// errGoexit is how a refetch has ended unless it returns: [runtime.Goexit], which t.Fatal calls.
var errGoexit = errors.New("live: a fetch has ended its goroutine")

// panicError is what a panic in user code becomes: an error like any other, with the stack for the log.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }
