//go:build unix

package main

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/natstest"
	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/internal/webtest"
	"github.com/htmxlive/htmxlive/middleware"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestNodes has one database and one broker for all that it tells.
func TestNodes(t *testing.T) {
	db := pgtest.Start(t).URL()
	cfg := config{db: db, nats: natstest.Start(t).ClientURL(), key: strings.Repeat("k", 32), delay: 500 * time.Millisecond}
	t.Run("revocations", func(t *testing.T) { remembers(t, db) })
	t.Run("follow each other", func(t *testing.T) { followEachOther(t, cfg) })
	t.Run("a node leaves", func(t *testing.T) { leaves(t, cfg) })
}

// followEachOther: what happens at one node shows at the other, and the session that is made at one is that of both.
func followEachOther(t *testing.T, cfg config) {
	cfg.delay = 0
	first, second := start(t, cfg), start(t, cfg)
	ann, thief := browser(t), browser(t)
	if status, page := ann.get(first.url + "/"); status != http.StatusOK || !strings.Contains(page, "Who are you?") {
		t.Fatalf("without a login: %d\n%s", status, page)
	}
	ann.post(first.url+"/login", "name", "Ann")
	list := ann.follow(second.url + "/")
	list.Until("guestbook")
	ann.post(first.url+"/", "line", "from the first node")
	list.Until("Ann: from the first node")

	at, err := url.Parse(first.url)
	if err != nil {
		t.Fatal(err)
	}
	thief.Jar.SetCookies(at, ann.Jar.Cookies(at))
	if _, page := thief.get(second.url + "/"); !strings.Contains(page, "Ann: from the first node") {
		t.Fatalf("a copy of the cookie is none:\n%s", page)
	}
	ann.post(first.url+"/logout", "", "")
	list.Until("delete:#live") // no client comes back
	list.ToEnd()
	for _, p := range []person{ann, thief} {
		if _, page := p.get(second.url + "/"); !strings.Contains(page, "Who are you?") {
			t.Errorf("the second node does not ask who it is:\n%s", page)
		}
	}
}

// leaves: a node that ends is not ready first, and serves everything; then its streams are told to come back.
func leaves(t *testing.T, cfg config) {
	n := start(t, cfg)
	ann := browser(t)
	ann.post(n.url+"/login", "name", "Ann")
	list := ann.follow(n.url + "/")
	list.Until("guestbook")
	if status, text := ann.get(n.url + "/readyz"); status != http.StatusOK {
		t.Fatalf("it is not ready: %d %s", status, text)
	}
	n.stop()
	for status := 0; status != http.StatusServiceUnavailable; {
		status, _ = ann.get(n.url + "/readyz")
	}
	ann.post(n.url+"/", "line", "just in time")
	list.Until("just in time")
	list.Until("retry:")
	list.ToEnd()
}

// remembers is the contract of middleware.Revocations.
func remembers(t *testing.T, db string) {
	pool, err := pgxpool.New(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	exec := func(sql string) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	r := revocations{pool}
	revoke := func(key string, d time.Duration) {
		t.Helper()
		if err := r.Revoke(t.Context(), key, time.Now().Add(d)); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(remembered, recent string) {
		t.Helper()
		found, err := r.Lookup(t.Context(), "a", "b", "old", "none")
		slices.SortFunc(found, func(a, b middleware.Revocation) int { return strings.Compare(a.Key, b.Key) }) // in any order
		if got := keys(found); err != nil || got != remembered {
			t.Errorf("Lookup: %q (%v), want %q", got, err, remembered)
		}
		young, err := r.Recent(t.Context(), time.Minute)
		if got := keys(young); err != nil || got != recent {
			t.Errorf("Recent: %q (%v), want %q", got, err, recent)
		}
	}
	exec(schema)
	exec(schema) // the second node
	expect("", "")
	revoke("old", -time.Hour)
	revoke("a", time.Hour)
	expect("a", "a")
	revoke("b", time.Hour)
	exec("UPDATE revocations SET at = at - interval '2 minutes' WHERE key = 'a'")
	expect("a b", "b")
	revoke("a", time.Hour) // once more
	expect("a b", "b a")
	var rows int
	if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM revocations").Scan(&rows); err != nil || rows != 2 {
		t.Errorf("%d rows are kept, want 2 (%v)", rows, err)
	}
}

func keys(list []middleware.Revocation) string {
	var keys []string
	for _, r := range list {
		keys = append(keys, r.Key)
	}
	return strings.Join(keys, " ")
}

func TestAShortKeyIsRefused(t *testing.T) {
	if err := run(t.Context(), config{key: "short"}, listen(t)); err == nil || !strings.Contains(err.Error(), "-key") {
		t.Errorf("a short key: %v", err)
	}
}

// running is a node until the test ends.
type running struct {
	url  string
	stop context.CancelFunc
}

func start(t *testing.T, cfg config) running {
	t.Helper()
	listener := listen(t)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx, cfg, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return running{"http://" + listener.Addr().String(), stop}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// A person has a browser that keeps cookies, for all ports of a host.
type person struct {
	*http.Client

	t *testing.T
}

func browser(t *testing.T) person { return person{webtest.Browser(t), t} }

func (p person) get(to string) (status int, text string) {
	p.t.Helper()
	return p.read(p.do(http.MethodGet, to, "", "Accept", "text/html"))
}

// post sends one field, follows the redirect, and expects to succeed.
func (p person) post(to, field, value string) {
	p.t.Helper()
	form := url.Values{field: {value}}.Encode()
	if status, text := p.read(p.do(http.MethodPost, to, form, "Content-Type", "application/x-www-form-urlencoded")); status != http.StatusOK {
		p.t.Fatalf("POST %s: %d\n%s", to, status, text)
	}
}

// follow opens the stream of a page, as curl -N does.
func (p person) follow(to string) webtest.Stream {
	p.t.Helper()
	return webtest.Follow(p.t, p.do(http.MethodGet, to, "", "Accept", "text/event-stream"))
}

func (p person) do(method, to, body, header, value string) *http.Response {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, to, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set(header, value)
	res, err := p.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	return res
}

func (p person) read(res *http.Response) (status int, text string) {
	p.t.Helper()
	return res.StatusCode, webtest.Read(p.t, res)
}
