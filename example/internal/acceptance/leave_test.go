package acceptance_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/deskpage"
	"github.com/htmxlive/htmxlive/internal/pgtest"
)

// A browser leaves while its change waits to be committed, as curl --max-time 0.5 does. Everybody sees the change all the
// same: without a publication that could get lost with the answer.
func TestABrowserLeavesDuringTheCommit(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "desk.db")
		d := startDeskOn(t, file, 10)
		other, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate") // writes, and takes its time
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		leaveDuringCommit(t, d, func() (goOn func()) {
			tx, err := other.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			return func() { _ = tx.Rollback() }
		})
	})
	t.Run("postgres", func(t *testing.T) {
		url := pgtest.Start(t).URL()
		d := startDeskOn(t, url, 10)
		other, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		const slowCommit = `
			CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';
			CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON tickets DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`
		if _, err := other.ExecContext(t.Context(), slowCommit); err != nil {
			t.Fatal(err)
		}
		leaveDuringCommit(t, d, func() (goOn func()) { return func() {} })
	})
}

// leaveDuringCommit changes a ticket while commits are held up, and does not wait for the answer.
func leaveDuringCommit(t *testing.T, d *desk, holdUp func() (goOn func())) {
	t.Helper()
	boss := d.login(t, admin)
	page := &modelPage{who: d.login(t, admin)}
	if err := page.load(t.Context(), "/tickets/3"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		page.follow(ctx)
	}()
	defer func() {
		cancel()
		<-done
	}()
	goOn := holdUp()
	impatient, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	if _, err := boss.post(impatient, "/tickets/3", "title", "Left behind"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the browser has an answer (%v): it came too early", err)
	}
	goOn()
	eventually(t, "the page to show the change", func() bool {
		page.mu.Lock()
		defer page.mu.Unlock()
		return strings.Contains(deskpage.Text(page.dom, "ticket-main"), "Left behind")
	})
}
