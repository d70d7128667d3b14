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
func kept(t *testing.T, db *sql.DB) (texts []string) {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Raw(func(driverConn any) error {
		texts = sqlite.Kept(driverConn)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(texts)
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
				if !is && slices.Contains(kept(t, b.DB), text) {
					t.Error("kept")
				}
			}
			if got := slices.Contains(kept(t, b.DB), text); got != is {
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
	if got := len(kept(t, b.DB)); got != 100 {
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

// A statement that is kept sees what a schema is now, and follows and tells that, whoever has changed it.
func TestKeptStatementsAndSchemas(t *testing.T) {
	const every = "SELECT * FROM shown"
	for name, change := range map[string][]string{
		"a view of another table": {"DROP VIEW shown", "CREATE VIEW shown AS SELECT body AS title FROM comments"},
		"a table in place of it":  {"DROP VIEW shown", "CREATE TABLE shown (title TEXT)", "INSERT INTO shown VALUES ('mine')"},
		"a column more":           {"DROP VIEW shown", "CREATE VIEW shown AS SELECT title, state FROM tickets"},
	} {
		for _, another := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, by another program %v", name, another), func(t *testing.T) {
				b, fresh := single(t), single(t)
				for _, bed := range []*bed{b, fresh} {
					bed.must("CREATE VIEW shown AS SELECT title FROM tickets")
				}
				all(t, b, every)
				if !slices.Contains(kept(t, b.DB), every) {
					t.Error("not kept")
				}
				for _, statement := range change {
					fresh.must(statement)
					if another {
						byAnother(t, b, statement)
					} else {
						b.must(statement)
					}
				}
				b.look()
				for range 2 {
					if got, want := all(t, b, every), all(t, fresh, every); !slices.Equal(got, want) {
						t.Errorf("it returns %q, not %q", got, want)
					}
				}
				if got, want := b.short(b.topicsOf(every)), fresh.short(fresh.topicsOf(every)); !containsAll(got, want) {
					t.Errorf("it follows %q, a new one %q", got, want)
				}
			})
		}
	}
}

// A temporary table hides another of its name, also from a statement that is kept.
func TestKeptStatementsAndTemporaryTables(t *testing.T) {
	b := single(t)
	const text = "SELECT name FROM teams"
	all(t, b, text)
	b.must("CREATE TEMP TABLE teams (name TEXT)", "INSERT INTO temp.teams VALUES ('mine')")
	if got := all(t, b, text); !slices.Equal(got, []string{"mine "}) {
		t.Errorf("it returns %q", got)
	}
}

func containsAll(all, some []string) bool {
	return !slices.ContainsFunc(some, func(one string) bool { return !slices.Contains(all, one) })
}

// A trigger that is made later is what a statement that is kept fires, too.
func TestKeptStatementsAndTriggers(t *testing.T) {
	for _, another := range []bool{false, true} {
		t.Run(fmt.Sprint("by another program ", another), func(t *testing.T) {
			b := single(t)
			const text = "INSERT INTO comments (ticket, body) VALUES (2, 'x')"
			const trigger = "CREATE TRIGGER counted AFTER INSERT ON comments BEGIN UPDATE teams SET boss = 1 WHERE id = 2; END"
			b.must(text)
			if !slices.Contains(kept(t, b.DB), text) {
				t.Error("not kept")
			}
			if another {
				byAnother(t, b, trigger)
			} else {
				b.must(trigger)
			}
			b.forget()
			b.must(text)
			if got := b.short(b.published()); !strings.Contains(strings.Join(got, " "), "teams") {
				t.Errorf("published %q", got)
			}
		})
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
