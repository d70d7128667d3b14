package sqlite_test

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	modernc "modernc.org/sqlite"
)

func withOther(t *testing.T) *bed {
	t.Helper()
	b := single(t)
	b.must(fmt.Sprintf("ATTACH '%s' AS other", filepath.Join(t.TempDir(), "o.db")), "CREATE TABLE other.n (i)", "INSERT INTO other.n VALUES (1)")
	return b
}

// byAnother runs a statement on another connection, of which the package knows nothing.
func byAnother(t *testing.T, b *bed, statement string) {
	t.Helper()
	if _, err := openRaw(t, b.path).ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// A name that an attached database had may be the main one's the next time, whoever has made the table there.
func TestKeptNameMovesToMain(t *testing.T) {
	b := withOther(t)
	all(t, b, "SELECT count(*) FROM n")
	b.must("CREATE TABLE main.n (i)")
	if got := all(t, b, "SELECT count(*) FROM n"); !slices.Equal(got, []string{"0 "}) {
		t.Errorf("reads %q: that of other; follows %q", got, b.short(b.topicsOf("SELECT count(*) FROM n")))
	}
}

func TestKeptWriteMovesToMain(t *testing.T) {
	b := withOther(t)
	b.must("INSERT INTO n VALUES (1)", "CREATE TABLE main.n (i)", "INSERT INTO n VALUES (1)")
	if got := all(t, b, "SELECT count(*) FROM main.n"); !slices.Equal(got, []string{"1 "}) {
		t.Errorf("main.n has %q rows", got)
	}
}

func TestKeptNameMovesToMainByAnother(t *testing.T) {
	b := withOther(t)
	all(t, b, "SELECT i FROM n")
	byAnother(t, b, "CREATE TABLE n (i)")
	all(t, b, "SELECT title FROM tickets") // the connection knows the new schema
	if got := all(t, b, "SELECT i FROM n"); len(got) != 0 {
		t.Errorf("returns %q", got)
	}
}

// SQLite does not notice for an EXPLAIN that a schema has changed.
func TestKeptExplain(t *testing.T) {
	b := single(t)
	b.must("CREATE VIEW shown AS SELECT title FROM tickets")
	const text = "EXPLAIN QUERY PLAN SELECT * FROM shown"
	all(t, b, text)
	byAnother(t, b, "DROP VIEW shown")
	all(t, b, "SELECT title FROM tickets") // the connection knows the new schema
	rows, err := b.QueryContext(t.Context(), text)
	if drain(rows, err) == nil {
		t.Error("there is no such table")
	}
}

// An authorizer of the program's may change its mind.
func TestKeptAndAuthorizerThatChangesItsMind(t *testing.T) {
	b := single(t)
	deny := false
	if err := inConn(b, func(c *sql.Conn) error {
		return c.Raw(func(driverConn any) error {
			return driverConn.(modernc.AuthorizerRegisterer).RegisterAuthorizer(func(action modernc.AuthorizerActionCode, _, _, _, _ string) modernc.AuthorizerReturnCode {
				if deny && action == modernc.AuthRead {
					return modernc.AuthorizerDeny
				}
				return modernc.AuthorizerOK
			})
		})
	}); err != nil {
		t.Fatal(err)
	}
	all(t, b, "SELECT title FROM tickets")
	deny = true
	rows, err := b.QueryContext(t.Context(), "SELECT title FROM tickets")
	if drain(rows, err) == nil {
		t.Error("it is allowed")
	}
}

// A pragma sets its flag when it is prepared, which is when statements before it would have to be prepared anew.
func TestKeptAndPragmaThatIsPrepared(t *testing.T) {
	b := single(t)
	b.must("CREATE TABLE p (id INTEGER PRIMARY KEY)", "CREATE TABLE c (p REFERENCES p)", "PRAGMA foreign_keys = 0")
	const text = "INSERT INTO c VALUES (?)"
	if _, err := b.ExecContext(t.Context(), text, nil); err != nil {
		t.Fatal(err)
	}
	s, err := b.PrepareContext(t.Context(), "PRAGMA foreign_keys = 1")
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := b.ExecContext(t.Context(), text, 7); err == nil {
		t.Error("no foreign key is asked for")
	}
}

// A statement that SQLite prepares anew in the middle of its write would be a rollback to a hook of the program's.
func TestKeptAndRollbackHook(t *testing.T) {
	b := single(t)
	n := 0
	if err := inConn(b, func(c *sql.Conn) error {
		raw(t, c, func(hooks modernc.HookRegisterer) { hooks.RegisterRollbackHook(func() { n++ }) })
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b.must("INSERT INTO log (what) VALUES ('x')", "CREATE VIEW v2 AS SELECT 1", "INSERT INTO log (what) VALUES ('x')")
	if n != 0 {
		t.Errorf("%d rollbacks, and there was none", n)
	}
}

// What another program has just made is followed, though this one has asked what there is before: outside of a transaction, and
// in one that does not see it yet.
func TestTableOfAnotherThatNamesDoNotHaveYet(t *testing.T) {
	for name, before := range map[string]func(b *bed){
		"before": func(b *bed) { byAnother(t, b, "CREATE TABLE n (i)") },
		"in a transaction": func(b *bed) {
			if err := inTx(b, func(tx *sql.Tx) error {
				all(t, tx, "SELECT title FROM tickets")
				byAnother(t, b, "CREATE TABLE n (i)")
				all(t, tx, "WITH c AS (VALUES (1)) SELECT count(*) FROM c")
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := single(t)
			all(t, b, "SELECT title FROM tickets")
			before(b)
			b.followed()
			all(t, b, "SELECT count(*) FROM n")
			fresh, older := b.followed()
			if !slices.Contains(append(fresh, older...), "n") {
				t.Errorf("follows %q, and %q of a snapshot", fresh, older)
			}
		})
	}
}

// Rows may be closed twice through Conn.Raw: the second time, their statement may be another's.
func TestRowsThatAreClosedTwice(t *testing.T) {
	b := single(t)
	const text = "SELECT id FROM tickets ORDER BY id"
	if err := inConn(b, func(c *sql.Conn) error {
		return c.Raw(func(driverConn any) error {
			query := func() driver.Rows {
				rows, err := driverConn.(driver.QueryerContext).QueryContext(t.Context(), text, nil)
				if err != nil {
					t.Fatal(err)
				}
				return rows
			}
			first := query()
			first.Close()
			second := query()
			row := make([]driver.Value, 1)
			if err := second.Next(row); err != nil {
				return err
			}
			first.Close()
			if err := second.Next(row); err != nil || row[0] != int64(2) {
				t.Errorf("the second row is %v, %v", row, err)
			}
			return second.Close()
		})
	}); err != nil {
		t.Fatal(err)
	}
}
