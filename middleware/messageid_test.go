package middleware_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
)

func TestIDsRepeatKeptRowsOnlyWhereTheTokenDoesNotNameThem(t *testing.T) {
	a := newApp(t, middleware.Config{Keys: [][]byte{bytes.Repeat([]byte("k"), 32)}, Client: clientOfPath})
	a.book(t, live.ResultsHold)
	a.notes.set(numbered(1, 5)...)
	connect := adaptertest.ConnectURL(t, a.get(t, "/book/2").html)

	named := a.stream(t, connect).Next().ID
	if len(named) > 40 {
		t.Errorf("the id repeats what stands in the token: %q", named)
	}
	alone := a.stream(t, "/book/2").Next().ID
	if !strings.Contains(alone, ".") {
		t.Fatalf("nothing but the id could tell which rows are kept, and it does not: %q", alone)
	}

	a.notes.set(numbered(2, 9)...)
	for name, s := range map[string]*adaptertest.Events{
		"from the token": a.stream(t, connect, "Last-Event-ID", named),
		"from the id":    a.stream(t, "/book/2", "Last-Event-ID", alone),
	} {
		ev := s.Next()
		if strings.Contains(ev.Data, "note 9") || !strings.Contains(ev.Data, "3 new") {
			t.Errorf("kept rows %s: %+v", name, ev)
		}
	}
	again := a.stream(t, "/book/2", "Last-Event-ID", alone).Next().ID
	if _, kept, _ := strings.Cut(alone, "."); !strings.HasSuffix(again, "."+kept) {
		t.Errorf("the stream that came back by its id %q does not pass the rows on: %q", alone, again)
	}
	if ev := a.stream(t, "/book/2", "Last-Event-ID", alone[:len(alone)-4]+"AAAA").Next(); !strings.Contains(ev.Data, "note 9") {
		t.Errorf("a forged id is believed: %+v", ev)
	}
}
