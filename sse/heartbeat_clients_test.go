package sse_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/eventsource"
	"github.com/htmxlive/htmxlive/sse"
)

// TestHeartbeatAsTheStandardSays: script sees a heartbeat as an event of its own type with data, and the browser keeps
// the id that it has.
func TestHeartbeatAsTheStandardSays(t *testing.T) {
	w := newMemory()
	if err := sse.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), each(sse.Message{}, page("5", "x"), sse.Message{}), sse.Config{}); err != nil {
		t.Fatal(err)
	}
	got := read([]byte(w.text()))
	want := []event{{sse.HeartbeatEvent, "15000", ""}, {"message", "x", "5"}, {sse.HeartbeatEvent, "15000", "5"}}
	if !slices.Equal(got.events, want) || got.lastID != "5" {
		t.Errorf("read %+v, last id %q, want %+v", got.events, got.lastID, want)
	}
}

// TestHeartbeatInNode: npm's eventsource hears it, too, and asks to go on after the last id when the stream has ended.
func TestHeartbeatInNode(t *testing.T) {
	asked := make(chan string, 1)
	first := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			_ = sse.Serve(w, r, each(page("5", "x"), sse.Message{}), sse.Config{Retry: 10 * time.Millisecond})
			return
		}
		asked <- sse.LastEventID(r)
		_ = sse.Serve(w, r, silent(), sse.Config{})
	}))
	t.Cleanup(server.Close)
	client := eventsource.Open(t, server.URL, nil, sse.HeartbeatEvent)
	if got := client.Message(); got.Name != "message" || got.Data != "x" || got.ID != "5" {
		t.Errorf("heard %+v first", got)
	}
	if got := client.Message(); got.Name != sse.HeartbeatEvent || got.Data != "15000" {
		t.Errorf("heard %+v, want a heartbeat", got)
	}
	if id := <-asked; id != "5" {
		t.Errorf("it asks to go on after %q", id)
	}
}
