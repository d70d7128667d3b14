package embedded

import (
	"fmt"
	"log/slog"
	"sync"
)

// log is what the server says, as the program's own log wants it.
type log struct {
	*slog.Logger

	mu  sync.Mutex
	end error // of the latest Fatalf; guarded by mu
}

// Noticef and the like are methods of a server's log.
func (l *log) Noticef(format string, v ...any) {
	l.Debug("nats: the server says", "text", fmt.Sprintf(format, v...))
}

// Warnf is for what the server gets over.
func (l *log) Warnf(format string, v ...any) {
	l.Warn("nats: the server warns", "text", fmt.Sprintf(format, v...))
}

// Errorf is for what went wrong, such as a route to a node that is away.
func (l *log) Errorf(format string, v ...any) {
	l.Error("nats: the server reports", "error", fmt.Sprintf(format, v...))
}

// Fatalf is for what the server cannot go on with, such as an address in use.
func (l *log) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end = fmt.Errorf(format, v...)
}

// Debugf says nothing.
func (l *log) Debugf(string, ...any) {}

// Tracef says nothing.
func (l *log) Tracef(string, ...any) {}

// fatal is why the server cannot go on; nil: it can.
func (l *log) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}
