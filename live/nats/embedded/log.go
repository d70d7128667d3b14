package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// log is what the server says, as the program's own log wants it.
type log struct {
	*slog.Logger

	mu     sync.Mutex           // guards everything below
	end    error                // of the latest Fatalf
	errors map[string]time.Time // when an error was said last
}

// sayAgain is after how long an error is said again: a route to a node that is away fails every second.
const sayAgain = time.Minute

// Noticef and the like are methods of a server's log.
func (l *log) Noticef(format string, v ...any) {
	l.Debug("nats: the server says", "text", fmt.Sprintf(format, v...))
}

// Warnf is for what the server gets over.
func (l *log) Warnf(format string, v ...any) {
	l.Warn("nats: the server warns", "text", fmt.Sprintf(format, v...))
}

// errorsMost is how many errors are remembered.
const errorsMost = 100

// Errorf is for what went wrong, such as a route to a node that is away. The same error is said once a minute, whatever number of
// an attempt or a connection it has.
func (l *log) Errorf(format string, v ...any) {
	level := slog.LevelError
	_, kind, numbered := strings.Cut(format, " - ") // "address - rid:7 - text"
	if !numbered {
		kind = format
	}
	if len(v) > 0 {
		kind += fmt.Sprint(v[len(v)-1]) // what failed, at which address
	}
	if !l.sayable(kind) {
		level = slog.LevelDebug
	}
	l.Log(context.Background(), level, "nats: the server reports", "error", fmt.Sprintf(format, v...)) //nolint:forbidigo // the server has no context
}

func (l *log) sayable(kind string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if said, ok := l.errors[kind]; ok && now.Sub(said) < sayAgain {
		return false
	}
	if l.errors == nil || len(l.errors) >= errorsMost {
		l.errors = map[string]time.Time{}
	}
	l.errors[kind] = now
	return true
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
