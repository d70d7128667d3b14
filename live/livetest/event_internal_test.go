package livetest

import (
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
)

func TestEvents(t *testing.T) {
	for stream, want := range map[string]string{
		"data: a\ndata:b\n\n":                     "[a\nb]",
		"data: a\r\ndata: b\r\rdata: c\n\n":       "[a\nb] [c]",
		"data:  a\ndata\n\n":                      "[ a\n]",
		"id: 7\nretry: 1500\n:\n\ndata: a\n\n":    "[ id=7 retry=1.5s] [a]",
		"id\ndata: a\n\nid: \x00\ndata: b\n\n":    "[a id=] [b]",
		"event: x\ndata: a\n\ndata: cut off":      "[x a]",
		"retry: soon\nfoo: bar\n: beat\n\n\n\n\n": "[]",
		"data: cut off\n":                         "",
	} {
		for name, events := range map[string]events{
			"whole":        eventsOf(strings.NewReader(stream)),
			"byte by byte": eventsOf(iotest.OneByteReader(strings.NewReader(stream))),
		} {
			var got []string
			for ev, ok := events.next(); ok; ev, ok = events.next() {
				got = append(got, describeEvent(ev))
			}
			if got := strings.Join(got, " "); got != want {
				t.Errorf("%q, %s, is %q, want %q", stream, name, got, want)
			}
		}
	}
}

func describeEvent(ev event) string {
	said := ev.data
	if ev.name != "" {
		said = ev.name + " " + said
	}
	if ev.id != nil {
		said += " id=" + *ev.id
	}
	if ev.retry != nil {
		said += fmt.Sprint(" retry=", *ev.retry)
	}
	return "[" + said + "]"
}
