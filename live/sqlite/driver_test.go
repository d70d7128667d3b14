package sqlite_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What database/sql and the driver give is what they give without this package: arguments, types, limits, errors.
func TestItIsTheDriver(t *testing.T) {
	const options = "?_time_format=sqlite&_pragma=synchronous(OFF)"
	dir := t.TempDir()
	bare, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bare.db")+options)
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	with := openDSN(t, "", "file:"+filepath.Join(dir, "with.db")+options)
	story := func(db *sql.DB) string {
		var out strings.Builder
		at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
		_, err := db.ExecContext(t.Context(), "CREATE TABLE v (i INTEGER, t TEXT NOT NULL, r REAL, b BLOB, at DATETIME, ok BOOLEAN)")
		fmt.Fprintln(&out, err)
		insert, err := db.PrepareContext(t.Context(), "INSERT INTO v VALUES (@i, :t, ?3, ?4, ?5, ?6)")
		if err != nil {
			t.Fatal(err)
		}
		defer insert.Close()
		result, err := insert.ExecContext(t.Context(), sql.Named("i", int32(1)), sql.Named("t", "x"), 2.5, []byte{1}, at, true)
		fmt.Fprintln(&out, err)
		if err == nil {
			id, _ := result.LastInsertId()
			n, _ := result.RowsAffected()
			fmt.Fprintln(&out, id, n)
		}
		_, err = db.ExecContext(t.Context(), "INSERT INTO v VALUES (?, ?, ?, ?, ?, ?)", nil, sql.NullString{String: "y", Valid: true}, nil, nil, nil, false)
		fmt.Fprintln(&out, err)
		for _, wrong := range []string{"INSERT INTO v (t) VALUES (NULL)", "SELECT * FROM nowhere", "SELECT ?", "nonsense", ""} {
			_, err = db.ExecContext(t.Context(), wrong)
			fmt.Fprintf(&out, "%v %T\n", err, err)
		}
		rows, err := db.QueryContext(t.Context(), "SELECT i, t, r, b, at, ok, i + 1 AS more FROM v ORDER BY i")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		types, err := rows.ColumnTypes()
		fmt.Fprintln(&out, err)
		for _, c := range types {
			length, hasLength := c.Length()
			nullable, known := c.Nullable()
			fmt.Fprintln(&out, c.Name(), c.DatabaseTypeName(), c.ScanType(), length, hasLength, nullable, known)
		}
		for rows.Next() {
			values := slices.Repeat([]any{nil}, len(types))
			for i := range values {
				values[i] = new(any)
			}
			fmt.Fprintln(&out, rows.Scan(values...))
			for _, v := range values {
				fmt.Fprintf(&out, "%T %v\n", *v.(*any), *v.(*any))
			}
		}
		fmt.Fprintln(&out, rows.Err(), db.PingContext(t.Context()))
		return out.String()
	}
	if got, want := story(with.DB), story(bare); got != want {
		t.Errorf("with the package:\n%s\nwithout:\n%s", got, want)
	}
	if err := inConn(with, func(c *sql.Conn) error {
		_, err := modernc.Limit(c, sqlite3.SQLITE_LIMIT_COLUMN, 10)
		return err
	}); err != nil {
		t.Error(err)
	}
}

// A program that keeps the file to itself publishes what it writes, and looks for nothing.
func TestExclusive(t *testing.T) {
	for mode, pragma := range modes {
		t.Run(mode, func(t *testing.T) {
			b := open(t, "_pragma=locking_mode(EXCLUSIVE)", pragma)
			b.SetMaxOpenConns(1)
			b.must("CREATE TABLE n (id INTEGER PRIMARY KEY, who TEXT)", "SELECT count(*) FROM n")
			b.forget()
			for range 3 {
				b.must("INSERT INTO n (who) VALUES ('own')")
				b.look()
				if got := b.writes(); !slices.Equal(got, []string{"* n"}) {
					t.Errorf("published %q", got)
				}
			}
		})
	}
}
