package live

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// Errors that callers branch on.
var (
	// ErrGone is what a fetch returns when its subject does not exist (any more): 404 at load, a gone fragment later.
	ErrGone = errors.New("live: gone")
	// ErrForbidden is what a fetch returns when the viewer may not see its subject: 403 at load;
	// later the fragment is cleared and the stream ends.
	ErrForbidden = errors.New("live: forbidden")
	// ErrClosed is returned by a Keeper or a Socket that has been closed, and by a Socket with a page that has moved on to another stream.
	ErrClosed = errors.New("live: closed")
	// ErrUnknown is returned where a name was never kept on the socket.
	ErrUnknown = errors.New("live: no such assign")
)

// Limit names what a [LimitError] is about.
type Limit string

// The limits. Those of [Limits] have the names of its fields.
const (
	LimitStreams           Limit = "Streams"
	LimitStreamsPerSession Limit = "StreamsPerSession"
	LimitStreamsPerUser    Limit = "StreamsPerUser"
	LimitAssigns           Limit = "AssignsPerPage"
	LimitTopics            Limit = "TopicsPerAssign"
	LimitFragmentBytes     Limit = "BytesPerFragment"
	LimitFetches           Limit = "MaxFetches"  // of Config: a load waited FetchTimeout for its turn
	LimitPageChanges       Limit = "PageChanges" // 16 calls of ChangePage that a stream has not come to
)

// LimitError is the error of a request that went over a limit.
type LimitError struct {
	Limit Limit
	Max   int // the limit's value
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("live: limit %s reached (%d)", e.Limit, e.Max)
}

// stackError is a panic as an error: one of this package, or of a fragment's.
type stackError interface {
	error
	Stack() []byte
}

// errGoexit is how a refetch has ended unless it returns: [runtime.Goexit], which t.Fatal calls.
var errGoexit = errors.New("live: a fetch has ended its goroutine")

// panicError is what a panic in user code becomes: an error like any other, with the stack for the log.
type panicError struct {
	value any
	stack []byte
}

// Stack is where the panic was, for a log.
func (e *panicError) Stack() []byte { return e.stack }

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// recoverTo turns a panic in user code into an error: it ends that fetch or render and nothing else.
func recoverTo(err *error) {
	if v := recover(); v != nil {
		*err = errors.Join(*err, &panicError{value: v, stack: debug.Stack()})
	}
}
