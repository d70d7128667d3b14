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
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/internal/webtest"
)

// A wire leads to a PostgreSQL. It can be cut, and it can go silent: then what is sent on it arrives nowhere, and connections
// that were made by then never come to life again.
type wire struct {
	net.Listener

	t      *testing.T
	target string // a unix socket
	copies sync.WaitGroup

	mu     sync.Mutex
	silent bool                  // guarded by mu
	cut    bool                  // guarded by mu
	conns  map[net.Conn]struct{} // both ends of each connection; guarded by mu
	dead   map[net.Conn]struct{} // of these, nothing is copied any more; guarded by mu
}

func newWire(t *testing.T, server *pgtest.Server) *wire {
	t.Helper()
	u, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{
		Listener: listener, t: t, target: filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432"),
		conns: map[net.Conn]struct{}{}, dead: map[net.Conn]struct{}{},
	}
	w.copies.Go(w.accept)
	t.Cleanup(func() {
		listener.Close()
		w.setCut(true)
		w.copies.Wait()
	})
	return w
}

// url is that of the database, through the wire.
func (w *wire) url() string {
	return "postgres://postgres@" + w.Addr().String() + "/postgres?sslmode=disable"
}

func (w *wire) accept() {
	for {
		in, err := w.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("unix", w.target)
		if err != nil {
			in.Close()
			continue
		}
		w.mu.Lock()
		cut := w.cut
		w.conns[in], w.conns[out] = struct{}{}, struct{}{}
		if w.silent {
			w.dead[in], w.dead[out] = struct{}{}, struct{}{}
		}
		w.mu.Unlock()
		if cut {
			in.Close()
			out.Close()
			continue
		}
		w.copies.Go(func() { w.copy(in, out) })
		w.copies.Go(func() { w.copy(out, in) })
	}
}

