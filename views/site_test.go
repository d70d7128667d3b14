package views_test

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

// site is a server with one page and one stream at a time, both of which the test decides on.
type site struct {
	*httptest.Server

	client views.Client
	page   http.HandlerFunc // what is not a file or a stream
	status atomic.Int64     // what a stream is answered with; 0: the stream

	messages chan string
	raw      chan string   // events as they stand on the wire
	ids      chan string   // receives the Last-Event-ID of each stream
	opened   chan struct{} // receives when a stream has been opened
	cut      chan struct{} // ends an open stream
	refused  chan struct{} // receives when a stream has been refused
	held     chan struct{} // ends the answers that are held back

	mu      sync.Mutex
	streams int // open now; guarded by mu
	loads   int // pages served; guarded by mu
}

func newSite(t *testing.T, client views.Client, page http.HandlerFunc) *site {
	t.Helper()
	modules, err := nodemodules.Dir()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{
		client: client, page: page,
		messages: make(chan string), raw: make(chan string), ids: make(chan string, 100), opened: make(chan struct{}, 100), cut: make(chan struct{}), refused: make(chan struct{}, 100), held: make(chan struct{}),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/assets/", serveAssets(modules))
	mux.HandleFunc("/stream", s.stream)
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.loads++
		s.mu.Unlock()
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-n0nce'; connect-src 'self'; base-uri 'none'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		s.page(w, r)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

// serveAssets serves the files of Client.Files out of node_modules, and the script.
func serveAssets(modules string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/assets/")
		w.Header().Set("Content-Type", "text/javascript")
		if name == views.ScriptName {
			io.WriteString(w, views.Script())
			return
		}
		pkg, file, _ := strings.Cut(path.Clean(name), "/")
		b, err := os.ReadFile(filepath.Join(modules, pkg, "dist", filepath.FromSlash(file)))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		w.Write(b)
	}
}

// head is what every page of the site begins with.
func (s *site) head() string { return s.headWith(views.Scripts{}) }

func (s *site) headWith(scripts views.Scripts) string {
	scripts.Base, scripts.Nonce = "/assets/", "n0nce"
	return `<!doctype html><html lang="en"><head><title>test</title>` + string(s.client.Scripts(scripts)) + `</head><body>`
}

func (s *site) stream(w http.ResponseWriter, r *http.Request) {
	if status := int(s.status.Load()); status == hold {
		select {
		case <-s.held:
		case <-r.Context().Done():
			return
		}
	} else if status != 0 {
		http.Error(w, http.StatusText(status), status)
		s.refused <- struct{}{}
		return
	}
	s.count(1)
	defer s.count(-1)
	w.Header().Set("Content-Type", "text/event-stream")
	io.WriteString(w, ": open\n\n")
	w.(http.Flusher).Flush()
	s.opened <- struct{}{}
	s.ids <- r.Header.Get("Last-Event-ID")
	for {
		select {
		case <-r.Context().Done():
			return
		case <-s.cut:
			return
		case m := <-s.messages:
			fmt.Fprintf(w, "%s\n", sse.Encode([]byte(m)))
			w.(http.Flusher).Flush()
		case event := <-s.raw:
			io.WriteString(w, event)
			w.(http.Flusher).Flush()
		}
	}
}

// release answers the streams that are held back.
func (s *site) release() { close(s.held) }

func (s *site) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams += n
}

func (s *site) streamsOpen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams
}

func (s *site) pagesServed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads
}

// push sends a message to the stream that is open, and fails the test when nobody takes it. One that its browser has left,
// such as a probe, may be open here for a moment yet: it is waited for, or it would take the message.
func (s *site) push(t *testing.T, message string) {
	t.Helper()
	s.send(t, s.messages, message)
}

func (s *site) send(t *testing.T, to chan<- string, message string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for s.streamsOpen() > 1 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("more than one stream is open")
		}
	}
	select {
	case to <- message:
	case <-ctx.Done():
		t.Fatal("no stream took the message")
	}
}

// eachClient runs the test for every client, side by side: most of the time they wait.
func eachClient(t *testing.T, test func(t *testing.T, client views.Client)) {
	t.Helper()
	for _, client := range views.Clients() {
		t.Run("htmx"+string(client), func(t *testing.T) {
			t.Parallel()
			test(t, client)
		})
	}
}

// marker is a block that tells which message has been applied last.
func marker() fragment.Fragment {
	tmpl := template.Must(template.New("").Parse(`{{define "marker"}}<output id="marker">{{.}}</output>{{end}}`))
	return views.New(views.Block{ID: "marker", Markup: views.Named(tmpl, "marker")})
}
