package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/example/internal/web"
	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/live"
)

var browser browsertest.Browser

func TestMain(m *testing.M) { goleak.VerifyTestMain(browser.Main(m)) }

// A desk is a helpdesk that serves for the time of a test.
type desk struct {
	*httptest.Server

	db              *store.DB
	keeper          *live.Keeper
	log             lines       // all that is logged
	boss, ann, anne store.Agent // ann and anne are colleagues
	ben             store.Agent // works in another team
}

// lines can be read while they are written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder // guarded by mu
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func open(t *testing.T, tickets int) *desk {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "helpdesk.db"), tickets)
}

func openAt(t *testing.T, path string, tickets int) *desk {
	t.Helper()
	return openDesk(t, path, tickets, func(*web.Config) {})
}

// openWith opens a desk that is set up a little differently.
func openWith(t *testing.T, tickets int, set func(*web.Config)) *desk {
	t.Helper()
	return openDesk(t, filepath.Join(t.TempDir(), "helpdesk.db"), tickets, set)
}

func openDesk(t *testing.T, path string, tickets int, set func(*web.Config)) *desk {
	t.Helper()
	ctx := t.Context()
	d := &desk{}
	var err error
	if d.db, err = store.Open(ctx, path); err != nil {
		t.Fatal(err)
	}
	if _, err := d.db.Seed(ctx, tickets, time.Now()); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewMultiHandler(
		slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}),
		slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug}),
	))
	d.keeper = live.NewKeeper(live.Config{Logger: log})
	d.db.OnChange(func(ctx context.Context, topics ...string) {
		if err := d.keeper.Publish(ctx, topics...); err != nil {
			t.Error(err)
		}
	})
	config := d.config(t, log)
	set(&config)
	handler, err := web.New(config)
	if err != nil {
		t.Fatal(err)
	}
	d.Server = httptest.NewServer(handler)
	t.Cleanup(func() { d.close(t) })
	d.meet(t)
	return d
}

func (d *desk) config(t *testing.T, log *slog.Logger) web.Config {
	t.Helper()
	key := func(name string, size int) []byte {
		k, err := d.db.Key(t.Context(), name, size)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	scripts, err := nodemodules.Dir()
	if err != nil {
		t.Fatal(err)
	}
	return web.Config{
		DB: d.db, Keeper: d.keeper, Logger: log, Scripts: scripts,
		SessionKeys: [][]byte{key("sessions.sign", 64), key("sessions.encrypt", 32)},
		LiveKeys:    [][]byte{key("live", 32)},
		PagingKeys:  [][]byte{key("paging", 32)},
	}
}

func (d *desk) close(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := d.keeper.Close(ctx); err != nil {
		t.Error(err)
	}
	d.Server.Close()
	if err := d.db.Close(); err != nil {
		t.Error(err)
	}
}

// meet finds the people of the tests.
func (d *desk) meet(t *testing.T) {
	t.Helper()
	agents, err := d.db.Agents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.boss = agents[0]
	for _, a := range agents[1:] {
		switch {
		case d.ann.ID == 0:
			d.ann = a
		case a.Team == d.ann.Team && d.anne.ID == 0:
			d.anne = a
		case a.Team != d.ann.Team && d.ben.ID == 0:
			d.ben = a
		}
	}
}

// A person is somebody with a cookie jar and no browser. Redirects are not followed.
type person struct {
	t      *testing.T
	base   string
	client *http.Client
}

// visitor is a person who has not logged in.
func (d *desk) visitor(t *testing.T) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &person{t: t, base: d.URL, client: &http.Client{Jar: jar, Transport: transport, CheckRedirect: stay}}
}

// as is a person who has logged in.
func (d *desk) as(t *testing.T, agent store.Agent) *person {
	t.Helper()
	p := d.visitor(t)
	p.login(agent)
	return p
}

func (p *person) login(agent store.Agent) {
	p.t.Helper()
	a := p.post("/login", "agent", strconv.FormatInt(agent.ID, 10))
	if a.code != http.StatusSeeOther || a.header.Get("Location") != "/tickets" {
		p.t.Fatalf("login: %d to %q, want 303 to /tickets", a.code, a.header.Get("Location"))
	}
}

// An answer is what came back.
type answer struct {
	code   int
	header http.Header
	body   string
}

// send makes a request; headers are names and values in turn.
func (p *person) send(method, path, body string, headers ...string) answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (p *person) get(path string, headers ...string) answer {
	p.t.Helper()
	return p.send(http.MethodGet, path, "", headers...)
}

// post sends fields, names and values in turn.
func (p *person) post(path string, fields ...string) answer {
	p.t.Helper()
	return p.send(http.MethodPost, path, encode(fields...))
}

func encode(fields ...string) string {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return form.Encode()
}

// mustHave fails the test unless the body has all of the texts.
func (a answer) mustHave(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("the answer (%d) lacks %q:\n%s", a.code, text, a.body)
		}
	}
}
