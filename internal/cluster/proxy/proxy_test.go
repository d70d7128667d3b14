package proxy_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/cluster/proxy"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestProxies: through each proxy, with its file in deploy, a page loads, follows, changes, outlives its node, and a node
// is deployed without an error.
func TestProxies(t *testing.T) {
	for _, kind := range proxy.Kinds() {
		t.Run(kind, func(t *testing.T) {
			s := startSite(t, kind)
			s.follows(t)
			s.survives(t)
			s.deploys(t, kind)
		})
	}
}

// site is a proxy with two nodes; the third is away.
type site struct {
	book *book
	a, b *node
	url  *url.URL
}

func startSite(t *testing.T, kind string) *site {
	t.Helper()
	s := &site{book: &book{names: []string{"ada", "zoe"}}}
	s.a, s.b = s.book.serve(t, "127.0.0.1:0"), s.book.serve(t, "127.0.0.1:0")
	front, third := freeAddr(t), freeAddr(t)
	config := strings.NewReplacer(proxy.Front, front, proxy.NodeA, s.a.addr, proxy.NodeB, s.b.addr, proxy.NodeC, third).Replace(fileOf(t, kind))
	p, err := proxy.Start(t.Context(), kind, config, front)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(p.Said())
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	s.url = &url.URL{Scheme: "http", Host: front}
	client := s.client(t)
	for end := time.Now().Add(10 * time.Second); ; { // until it knows which nodes are there
		if _, err := s.ask(client, http.MethodGet); err == nil {
			return s
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// browser is one whose every request passes the proxy.
func (s *site) browser(t *testing.T) *livetest.Browser {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	b := livetest.NewBrowser(t, &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(s.url)
		r.Out.Host = r.In.Host
	}})
	b.Origin = s.url.String()
	return b
}

// follows: a page and its stream, which is neither buffered nor cut, and a page change.
func (s *site) follows(t *testing.T) {
	t.Helper()
	visitor := s.browser(t)
	page, other := visitor.Open("/"), visitor.Open("/")
	for i := range 4 { // at one node and at the other
		name := fmt.Sprint("guest", i)
		start := time.Now()
		other.Submit("form", "name", name)
		page.AwaitThat("the page shows "+name, func() bool { return page.Has("guest-" + name) })
		if took := time.Since(start); took > time.Second {
			t.Errorf("a change showed after %v", took)
		}
	}
	before := heartbeats(page)
	page.AwaitThat("heartbeats come one by one", func() bool { return heartbeats(page) >= before+3 })
	page.Click("Only z")
	page.AwaitRows("guests", "zoe")
	other.Submit("form", "name", "zack")
	page.AwaitRows("guests", "zoe", "zack")
	page.Leave()
	other.Leave()
}

func heartbeats(page *livetest.Page) (n int) {
	for _, m := range page.Messages() {
		if m.Event == "heartbeat" {
			n++
		}
	}
	return n
}

// survives: a node is killed, its streams come back at the other, and no request fails.
func (s *site) survives(t *testing.T) {
	t.Helper()
	visitor := s.browser(t)
	client := s.client(t)
	var pages []*livetest.Page
	for range 4 { // a page is two requests: with one more in between, streams come to both nodes
		pages = append(pages, visitor.Open("/"))
		if _, err := s.ask(client, http.MethodGet); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.a.keeper.Stats().Streams; n == 0 || n == len(pages) {
		t.Errorf("%d of %d streams are at the first node", n, len(pages))
	}
	s.a.kill()
	for range 10 {
		if _, err := s.ask(client, http.MethodGet); err != nil {
			t.Errorf("after a node was killed: %v", err)
		}
	}
	s.book.sign("new")
	if err := s.b.keeper.Publish(t.Context(), "guests"); err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		page.AwaitThat("the page shows what was new after its node", func() bool { return page.Has("guest-new") })
		page.Leave()
	}
	s.a = s.book.serve(t, s.a.addr)
	s.seen(t, s.a)
}

// seen waits until the proxy gives requests to a node.
func (s *site) seen(t *testing.T, n *node) {
	t.Helper()
	client := s.client(t)
	for end := time.Now().Add(10 * time.Second); ; {
		if addr, err := s.ask(client, http.MethodGet); err == nil && addr == n.addr {
			return
		} else if time.Now().After(end) {
			t.Fatalf("no request comes to %s: %v", n.addr, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// drainDelay is more than two health checks.
const drainDelay = 2500 * time.Millisecond

// deploys: while a node drains and is started again, no request fails. nginx learns by a failed attempt that a node has gone,
// and does not send a POST again which the node may have seen: so it is asked with GET alone.
func (s *site) deploys(t *testing.T, kind string) {
	t.Helper()
	methods := []string{http.MethodGet, http.MethodPost}
	if kind == "nginx" {
		methods = methods[:1]
	}
	ctx, cancel := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	var mu sync.Mutex
	asked := map[string]int{}
	for _, method := range methods {
		asking.Go(func() {
			client := s.client(t)
			for ctx.Err() == nil {
				addr, err := s.ask(client, method)
				if err != nil {
					t.Errorf("%s during a deploy: %v", method, err)
				}
				mu.Lock()
				asked[addr]++
				mu.Unlock()
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	s.b.drain(drainDelay)
	time.Sleep(200 * time.Millisecond)
	s.b = s.book.serve(t, s.b.addr)
	s.seen(t, s.b)
	cancel()
	asking.Wait()
	t.Logf("requests by node: %v", asked)
	if len(asked) != 2 {
		t.Errorf("requests went to %v, want both nodes", asked)
	}
}

// client takes a new connection for each request, as new visitors do.
func (s *site) client(t *testing.T) *http.Client {
	t.Helper()
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
}

// ask is a request; the answer is which node has answered.
func (s *site) ask(client *http.Client, method string) (addr string, err error) {
	req, err := http.NewRequest(method, s.url.JoinPath("/plain").String(), strings.NewReader(""))
	if err != nil {
		return "", err
	}
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, body)
	}
	return res.Header.Get("X-Node"), err
}

// TestOperationsStayInside: what is for operators is not for those who come through the proxy.
func TestOperationsStayInside(t *testing.T) {
	for _, kind := range proxy.Kinds() {
		t.Run(kind, func(t *testing.T) {
			s := startSite(t, kind)
			res, err := s.client(t).Get(s.url.JoinPath("/readyz").String())
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusNotFound {
				t.Errorf("/readyz is %s, want 404", res.Status)
			}
		})
	}
}

// TestProxiesWaitForStreams: what may end a silent stream is several heartbeats (15 s) long.
func TestProxiesWaitForStreams(t *testing.T) {
	limits := map[string]*regexp.Regexp{
		"nginx":   regexp.MustCompile(`(?m)^\s*(proxy_read_timeout) (\d+)s;`),
		"haproxy": regexp.MustCompile(`(?m)^\s*timeout (client|server) (\d+)s\b`),
		"caddy":   regexp.MustCompile(`(?m)^\s*(read_timeout|write_timeout|stream_timeout) (\d+)s\b`),
	}
	for kind, want := range map[string]int{"nginx": 1, "haproxy": 2, "caddy": 0} { // without one, Caddy waits for ever
		found := limits[kind].FindAllStringSubmatch(fileOf(t, kind), -1)
		if len(found) != want {
			t.Errorf("%s has the limits %q, want %d", kind, found, want)
		}
		for _, m := range found {
			if seconds, err := strconv.Atoi(m[2]); err != nil || seconds < 3*15 {
				t.Errorf("%s: %s is %s s, want at least three heartbeats (%v)", kind, m[1], m[2], err)
			}
		}
	}
}

func fileOf(t *testing.T, kind string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", proxy.File(kind)))
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range []string{proxy.Front, proxy.NodeA, proxy.NodeB, proxy.NodeC} {
		if strings.Count(string(text), addr) != 1 {
			t.Fatalf("deploy/%s names %s %d times, want once", proxy.File(kind), addr, strings.Count(string(text), addr))
		}
	}
	return string(text)
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
