package eventsource_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/eventsource"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers the n-th connection with the n-th text and then ends it; the last text is for all that follow, and
// their connections stay open.
func serve(t *testing.T, seen chan<- http.Header, texts ...string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case seen <- r.Header:
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, texts[0])
		w.(http.Flusher).Flush()
		if len(texts) > 1 {
			texts = texts[1:]
			return
		}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestReadsAsTheStandardSays(t *testing.T) {
	seen := make(chan http.Header, 1)
	url := serve(t, seen, ": a comment\n\nid: 7\r\ndata: <p>one\r\ndata:two</p>\r\n\r\nevent: other\rdata: \u00fc\r\n\r\n")
	client := eventsource.Open(t, url, http.Header{"Cookie": {"session=ada"}}, "other")
	if header := <-seen; header.Get("Cookie") != "session=ada" || header.Get("Accept") != "text/event-stream" {
		t.Errorf("the client asked with %v", header)
	}
	for _, want := range []eventsource.Event{
		{Kind: "open"},
		{Kind: "message", Name: "message", ID: "7", Data: "<p>one\ntwo</p>"},
		{Kind: "message", Name: "other", Data: "\u00fc"},
	} {
		if got := client.Next(); got != want {
			t.Errorf("heard %+v, want %+v", got, want)
		}
	}
}

func TestResumes(t *testing.T) {
	seen := make(chan http.Header, 2)
	url := serve(t, seen, "retry: 10\nid: 41\ndata: a\n\n", "id: 42\ndata: b\n\n")
	client := eventsource.Open(t, url, nil)
	if got := client.Message(); got.Data != "a" {
		t.Fatalf("heard %+v first", got)
	}
	if got := client.Message(); got.Data != "b" || got.ID != "42" {
		t.Fatalf("heard %+v after the stream broke", got)
	}
	first, second := <-seen, <-seen
	if first.Get("Last-Event-Id") != "" || second.Get("Last-Event-Id") != "41" {
		t.Errorf("asked to go on after %q, then %q", first.Get("Last-Event-Id"), second.Get("Last-Event-Id"))
	}
}

func TestRefusal(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	if got := eventsource.Open(t, server.URL, nil).Next(); got.Kind != "error" || got.Status != http.StatusNotFound {
		t.Errorf("heard %+v", got)
	}
}