func (w *wire) copy(from, to net.Conn) {
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		w.mu.Lock()
		_, dead := w.dead[from]
		w.mu.Unlock()
		if dead {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// setSilent makes a black hole of the wire, or mends it for connections that are made from then on.
func (w *wire) setSilent(silent bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silent = silent
	for conn := range w.conns {
		w.dead[conn] = struct{}{}
	}
}

func (w *wire) setCut(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for conn := range w.conns {
		conn.Close()
	}
	clear(w.conns)
}

// TestASilentDatabase: nobody waits longer than a look-up may take, and it is all well again soon after the database is.
func TestASilentDatabase(t *testing.T) {
	server := pgtest.Start(t)
	w := newWire(t, server)
	base := node(t, flags{db: w.url(), tickets: 20, drain: 10 * time.Second})
	ann := person{t: t, Client: webtest.Browser(t)}
	agent := regexp.MustCompile(`value="(\d+)" data-team="[^"]+" data-role="agent"`).FindStringSubmatch(ann.get(base + "/login"))
	ann.post(base+"/login", "agent", agent[1])
	var warm sync.WaitGroup // the pool has many connections
	for range 16 {
		warm.Go(func() { ann.get(base + "/dashboard") })
	}
	warm.Wait()

	time.Sleep(1100 * time.Millisecond) // they have been idle for a while
	w.setSilent(true)
	const most = 2*time.Second + time.Second // of a busy machine
	for range 2 {
		var asking sync.WaitGroup
		for _, path := range []string{"/tickets", "/dashboard", "/archive", "/tickets/1", "/login", "/readyz", "/tickets", "/system"} {
			asking.Go(func() {
				begun := time.Now()
				code := status(t, ann.Client, base+path)
				if took := time.Since(begun); took > most || code != http.StatusServiceUnavailable {
					t.Errorf("%s: %d after %s", path, code, took)
				}
			})
		}
		asking.Wait()
	}
	if code := status(t, ann.Client, base+"/healthz"); code != http.StatusOK {
		t.Errorf("/healthz: %d", code)
	}

	w.setSilent(false)
	mended := time.Now()
	for _, path := range []string{"/readyz", "/tickets", "/dashboard", "/archive", "/system", "/login"} {
		for status(t, ann.Client, base+path) != http.StatusOK {
			if time.Since(mended) > 10*time.Second {
				t.Fatalf("%s is not there ten seconds after the database is", path)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	t.Logf("well again after %s", time.Since(mended).Round(time.Millisecond))
}

// TestNoDatabaseAtBoot: the program waits for it.
func TestNoDatabaseAtBoot(t *testing.T) {
	w := newWire(t, pgtest.Start(t))
	w.setCut(true)
	base := node(t, flags{db: w.url(), tickets: 20, drain: 10 * time.Second})
	client := webtest.Browser(t)
	if code := status(t, client, base+"/healthz"); code != http.StatusOK {
		t.Errorf("/healthz: %d", code)
	}
	if code := status(t, client, base+"/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", code)
	}
	w.setCut(false)
	for deadline := time.Now().Add(15 * time.Second); status(t, client, base+"/readyz") != http.StatusOK; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the helpdesk does not open when its database is there")
		}
	}
	if page := (person{t: t, Client: client}).get(base + "/login"); !strings.Contains(page, "Who is at the desk?") {
		t.Errorf("the login is %s", page)
	}
}

// TestADatabaseThatFallsSilentAtBoot: an attempt that has no answer ends, and the next one works.
func TestADatabaseThatFallsSilentAtBoot(t *testing.T) {
	server := pgtest.Start(t)
	w := newWire(t, server)
	other, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	do := func(sql string) (n int) {
		if err := other.QueryRow(t.Context(), sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	do("SELECT count(*) FROM (SELECT pg_advisory_lock(7245001)) AS held") // as a node that migrates
	base := node(t, flags{db: w.url(), tickets: 20, drain: 10 * time.Second, opening: 2 * time.Second})
	const waiting = "FROM pg_stat_activity WHERE wait_event = 'advisory'"
	for do("SELECT count(*) "+waiting) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	w.setSilent(true)
	do("SELECT count(pg_terminate_backend(pid)) " + waiting)
	do("SELECT count(*) FROM (SELECT pg_advisory_unlock(7245001)) AS free")
	w.setSilent(false)
	client := webtest.Browser(t)
	for deadline := time.Now().Add(20 * time.Second); status(t, client, base+"/readyz") != http.StatusOK; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the helpdesk waits for an answer that does not come")
		}
	}
}

// What can never work is an error at once, and names no password.
func TestWhatCannotWork(t *testing.T) {
	for _, f := range []flags{
		{db: "postgres://user:secret@host:port/desk"}, {db: "helpdesk.db", nats: "nats://user:secret@%zz"}, {db: filepath.Join(t.TempDir(), "no", "helpdesk.db")},
	} {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		err = run(t.Context(), f, listener, slog.New(slog.NewTextHandler(t.Output(), nil)))
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

// TestProxiesNoticeBeforeTheEnd: at SIGTERM readiness fails, and requests are served for a while.
func TestProxiesNoticeBeforeTheEnd(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	f := flags{db: filepath.Join(t.TempDir(), "helpdesk.db"), tickets: 5, drain: 10 * time.Second, delay: time.Second}
	go func() { done <- run(ctx, f, listener, slog.New(slog.NewTextHandler(t.Output(), nil))) }()
	client, base := webtest.Browser(t), "http://"+listener.Addr().String()
	if code := status(t, client, base+"/login"); code != http.StatusOK {
		t.Fatalf("/login: %d", code)
	}
	begun := time.Now()
	end(errTerminated)
	for status(t, client, base+"/readyz") == http.StatusOK {
		if time.Since(begun) > f.delay/2 {
			t.Fatal("readiness does not fail")
		}
	}
	if code := status(t, webtest.Browser(t), base+"/login"); code != http.StatusOK { // on a new connection
		t.Errorf("/login, while readiness fails: %d", code)
	}
	if err := <-done; err != nil || time.Since(begun) < f.delay {
		t.Errorf("ended after %s: %v", time.Since(begun), err)
	}
}

// status is that of an answer, which has to come.
func status(t *testing.T, client *http.Client, to string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Error(err)
	}
	return res.StatusCode
}
