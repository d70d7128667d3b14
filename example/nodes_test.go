//go:build unix

package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/natstest"
	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/internal/redistest"
	"github.com/htmxlive/htmxlive/internal/webtest"
)

// TestNodesFollowEachOther runs the program twice on one database: what happens at the first node shows at the second.
func TestNodesFollowEachOther(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		followEachOther(t, flags{db: pgtest.Start(t).URL(), tickets: 20, drain: 10 * time.Second})
	})
	t.Run("postgres through nats", func(t *testing.T) { // without triggers
		followEachOther(t, flags{db: pgtest.Start(t).URL(), tickets: 20, drain: 10 * time.Second, nats: natstest.Start(t).ClientURL()})
	})
	t.Run("nats", func(t *testing.T) {
		followEachOther(t, flags{db: filepath.Join(t.TempDir(), "helpdesk.db"), tickets: 20, drain: 10 * time.Second, nats: natstest.Start(t).ClientURL()})
	})
	t.Run("redis", func(t *testing.T) {
		followEachOther(t, flags{db: filepath.Join(t.TempDir(), "helpdesk.db"), tickets: 20, drain: 10 * time.Second, redis: redisServer(t)})
	})
	t.Run("each other", func(t *testing.T) {
		first, second := freeAddress(t), freeAddress(t)
		f := flags{db: filepath.Join(t.TempDir(), "helpdesk.db"), tickets: 20, drain: 10 * time.Second, cluster: first + "," + second}
		other := f
		other.cluster = second + "," + first
		followEachOther(t, f, other)
	})
}

// followEachOther has two nodes by the same flags, unless the second one has others.
func followEachOther(t *testing.T, f flags, others ...flags) {
	t.Helper()
	first, second := node(t, f), node(t, append(others, f)[0])
	ann := person{t: t, Client: webtest.Browser(t)}
	page := ann.get(first + "/login")
	agent := regexp.MustCompile(`value="(\d+)" data-team="[^"]+" data-role="agent"`).FindStringSubmatch(page)
	if agent == nil {
		t.Fatalf("nobody can log in:\n%s", page)
	}
	ann.post(first+"/login", "agent", agent[1]) // the cookie is for both nodes

	list := ann.follow(second + "/tickets?results=lose")
	list.Until("ticket-rows")
	ann.post(first+"/tickets", "title", "Made at the first node")
	list.Until("Made at the first node")

	ann.post(first + "/logout")
	list.Until("delete:#live") // and the connection goes, so that no client comes back
	for list.Scan() {
	}
	if err := list.Err(); err != nil {
		t.Errorf("the stream was cut: %v", err)
	}
	if page := ann.get(second + "/tickets"); !strings.Contains(page, "Who is at the desk?") {
		t.Errorf("the second node does not ask who it is:\n%s", page)
	}
}

// node runs the program until the test ends, and returns its URL.
func node(t *testing.T, f flags) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx, f, listener, slog.New(slog.NewTextHandler(t.Output(), nil))) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return "http://" + listener.Addr().String()
}

func redisServer(t *testing.T) string {
	t.Helper()
	programs, err := redistest.Programs()
	if err != nil {
		t.Fatal(err)
	}
	return redistest.Start(t, programs[0]).URL()
}

// freeAddress is one that nobody listens on now.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// A person clicks, and does not expect to fail.
type person struct {
	*http.Client

	t *testing.T
}

func (p person) get(to string) string {
	p.t.Helper()
	return webtest.Read(p.t, p.do(http.MethodGet, to, nil))
}

// post sends fields, names and values in turn, and follows the redirect.
func (p person) post(to string, fields ...string) {
	p.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	webtest.Read(p.t, p.do(http.MethodPost, to, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded"))
}

// follow opens the stream of a page, as curl -N does.
func (p person) follow(to string) webtest.Stream {
	p.t.Helper()
	return webtest.Follow(p.t, p.do(http.MethodGet, to, nil, "Accept", "text/event-stream"))
}

// do sends a request, with headers as names and values in turn, and expects to succeed.
func (p person) do(method, to string, body io.Reader, headers ...string) *http.Response {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, to, body)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := p.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		p.t.Fatalf("%s %s: %s", method, to, res.Status)
	}
	return res
}
