package proxy_test

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/middleware/nethttp"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

// book is a guest book, which several nodes serve.
type book struct {
	bus livetest.Bus

	mu    sync.Mutex
	names []string // guarded by mu
}

func (b *book) sign(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.names = append(b.names, name)
}

// find are the names that begin so.
func (b *book) find(prefix string) (found []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, name := range b.names {
		if strings.HasPrefix(name, prefix) {
			found = append(found, name)
		}
	}
	return found
}

var bookPage = template.Must(template.New("page").Funcs(template.FuncMap{"page": func(url string) template.HTMLAttr { return views.PageLink(url, "") }}).
	Parse(`<!doctype html><title>Guests</title><main id="main"><a {{page "/?of=z"}}>Only z</a><ul id="guests">{{.Live.Fragment "guests"}}</ul>
	<form method="post" action="/"><input name="name"><button>Sign</button></form></main>{{.Live.Connect}}
	{{define "guest"}}<li id="guest-{{.}}">{{.}}</li>{{end}}`))

// node is a server of the book.
type node struct {
	t       *testing.T
	addr    string
	book    *book
	keeper  *live.Keeper
	broker  *livetest.BusNode
	server  *http.Server
	served  chan struct{}
	leaving atomic.Bool // readiness fails
}

const heartbeat = 100 * time.Millisecond

// serve starts a node. An address without a port chooses one.
func (b *book) serve(t *testing.T, addr string) *node {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, addr: listener.Addr().String(), book: b, broker: b.bus.Node(), served: make(chan struct{})}
	log := slog.New(slog.DiscardHandler)
	n.keeper = live.NewKeeper(live.Config{Broker: n.broker, Logger: log})
	n.server = &http.Server{Handler: n.handler(log), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		defer close(n.served)
		if err := n.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	}()
	t.Cleanup(n.kill)
	return n
}

func (n *node) handler(log *slog.Logger) http.Handler {
	store := sessions.NewCookieStore([]byte("0123456789abcdef0123456789abcdef"))
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", nethttp.Handler(func(_ http.ResponseWriter, r *http.Request, s *live.Socket) (views.Component, error) {
		prefix := r.FormValue("of")
		_, err := live.KeepList(s, "guests", live.ListQuery[string, string]{
			Fetch: func(context.Context) ([]string, error) { return n.book.find(prefix), nil },
			Key:   func(name string) string { return name }, Subscribe: []string{"guests"}, Results: live.ResultsLose,
			Fragments: views.Fragments(views.Rows{ID: "guests", Prefix: "guest-", Row: views.Named(bookPage, "guest")}),
		})
		return views.Template(bookPage, "page", nil), err
	}))
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		n.book.sign(r.FormValue("name"))
		if err := n.keeper.Publish(context.WithoutCancel(r.Context()), "guests"); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /plain", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Node", n.addr) })
	mux.HandleFunc("POST /plain", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Node", n.addr) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if n.leaving.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	return nethttp.LiveWithConfig(nethttp.Config{
		Keeper: n.keeper, Store: store, Keys: [][]byte{[]byte("0123456789abcdef")}, Logger: log,
		Stream: sse.Config{Heartbeat: heartbeat, Retry: 100 * time.Millisecond},
	})(mux)
}

// kill ends everything at once. Afterwards nobody listens.
func (n *node) kill() {
	_ = n.server.Close()
	<-n.served
	n.close()
}

// drain is what a deploy does: readiness fails, after a while the streams end, and then the server.
func (n *node) drain(delay time.Duration) {
	n.leaving.Store(true)
	time.Sleep(delay)
	n.close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(n.t.Context()), 10*time.Second)
	defer cancel()
	if err := n.server.Shutdown(ctx); err != nil {
		n.t.Errorf("shutdown: %v", err)
	}
	<-n.served
}

func (n *node) close() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(n.t.Context()), 10*time.Second)
	defer cancel()
	if err := n.keeper.Close(ctx); err != nil {
		n.t.Errorf("close the keeper: %v", err)
	}
	n.broker.Close()
}
