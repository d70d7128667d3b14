package web_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
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
	return openLimited(t, path, tickets, live.Limits{}, set)
}

func openLimited(t testing.TB, path string, tickets int, limits live.Limits, set func(*web.Config)) *desk {
	t.Helper()
	return openKeeper(t, path, tickets, live.Config{Limits: limits}, set)
}

func openKeeper(t testing.TB, path string, tickets int, keeper live.Config, set func(*web.Config)) *desk {
	t.Helper()
	ctx := t.Context()
	d := &desk{}
	var err error
	log := slog.New(slog.NewMultiHandler(
		slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}),
		slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug}),
	))
	keeper.Logger, keeper.MaxFetches = log, store.MaxFetches(path)
	d.keeper = live.NewKeeper(keeper)
	if d.db, err = store.Open(ctx, path, d.keeper, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := d.db.Seed(ctx, tickets, time.Now()); err != nil {
		t.Fatal(err)
	}
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

func (d *desk) config(t testing.TB, log *slog.Logger) web.Config {
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

func (d *desk) close(t testing.TB) {
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
func (d *desk) meet(t testing.TB) {
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
