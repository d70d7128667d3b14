package paging_test

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/paging"
)

// engine is a database with a table of rows.
type engine struct {
	db      *sql.DB
	dialect paging.Dialect
	word    func(a, b string) int // as the database compares the column word
}

func sqliteEngine(t *testing.T) engine {
	t.Helper()
	db := openDB(t, "sqlite", "file:"+t.TempDir()+"/t.db?_pragma=journal_mode(wal)&_pragma=synchronous(off)")
	mustExec(t, db, `CREATE TABLE entries (id INTEGER PRIMARY KEY, team INTEGER NOT NULL, num INTEGER, few INTEGER NOT NULL,
		txt TEXT, word TEXT COLLATE NOCASE NOT NULL, real_ REAL, at_ TIMESTAMP NOT NULL, flag BOOLEAN NOT NULL, blob_ BLOB NOT NULL)`)
	return engine{db, paging.SQLite, func(a, b string) int { return strings.Compare(asciiLower(a), asciiLower(b)) }}
}

// asciiLower is what SQLite's NOCASE folds.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func postgresEngine(t *testing.T) engine {
	t.Helper()
	db := openDB(t, "pgx", pgtest.Start(t).URL())
	mustExec(t, db, `CREATE TABLE entries (id bigint PRIMARY KEY, team int NOT NULL, num bigint, few smallint NOT NULL,
		txt text COLLATE "C", word text COLLATE "en-US-x-icu" NOT NULL, real_ float8, at_ timestamptz NOT NULL,
		flag boolean NOT NULL, blob_ bytea NOT NULL)`)
	return engine{db, paging.PostgreSQL, collation(t, db)}
}

// collation asks the server how it orders words. It must not be how bytes are ordered, or nothing would be tested.
func collation(t *testing.T, db *sql.DB) func(a, b string) int {
	t.Helper()
	rank := map[string]int{}
	bytewise := true
	last := ""
	for i, w := range query(t, db, `SELECT w FROM unnest($1::text[]) AS w ORDER BY w COLLATE "en-US-x-icu"`, words) {
		bytewise = bytewise && last <= w
		last = w
		rank[w] = i
	}
	if bytewise || len(rank) != len(words) {
		t.Fatalf("the collation orders %d of %d words, bytewise: %t", len(rank), len(words), bytewise)
	}
	return func(a, b string) int { return cmp.Compare(rank[a], rank[b]) }
}

func query(t *testing.T, db *sql.DB, sql string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func openDB(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, sql string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// fill replaces the table's rows and returns those of team 1 as the database has them: SQLite stores NaN as NULL.
func (e engine) fill(t failer, rows []row) []row {
	t.Helper()
	e.exec(t, "DELETE FROM entries")
	e.insert(t, rows...)
	return e.all(t)
}

// all is every row of team 1, in no order.
func (e engine) all(t failer) []row {
	t.Helper()
	return e.query(t, "SELECT "+rowColumns+" FROM entries WHERE team = 1")
}

func (e engine) insert(t failer, rows ...row) {
	t.Helper()
	if len(rows) == 0 {
		return
	}
	var b strings.Builder
	b.WriteString("INSERT INTO entries (" + rowColumns + ") VALUES ")
	var args []any
	for i, r := range rows {
		if e.dialect == paging.MySQL {
			r.Real = stored(r.Real)
		}
		values := []any{r.ID, r.Team, r.Num, r.Few, r.Text, r.Word, r.Real, r.At, r.Flag, r.Blob}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(")
		for j := range values {
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString(e.placeholder(len(args) + j + 1))
		}
		b.WriteString(")")
		args = append(args, values...)
	}
	e.exec(t, b.String(), args...)
}

// dialects are what Config.Dialect can be: nothing, where SQL is told soon enough.
func (e engine) dialects() []paging.Dialect {
	if e.dialect == paging.MySQL { // which Clauses must know
		return []paging.Dialect{e.dialect}
	}
	return []paging.Dialect{0, e.dialect}
}

func (e engine) placeholder(n int) string {
	if e.dialect == paging.PostgreSQL {
		return fmt.Sprintf("$%d", n)
	}
	return "?"
}

// failer is *testing.T or *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func (e engine) exec(t failer, sql string, args ...any) {
	t.Helper()
	if _, err := e.db.ExecContext(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (e engine) query(t failer, sql string, args ...any) []row {
	t.Helper()
	rows, err := e.db.QueryContext(context.Background(), sql, args...)
	if err != nil {
		t.Fatalf("%s %v: %v", sql, args, err)
	}
	defer rows.Close()
	var out []row
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.ID, &r.Team, &r.Num, &r.Few, &r.Text, &r.Word, &r.Real, &r.At, &r.Flag, &r.Blob); err != nil {
			t.Fatalf("scanning: %v", err)
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s %v: %v", sql, args, err)
	}
	return out
}

// base is the caller's part: a filter with an argument and an OR that must not swallow what paging adds.
func (e engine) base() paging.Query {
	return paging.Query{
		Select: rowColumns, From: "entries", Where: "team = " + e.placeholder(1) + " OR id = -1000", Args: []any{1}, Key: "id",
	}
}

// page fetches what o asks for as a user would.
func (e engine) page(t failer, o paging.Options) paging.Page[row] {
	t.Helper()
	stmt, args := o.SQL(e.dialect, e.base())
	rows := e.query(t, stmt, args...)
	total := paging.Unknown()
	if o.WantsTotal() {
		stmt, args := o.CountSQL(e.dialect, e.base())
		var n int64
		if err := e.db.QueryRowContext(context.Background(), stmt, args...).Scan(&n); err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
		total = o.Counted(n)
	}
	p, err := paging.NewPage(o, rows, valueOf(columns(e.word)), total)
	if err != nil {
		t.Fatalf("NewPage: %v", err)
	}
	return p
}

// clauses runs what a query builder would make of c.
func (e engine) clauses(t failer, c paging.Clauses, limit int) []row {
	t.Helper()
	if e.dialect == paging.PostgreSQL {
		c = c.Dollars(1)
	}
	stmt := fmt.Sprintf("SELECT %s FROM entries WHERE team = 1 AND %s ORDER BY %s LIMIT %d OFFSET %d", rowColumns, c.Where,
		c.OrderBy, limit, c.Offset)
	return e.query(t, stmt, c.Args...)
}
