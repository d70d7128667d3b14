package live_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// Pages are named by their path, or by it and their query.
func TestWhyOfAPage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		if text := k.Why("/nowhere").String(); !strings.Contains(text, "/nowhere is not live: no browser has a stream of it open") {
			t.Error(text)
		}
		for _, query := range []url.Values{{"a": {"1"}, "b": {"2"}}, {"a": {"1"}}, nil} {
			livetest.OpenSocket(t, k, live.SocketConfig{Session: "s", Path: "/list", Query: query}, keeping(newSource(1).number()))
		}
		livetest.OpenSocket(t, k, live.SocketConfig{Session: "s", Path: "/"}, func(*live.Socket) error { return nil })
		for page, want := range map[string]int{"/list": 3, "/list?b=2&a=1": 1, "/list?a=1": 1, "/list?": 1, "/list?c": 0, "/": 1} {
			if got := len(k.Why(page).Streams); got != want {
				t.Errorf("%s: %d streams, want %d", page, got, want)
			}
		}
		if text := k.Why("/").String(); !strings.Contains(text, "nothing is kept on it") {
			t.Error(text)
		}
		if text := k.Why("/list").String(); !strings.Contains(text, "/list: 3 open streams") || !strings.Contains(text, "/list?a=1&b=2 of session") {
			t.Error(text)
		}
	})
}

// A page with many streams is not told of in full.
func TestWhyIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{Limits: live.Limits{StreamsPerSession: 200}})
		for range 103 {
			tr, err := k.Connect(t.Context(), live.SocketConfig{Session: "s", Path: "/", Connected: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(tr.Close)
		}
		info := k.Why("/")
		if text := info.String(); len(info.Streams) != 100 || info.More != 3 || !strings.Contains(text, "103 open streams") || !strings.Contains(text, "and 3 more") {
			t.Errorf("%d streams, %d more: %.100s", len(info.Streams), info.More, text)
		}
	})
}

// What checks have found is told of the query.
func TestWhyTellsOfFindings(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, _ := checked(t)
		s := newSource(1)
		open(t, k, s.number())
		s.set(2)
		time.Sleep(3 * time.Second)
		if a := why(t, k); len(a.Findings) != 1 || !strings.Contains(k.Why("/").String(), "finding   1 in all, last 1s ago: nobody published") {
			t.Errorf("%+v\n%s", a, k.Why("/"))
		}
	})
}
