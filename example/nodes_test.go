//go:build unix

package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/internal/redistest"
)

// TestNodesFollowEachOther runs the program twice on one database: what happens at the first node shows at the second.
func TestNodesFollowEachOther(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		followEachOther(t, flags{db: pgtest.Start(t).URL(), tickets: 20, drain: 10 * time.Second})
	})
	t.Run("postgres through nats", func(t *testing.T) { // without triggers
		followEachOther(t, flags{db: pgtest.Start(t).URL(), tickets: 20, drain: 10 * time.Second, nats: natsServer(t)})
	})
	t.Run("nats", func(t *testing.T) {
		followEachOther(t, flags{db: filepath.Join(t.TempDir(), "helpdesk.db"), tickets: 20, drain: 10 * time.Second, nats: natsServer(t)})
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
	ann := person{t: t, Client: browser(t)}
	page := ann.get(first + "/login")
	agent := regexp.MustCompile(`value="(\d+)" data-team="[^"]+" data-role="agent"`).FindStringSubmatch(page)
	if agent == nil {
		t.Fatalf("nobody can log in:\n%s", page)
	}
	ann.post(first+"/login", "agent", agent[1]) // the cookie is for both nodes

	list := ann.follow(second + "/tickets?results=lose")
	list.until("ticket-rows")
	ann.post(first+"/tickets", "title", "Made at the first node")
	list.until("Made at the first node")

	ann.post(first + "/logout")
	list.until("delete:#live") // and the connection goes, so that no client comes back
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

func natsServer(t *testing.T) string {
	t.Helper()
	return startNATS(t).ClientURL()
}

func startNATS(t *testing.T) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	return s
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

// browser keeps cookies and connections until the test ends, and waits for nothing longer than half a minute.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport, Timeout: 30 * time.Second}
}

// A person clicks, and does not expect to fail.
type person struct {
	*http.Client

	t *testing.T
}

func (p person) get(to string) string {
	p.t.Helper()
	return p.read(p.do(http.MethodGet, to, nil))
}

// post sends fields, names and values in turn, and follows the redirect.
func (p person) post(to string, fields ...string) {
	p.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	p.read(p.do(http.MethodPost, to, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded"))
}

// follow opens the stream of a page, as curl -N does.
func (p person) follow(to string) stream {
	p.t.Helper()
	res := p.do(http.MethodGet, to, nil, "Accept", "text/event-stream")
	p.t.Cleanup(func() { res.Body.Close() })
	s := stream{bufio.NewScanner(res.Body), p.t}
	s.Buffer(nil, 1<<20)
	return s
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

func (p person) read(res *http.Response) string {
	p.t.Helper()
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// A stream gives the lines that a page is sent.
type stream struct {
	*bufio.Scanner

	t *testing.T
}

// until reads up to a line with the text.
func (s stream) until(text string) {
	s.t.Helper()
	for s.Scan() {
		if strings.Contains(s.Text(), text) {
			return
		}
	}
	s.t.Fatalf("the stream ends without %q: %v", text, s.Err())
}
