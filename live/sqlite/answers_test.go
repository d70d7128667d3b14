package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"

	modernc "modernc.org/sqlite"
)

// raw does something with the driver's own interfaces of a connection.
func raw(t testing.TB, c *sql.Conn, do func(hooks modernc.HookRegisterer)) {
	t.Helper()
	if err := c.Raw(func(driverConn any) error {
		hooks, ok := driverConn.(modernc.HookRegisterer)
		if !ok {
			return errors.New("the connection has no hooks")
		}
		do(hooks)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// The request ends during the commit: its answer is lost, and the commit is published like any other.
func TestLostAnswers(t *testing.T) {
	for mode, pragma := range modes {
		t.Run(mode, func(t *testing.T) {
			b := watched(t, pragma)
			c, err := b.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var cancel context.CancelFunc
			raw(t, c, func(hooks modernc.HookRegisterer) {
				hooks.RegisterCommitHook(func() int32 { cancel(); return 0 })
			})
			lost := 0
			for i := 0; lost < 10; i++ {
				ctx, end := context.WithCancel(t.Context())
				cancel = end
				if _, err := c.ExecContext(ctx, "INSERT INTO n (id) VALUES (?)", i); err != nil {
					lost++
				}
				if got := b.writes(); !slices.Equal(got, []string{"* n"}) {
					t.Fatalf("publishes %q", got)
				}
				var there bool
				if err := b.QueryRowContext(t.Context(), "SELECT count(*) FROM n WHERE id = ?", i).Scan(&there); err != nil || !there {
					t.Fatalf("not committed: %v", err)
				}
			}
			b.look()
			if got := b.writes(); len(got) > 0 {
				t.Errorf("publishes %q besides", got)
			}
		})
	}
}

// A commit that finds the file locked has not happened: the transaction is still open, and is published when it commits.
func TestBusyCommits(t *testing.T) {
	b := watched(t, "_pragma=journal_mode(DELETE)")
	reader := openRaw(t, b.path)
	rows, err := reader.QueryContext(t.Context(), "SELECT 1 FROM sqlite_schema") // holds a shared lock
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	rows.Next()
	err = inConn(b, func(c *sql.Conn) error {
		exec := func(sql string) error { _, err := c.ExecContext(t.Context(), sql); return err }
		if err := errors.Join(exec("PRAGMA busy_timeout = 0"), exec("BEGIN"), exec("INSERT INTO n (who) VALUES ('x')")); err != nil {
			return err
		}
		if exec("COMMIT") == nil {
			t.Error("committed while another program reads")
		}
		b.look()
		if got := b.writes(); len(got) > 0 {
			t.Errorf("publishes %q before the commit", got)
		}
		if err := errors.Join(rows.Close(), exec("COMMIT")); err != nil {
			return err
		}
		b.look()
		if got := b.writes(); !slices.Equal(got, []string{"* n"}) {
			t.Errorf("publishes %q", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A busy commit of database/sql's own is rolled back, and so is a statement of its own transaction.
func TestBusyCommitsAreRolledBack(t *testing.T) {
	b := watched(t, "_pragma=journal_mode(DELETE)", "_pragma=busy_timeout(0)")
	b.must("PRAGMA busy_timeout = 0")
	b.SetMaxOpenConns(1)
	reader := openRaw(t, b.path)
	rows, err := reader.QueryContext(t.Context(), "SELECT 1 FROM sqlite_schema")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	rows.Next()
	if tx((*sql.Tx).Commit, "INSERT INTO n (who) VALUES ('x')")(b) == nil || sqls("INSERT INTO n (who) VALUES ('y')")(b) == nil {
		t.Error("committed while another program reads")
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	b.must("INSERT INTO other VALUES (1)")
	b.look()
	if got := b.writes(); !slices.Equal(got, []string{"* other"}) {
		t.Errorf("publishes %q", got)
	}
}

// openRaw opens the file without this package: to it, that is another program.
func openRaw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=synchronous(OFF)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Hooks of the program's own are called beside those of the package, and a commit hook that refuses makes a rollback.
func TestHooksOfTheProgram(t *testing.T) {
	b := watched(t, wal)
	c, err := b.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var heard []string
	refuse := int32(0)
	raw(t, c, func(hooks modernc.HookRegisterer) {
		hooks.RegisterPreUpdateHook(func(d modernc.SQLitePreUpdateData) { heard = append(heard, "row of "+d.TableName) })
		hooks.RegisterCommitHook(func() int32 { heard = append(heard, "commit"); return refuse })
		hooks.RegisterRollbackHook(func() { heard = append(heard, "rollback") })
		auth := hooks.(modernc.AuthorizerRegisterer)
		if err := auth.RegisterAuthorizer(func(action modernc.AuthorizerActionCode, table, _, _, _ string) modernc.AuthorizerReturnCode {
			if action == modernc.AuthRead && table == "other" {
				return modernc.AuthorizerDeny
			}
			return modernc.AuthorizerOK
		}); err != nil {
			t.Error(err)
		}
	})
	insert := "INSERT INTO n (who) VALUES ('x')"
	if _, err := c.ExecContext(t.Context(), insert); err != nil {
		t.Error(err)
	}
	refuse = 1
	if _, err := c.ExecContext(t.Context(), insert); err == nil {
		t.Error("committed what the hook refuses")
	}
	if want := []string{"row of n", "commit", "row of n", "commit", "rollback"}; !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
	if got := b.writes(); !slices.Equal(got, []string{"* n"}) {
		t.Errorf("publishes %q", got)
	}
	if _, err := c.ExecContext(t.Context(), "SELECT * FROM other"); err == nil {
		t.Error("read what the authorizer denies")
	}
}
