package web_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/example/internal/web"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// elsewhere is another program with the same database.
func elsewhere(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// TestAnotherTeamIsAnotherPage: an administrator's SQL moves an agent to another team, or deletes one. What their open pages
// show goes at once.
func TestAnotherTeamIsAnotherPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "helpdesk.db")
	d := openAt(t, path, 40)
	ann, anne := d.browser(t, d.ann), d.browser(t, d.anne)
	id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Secret of the old team"}))
	list, ticket, theirs := ann.Open("/tickets?results=lose"), ann.Open(fmt.Sprintf("/tickets/%d", id)), anne.Open("/tickets?results=lose")
	goes := func(pages ...*livetest.Page) {
		t.Helper()
		for _, p := range pages {
			p.AwaitThat("the stream ends", p.Ended)
			if strings.Contains(p.Body(), "Secret") {
				t.Errorf("the page shows %s", p.Body())
			}
		}
	}
	elsewhere(t, path, fmt.Sprintf("UPDATE agents SET team_id = %d WHERE id = %d", d.ben.Team.ID, d.ann.ID))
	goes(list, ticket)
	if page := ann.Open("/tickets?results=lose"); strings.Contains(page.Body(), "Secret") {
		t.Errorf("loaded again: %s", page.Text("ticket-rows"))
	}
	if theirs.Ended() {
		t.Error("a colleague's page has ended")
	}
	theirs.AwaitFresh("ticket-rows")
	elsewhere(t, path, fmt.Sprintf("DELETE FROM agents WHERE id = %d", d.anne.ID))
	goes(theirs)
}

// A lonely broker has no other nodes, and is away when it is told to be.
type lonelyBroker struct{ away atomic.Bool }

func (b *lonelyBroker) Publish(context.Context, []byte) error {
	if b.away.Load() {
		return context.DeadlineExceeded
	}
	return nil
}
func (*lonelyBroker) Listen(context.Context, func([]byte)) error { return nil }
func (b *lonelyBroker) Connected() bool                          { return !b.away.Load() }

func TestReadinessWithoutABroker(t *testing.T) {
	b := &lonelyBroker{}
	d := openKeeper(t, filepath.Join(t.TempDir(), "helpdesk.db"), 5, live.Config{Broker: b}, func(cfg *web.Config) { cfg.BrokerTime = time.Second })
	p := d.visitor(t)
	await := func(path string, code int, text string) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			a := p.get(path)
			if a.code == code && strings.Contains(a.body, text) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %d %s, want %d %s", path, a.code, a.body, code, text)
			}
		}
	}
	await("/readyz", http.StatusOK, "ready")
	await("/metrics", http.StatusOK, "live_broker_connected 1")
	b.away.Store(true)
	await("/readyz", http.StatusOK, "degraded: no broker")
	await("/readyz", http.StatusServiceUnavailable, "no broker")
	await("/readyz?broker=ignore", http.StatusOK, "degraded: no broker")
	await("/metrics", http.StatusOK, "live_broker_connected 0")
	b.away.Store(false)
	await("/readyz", http.StatusOK, "ready")
}
