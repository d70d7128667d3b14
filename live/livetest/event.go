package livetest

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxLine is the longest line of a stream, in bytes.
const maxLine = 64 << 20

// event is what a block of a stream says.
type event struct {
	name, data string
	id         *string        // nil: the last one stays
	retry      *time.Duration // nil: as before
}

// events reads a stream as the WHATWG says.
type events struct{ lines *bufio.Scanner }

func eventsOf(r io.Reader) events {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	lines.Split(splitLine())
	return events{lines}
}

// next is the next block that says anything; ok is false when the stream has ended.
func (e events) next() (ev event, ok bool) {
	var data []string
	said := false
	for e.lines.Scan() {
		line := e.lines.Text()
		if line == "" {
			if !said {
				continue
			}
			ev.data = strings.Join(data, "\n")
			return ev, true
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		said = true
		switch field {
		case "event":
			ev.name = value
		case "data":
			data = append(data, value)
		case "id":
			if !strings.Contains(value, "\x00") {
				ev.id = &value
			}
		case "retry":
			if ms, err := strconv.ParseUint(value, 10, 31); err == nil {
				wait := time.Duration(ms) * time.Millisecond
				ev.retry = &wait
			}
		}
	}
	return ev, false
}

// splitLine splits at CR, LF and CRLF, without waiting for what follows a CR.
func splitLine() bufio.SplitFunc {
	afterCR := false
	return func(data []byte, atEOF bool) (advance int, token []byte, err error) {
		skip := 0
		if afterCR && len(data) > 0 {
			if data[0] == '\n' {
				skip = 1
			}
			afterCR = false
		}
		for i, c := range data[skip:] {
			if c == '\n' || c == '\r' {
				afterCR = c == '\r'
				return skip + i + 1, data[skip : skip+i], nil
			}
		}
		if atEOF {
			return len(data), nil, nil // a line that is cut off says nothing
		}
		return skip, nil, nil
	}
}
