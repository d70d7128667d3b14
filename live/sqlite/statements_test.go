package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/htmxlive/htmxlive/live/sqlite"
)

// kept is what the one connection of a database keeps.
func kept(b *bed) (texts []string) {
	b.t.Helper()
	if err := inConn(b, func(c *sql.Conn) error {
		return c.Raw(func(driverConn any) error {
			texts = sqlite.Kept(driverConn)
			return nil
		})
	}); err != nil {
		b.t.Fatal(err)
	}
	return texts
}

func single(t *testing.T) *bed {
	t.Helper()
	b := open(t, wal)
	b.SetMaxOpenConns(1)
	b.must(shop)
	return b
}

// all is what a query returns, a line for each row.
func all(t *testing.T, on interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, query string,
) (lines []string) {
	t.Helper()
	rows, err := on.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(any)
		}
		if err := rows.Scan(row...); err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		for _, v := range row {
			fmt.Fprint(&line, *v.(*any), " ")
		}
		lines = append(lines, line.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// A statement is kept when it does no more than to read and write rows, and has not failed.
func TestWhichStatementsAreKept(t *testing.T) {
	for text, is := range map[string]bool{
		"SELECT title FROM tickets":                                 true,
		"SELECT title FROM tickets;":                                true,
		"UPDATE tickets SET title = 'x' WHERE id = 1":               true,
		"INSERT INTO comments (ticket, body) VALUES (2, 'x')":       true,
		"INSERT INTO log (what) VALUES ('x') RETURNING id":          true,
		"DELETE FROM log":                                           true,
		"SELECT body FROM docs":                                     true,
		"PRAGMA user_version":                                       false,
		"PRAGMA user_version = 7":                                   false,
		"CREATE TABLE more (id INTEGER PRIMARY KEY)":                false,
		"CREATE TEMP TABLE mine (id INTEGER PRIMARY KEY)":           false,
		"ATTACH ':memory:' AS other":                                false,
		"BEGIN":                                                     false,
		"SAVEPOINT a":                                               false,
		"SELECT 1; SELECT 2":                                        false,
		"INSERT INTO teams (id) VALUES (1)":                         false, // it fails
		"SELECT " + fmt.Sprintf("'%5000s'", "much") + " FROM teams": false,
	} {
		t.Run(text[:min(len(text), 60)], func(t *testing.T) {
			b := single(t)
			for range 2 {
				rows, err := b.QueryContext(t.Context(), text)
				_ = drain(rows, err) // some fail
				if !is && slices.Contains(kept(b), text) {
					t.Error("kept")
				}
			}
			if got := slices.Contains(kept(b), text); got != is {
				t.Errorf("kept: %v", got)
			}
		})
	}
}

// A connection keeps so many, and closes the others.
func TestStatementsAreKeptUpToABound(t *testing.T) {
	b := single(t)
	for i := range 300 {
		b.must(fmt.Sprintf("UPDATE tickets SET state = 'open' WHERE id = %d", i))
	}
	if got := len(kept(b)); got != 100 {
		t.Errorf("keeps %d statements", got)
	}
	var used int
	if err := inConn(b, func(c *sql.Conn) error {
		return c.Raw(func(driverConn any) (err error) {
			used, _, err = driverConn.(modernc.DBStatus).Status(modernc.DBStatusOp(sqlite3.SQLITE_DBSTATUS_STMT_USED), false)
			return err
		})
	}); err != nil {
		t.Fatal(err)
	}
	if used > 1<<20 {
		t.Errorf("statements take %d bytes", used)
	}
}

// A statement that is in use is not given to another.
func TestOneTextTwiceAtOnce(t *testing.T) {
	b := single(t)
	const text = "SELECT id FROM tickets ORDER BY id"
	all(t, b, text)
	if err := inTx(b, func(tx *sql.Tx) error {
		outer, err := tx.QueryContext(t.Context(), text)
		if err != nil {
			return err
		}
		defer outer.Close()
		n := 0
		for outer.Next() {
			n++
			if got := all(t, tx, text); !slices.Equal(got, []string{"1 ", "2 "}) {
				t.Errorf("inside: %q", got)
			}
		}
		if n != 2 {
			t.Errorf("outside: %d rows", n)
		}
		return outer.Err()
	}); err != nil {
		t.Fatal(err)
	}
}

// What a program attaches under a name is what that name means, also to a statement that is kept; and it can be detached.
func TestKeptStatementsOfAttachedDatabases(t *testing.T) {
	b := single(t)
	var paths []string
	for i := range 2 {
		path := filepath.Join(t.TempDir(), "other.db")
		one := openAt(t, path)
		one.must("CREATE TABLE n (i)", fmt.Sprintf("INSERT INTO n VALUES (%d)", i))
		paths = append(paths, path)
	}
	for i, path := range paths {
		b.must(fmt.Sprintf("ATTACH '%s' AS other", path))
		if got := all(t, b, "SELECT i FROM other.n"); !slices.Equal(got, []string{fmt.Sprint(i, " ")}) {
			t.Errorf("it returns %q", got)
		}
		b.must("DETACH other")
	}
}

// An authorizer of the program's that comes later is asked for a statement that is kept.
func TestKeptStatementsAndAuthorizers(t *testing.T) {
	b := single(t)
	const text = "SELECT title FROM tickets"
	all(t, b, text)
	if err := inConn(b, func(c *sql.Conn) error {
		return c.Raw(func(driverConn any) error {
			return driverConn.(modernc.AuthorizerRegisterer).RegisterAuthorizer(func(action modernc.AuthorizerActionCode, _, _, _, _ string) modernc.AuthorizerReturnCode {
				if action == modernc.AuthRead {
					return modernc.AuthorizerDeny
				}
				return modernc.AuthorizerOK
			})
		})
	}); err != nil {
		t.Fatal(err)
	}
	rows, err := b.QueryContext(t.Context(), text)
	if err := drain(rows, err); err == nil {
		t.Error("it is allowed")
	}
}
