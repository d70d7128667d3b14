package sqlite_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// A commit of another program is published within 200 ms while somebody follows the database, and nobody looks for it
// while nobody does.
func TestTheWatcher(t *testing.T) {
	for mode, pragma := range modes {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := watched(t, pragma)
				p := openRaw(t, b.path)
				write := func() {
					t.Helper()
					if _, err := p.ExecContext(t.Context(), "INSERT INTO n (who) VALUES ('foreign')"); err != nil {
						t.Fatal(err)
					}
				}
				for range 3 {
					write()
					began := time.Now()
					<-b.news
					if took := time.Since(began); took > 200*time.Millisecond {
						t.Errorf("published after %v", took)
					}
				}
				if got := b.writes(); !slices.Equal(got, []string{"ALL", "ALL", "ALL"}) {
					t.Errorf("published %q", got)
				}

				b.follow(false)
				pass(t, 2*time.Second) // the watcher ends
				write()
				b.follow(true)
				pass(t, time.Hour)
				if got := b.writes(); len(got) > 0 {
					t.Errorf("published %q, and nobody looks", got)
				}

				b.must("SELECT count(*) FROM n") // somebody follows again, and has seen that commit
				pass(t, time.Second)
				if got := b.writes(); len(got) > 0 {
					t.Errorf("published %q, which the query has seen", got)
				}
				write()
				pass(t, 200*time.Millisecond)
				if got := b.writes(); !slices.Equal(got, []string{"ALL"}) {
					t.Errorf("published %q", got)
				}
			})
		})
	}
}

// A query that follows a moment after the watcher has found nobody is watched all the same.
func TestTheWatcherEndsAndBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := watched(t, wal)
		p := openRaw(t, b.path)
		for i := range 50 {
			b.follow(false)
			pass(t, 900*time.Millisecond+time.Duration(i)*10*time.Millisecond)
			b.must("SELECT count(*) FROM n")
			b.follow(true)
			if _, err := p.ExecContext(t.Context(), "INSERT INTO n (who) VALUES ('foreign')"); err != nil {
				t.Fatal(err)
			}
			pass(t, 200*time.Millisecond)
			if got := b.writes(); !slices.Equal(got, []string{"ALL"}) {
				t.Fatalf("round %d: published %q", i, got)
			}
		}
	})
}

// What ends the watcher: the database is closed, or the keeper is. A bubble waits for every goroutine.
func TestTheWatcherEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := watched(t, wal)
		b.record.mu.Lock()
		b.draining = true
		b.record.mu.Unlock()
		pass(t, time.Second)
		if _, err := openRaw(t, b.path).ExecContext(t.Context(), "INSERT INTO n (who) VALUES ('foreign')"); err != nil {
			t.Fatal(err)
		}
		b.must("SELECT count(*) FROM n")
		pass(t, time.Hour)
		if got := b.writes(); len(got) > 0 {
			t.Errorf("published %q to a keeper that is closed", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		keeper := live.NewKeeper(live.Config{})
		b := watched(t, wal)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if _, err := b.ExecContext(t.Context(), "SELECT 1"); err == nil {
			t.Error("a closed database runs statements")
		}
		if err := keeper.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
}

// A connection that outlives its database, because a transaction is open, still publishes.
func TestATransactionOutlivesClose(t *testing.T) {
	b := watched(t, wal)
	tx, err := b.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	go func() { closed <- b.Close() }()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "INSERT INTO n (who) VALUES ('late')"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := b.writes(); !slices.Equal(got, []string{"* n"}) {
		t.Errorf("published %q", got)
	}
}

// A database that is made into one of WAL mode while it is watched.
func TestTheModeChanges(t *testing.T) {
	b := watched(t, "_pragma=journal_mode(DELETE)")
	b.must("PRAGMA journal_mode = WAL")
	b.look()
	b.forget()
	p := openRaw(t, b.path)
	for range 10 {
		b.must("INSERT INTO n (who) VALUES ('own')")
		b.look()
		if got := b.writes(); !slices.Equal(got, []string{"* n"}) {
			t.Errorf("published %q", got)
		}
		if _, err := p.ExecContext(t.Context(), "INSERT INTO n (who) VALUES ('foreign')"); err != nil {
			t.Fatal(err)
		}
		b.look()
		if got := b.writes(); !slices.Equal(got, []string{"ALL"}) {
			t.Errorf("published %q", got)
		}
	}
}

// The file's locks are SQLite's business: to count commits must not drop those of this process, as closing a second
// descriptor of the file would.
func TestTheLocksOfTheFileAreKept(t *testing.T) {
	b := watched(t, "_pragma=journal_mode(DELETE)")
	writer := openRaw(t, b.path)
	tx, err := writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), "INSERT INTO n (who) VALUES ('x')"); err != nil {
		t.Fatal(err)
	}
	b.look()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	other := program(t, b.path)
	if other.try("PRAGMA busy_timeout = 0") != "<nil>" {
		t.Fatal("no timeout")
	}
	if other.try("INSERT INTO n (who) VALUES ('y')") == "<nil>" {
		t.Error("another program writes while this one has the file locked")
	}
}

func (r *record) follow(followed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unwatched = !followed
}

// pass passes time in a bubble.
func pass(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
	synctest.Wait()
}
