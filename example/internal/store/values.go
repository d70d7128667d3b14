package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Status is how far a ticket is.
type Status string

// The statuses, in the order of a ticket's life.
const (
	StatusOpen    Status = "open"
	StatusPending Status = "pending"
	StatusSolved  Status = "solved"
	StatusClosed  Status = "closed"
)

// Statuses lists every status.
func Statuses() []Status { return []Status{StatusOpen, StatusPending, StatusSolved, StatusClosed} }

// A Priority is how much a ticket matters: 1 (low) to 4 (urgent), so that it sorts.
type Priority int

// The priorities.
const (
	Low Priority = iota + 1
	Normal
	High
	Urgent
)

// Priorities lists every priority, the most urgent first.
func Priorities() []Priority { return []Priority{Urgent, High, Normal, Low} }

// String is the name that forms and pages use.
func (p Priority) String() string {
	switch p {
	case Low:
		return "low"
	case Normal:
		return "normal"
	case High:
		return "high"
	case Urgent:
		return "urgent"
	default:
		return fmt.Sprintf("priority %d", int(p))
	}
}

// PriorityNamed is the opposite of String.
func PriorityNamed(name string) (Priority, bool) {
	for _, p := range Priorities() {
		if p.String() == name {
			return p, true
		}
	}
	return 0, false
}

// The longest texts, in characters.
const (
	MaxTitle = 200
	MaxBody  = 10000
)

// Invalid says what is wrong with the fields of a form, by field, in sentences for people.
type Invalid map[string]string

// Error names every field and what is wrong with it.
func (i Invalid) Error() string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(i)) {
		parts = append(parts, field+": "+i[field])
	}
	return strings.Join(parts, " ")
}

// err is nil when nothing is wrong.
func (i Invalid) err() error {
	if len(i) == 0 {
		return nil
	}
	return i
}

// text notes a text that is missing or too long and returns it as it can be stored: trimmed, with \n as its only
// line ends, valid UTF-8 and without the NUL that PostgreSQL refuses.
func (i Invalid) text(field, value string, least, most int) string {
	value = strings.TrimSpace(clean(value))
	switch n := utf8.RuneCountInString(value); {
	case n < least:
		i[field] = "Please write something here."
	case n > most:
		i[field] = fmt.Sprintf("At most %d characters, please: these are %d.", most, n)
	}
	return value
}

func clean(value string) string {
	value = strings.ToValidUTF8(value, "\uFFFD")
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(value)
}

func stamp(t time.Time) int64 { return t.UnixMicro() }

func unstamp(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
