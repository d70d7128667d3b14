package sse_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// event is what a browser dispatches.
type event struct{ Type, Data, LastID string }

// browser interprets a stream as the HTML standard says (section 9.2.6), to the letter. Line for line it can be held
// against the text of the standard.
type browser struct {
	events []event
	lastID string
	retry  int // milliseconds; -1: never told

	data, kind, id strings.Builder
}

// read interprets a complete stream.
func read(stream []byte) *browser {
	b := &browser{retry: -1}
	text := strings.TrimPrefix(decode(stream), "\uFEFF")
	for text != "" {
		end := strings.IndexAny(text, "\r\n")
		if end < 0 {
			break // "Once the end of the file is reached, any pending data must be discarded."
		}
		line := text[:end]
		if strings.HasPrefix(text[end:], "\r\n") {
			end++
		}
		text = text[end+1:]
		b.line(line)
	}
	return b
}

// decode is "UTF-8 decode": what is not UTF-8 becomes U+FFFD.
func decode(stream []byte) string { return strings.ToValidUTF8(string(stream), "\uFFFD") }

func (b *browser) line(line string) {
	switch name, value, colon := strings.Cut(line, ":"); {
	case line == "":
		b.dispatch()
	case name == "": // begins with a colon: ignore
	case colon:
		b.field(name, strings.TrimPrefix(value, " "))
	default:
		b.field(line, "")
	}
}

func (b *browser) field(name, value string) {
	switch name {
	case "event":
		b.kind.Reset()
		b.kind.WriteString(value)
	case "data":
		b.data.WriteString(value + "\n")
	case "id":
		if !strings.Contains(value, "\x00") {
			b.id.Reset()
			b.id.WriteString(value)
		}
	case "retry":
		if value != "" && strings.Trim(value, "0123456789") == "" {
			b.retry, _ = strconv.Atoi(value)
		}
	}
}

func (b *browser) dispatch() {
	b.lastID = b.id.String()
	if b.data.Len() == 0 {
		b.kind.Reset()
		return
	}
	e := event{Type: "message", Data: strings.TrimSuffix(b.data.String(), "\n"), LastID: b.lastID}
	if b.kind.Len() > 0 {
		e.Type = b.kind.String()
	}
	b.data.Reset()
	b.kind.Reset()
	b.events = append(b.events, e)
}

// normal is what a browser makes of text: valid UTF-8 with LF line ends.
func normal(text string) string {
	if !utf8.ValidString(text) {
		text = decode([]byte(text))
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// TestBrowser holds the parser against the examples that the standard itself gives.
func TestBrowser(t *testing.T) {
	for _, c := range []struct {
		stream string
		want   []event
		lastID string
	}{
		{"data: YHOO\ndata: +2\ndata: 10\n\n", []event{{"message", "YHOO\n+2\n10", ""}}, ""},
		{": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event", []event{{"message", "first event", "1"}, {"message", "second event", ""}}, ""},
		{"data\n\ndata\ndata\n\ndata:", []event{{"message", "", ""}, {"message", "\n", ""}}, ""},
		{"data:test\n\ndata: test\n\n", []event{{"message", "test", ""}, {"message", "test", ""}}, ""},
		{"event: add\rdata: 1\r\rid: 7\r\n\r\n", []event{{"add", "1", ""}}, "7"},
	} {
		b := read([]byte(c.stream))
		if len(b.events) != len(c.want) || b.lastID != c.lastID {
			t.Fatalf("%q: got %+v, last id %q", c.stream, b.events, b.lastID)
		}
		for i := range c.want {
			if b.events[i] != c.want[i] {
				t.Errorf("%q: event %d is %+v, want %+v", c.stream, i, b.events[i], c.want[i])
			}
		}
	}
}
