//go:build unix

package postgres_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/live/postgres"
)

// Values are told as texts that are equal where the values are, and columns of which that is not so are not told.
func TestTriggersTellColumns(t *testing.T) {
	c, heard := world(t,
		"CREATE EXTENSION IF NOT EXISTS citext SCHEMA public",
		"CREATE TYPE status AS ENUM ('open', 'it''s')",
		"CREATE DOMAIN email AS citext", "CREATE DOMAIN address AS email CHECK (VALUE <> '')", "CREATE DOMAIN team AS int",
		"CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
		`CREATE TABLE t (id uuid PRIMARY KEY, i2 smallint, i8 bigint, b boolean, n numeric, v varchar(80), c char(4), e status, m address, d team,
			"Mixed" text, twice int GENERATED ALWAYS AS (d * 2) STORED,
			loose text COLLATE loose, j jsonb, f float8, at timestamptz, a int[], raw bytea, "same" int, "SAME" int)`,
	)
	all := []string{"i2", "i8", "b", "n", "v", "c", "e", "m", "d", "Mixed", "twice", "loose", "j", "f", "at", "a", "raw", "same", "SAME"}
	install(t, c, postgres.Table{Name: "t", Columns: all})
	var args string
	if err := c.QueryRow(t.Context(), "SELECT encode(tgargs, 'escape') FROM pg_trigger WHERE tgname = 'htmxlive_insert' AND tgrelid = 't'::regclass").Scan(&args); err != nil {
		t.Fatal(err)
	}
	if want := channelOf(t) + ` id i2 i8 b n v c e m d Mixed twice `; strings.ReplaceAll(args, `\000`, " ") != want {
		t.Errorf("the trigger's arguments are %q, want %q", args, want)
	}
	exec(t, c, `INSERT INTO t (id, i2, i8, b, n, v, c, e, m, d, "Mixed", j) VALUES ('0198C0DE-0000-7000-8000-000000000001', -1, 9223372036854775807, true,
		1.500, 'ü', 'ab', 'it''s', 'Ann@Example.com', 21, 'x', '{}')`)
	exec(t, c, "UPDATE t SET n = 'NaN', i8 = NULL, b = false, m = 'é@example.com', v = repeat('ü', 40), j = NULL")
	exec(t, c, "UPDATE t SET n = 10.0 ^ 70")
	const id = "0198c0de-0000-7000-8000-000000000001"
	const first = " b=true c=ab d=21 e=it's i2=-1 i8=9223372036854775807 id=" + id + " m=Ann@Example.com mixed=x n=1.5 twice=42 v=ü"
	const second = " b=false c=ab d=21 e=it's i2=-1 i8=NULL id=" + id + " mixed=x n=NaN twice=42"
	heard.expect(t, "t "+id+" +"+first, "t "+id+" -"+first+" +"+second, "t "+id+" -"+second+" +"+strings.Replace(second, " n=NaN", "", 1))
}

// Keys that are not told: none, of several columns, of a type that is not told, or too long.
func TestTriggersTellKeys(t *testing.T) {
	c, heard := world(t,
		"CREATE TABLE none (n int)", "CREATE TABLE two (a int, b int, n int, PRIMARY KEY (a, b))",
		"CREATE TABLE day (day date PRIMARY KEY, n int)", "CREATE TABLE word (word text PRIMARY KEY, n int)",
		"CREATE TABLE ident (id int GENERATED ALWAYS AS IDENTITY, n int, PRIMARY KEY (id) INCLUDE (n))",
	)
	tables := make([]postgres.Table, 0, 5)
	for _, name := range []string{"none", "two", "day", "word", "ident"} {
		tables = append(tables, postgres.Table{Name: name, Columns: []string{"n"}})
	}
	install(t, c, tables...)
	hears(t, c, heard,
		says{"INSERT INTO none VALUES (1), (1)", []string{"none + n=1", "none + n=1"}},
		says{"UPDATE none SET n = 2", []string{"none - n=1", "none - n=1", "none + n=2", "none + n=2"}},
		says{"INSERT INTO two VALUES (1, 1, 1)", []string{"two + n=1"}},
		says{"INSERT INTO day VALUES ('2026-01-01', 1)", []string{"day + n=1"}},
		says{"INSERT INTO word VALUES ('a', 1), (repeat('b', 65), 1)", []string{"word a + n=1 word=a", "word + n=1"}},
		says{"UPDATE word SET n = 2", []string{"word a - n=1 word=a", "word a + n=2 word=a", "word - n=1", "word + n=2"}},
		says{"INSERT INTO ident (n) VALUES (5)", []string{"ident 1 + id=1 n=5"}},
	)
}

// Names of any kind, as long as they may be.
func TestTriggersOfOddNames(t *testing.T) {
	c, heard := world(t)
	long := strings.Repeat("ü", 31) // 62 bytes
	schema := `a."b'\$function$%s {{key}}`
	ident := func(names ...string) string { return pgx.Identifier(names).Sanitize() }
	exec(t, c, "DROP SCHEMA IF EXISTS "+ident(schema)+" CASCADE; CREATE SCHEMA "+ident(schema))
	exec(t, c, "CREATE TABLE "+ident(schema, long)+` ("r" int PRIMARY KEY, "changes" int, "payload'\$function$" text)`)
	exec(t, c, "CREATE TABLE "+ident(schema, "Tickets $htmxlive$")+" (id int PRIMARY KEY)")
	defer exec(t, c, "DROP SCHEMA "+ident(schema)+" CASCADE")
	install(t, c, postgres.Table{Name: ident(schema, long), Columns: []string{"changes", `payload'\$function$`}},
		postgres.Table{Name: ident(schema, "Tickets $htmxlive$")})
	exec(t, c, "INSERT INTO "+ident(schema, long)+` VALUES (1, 2, E'\u001f')`)
	exec(t, c, "INSERT INTO "+ident(schema, "Tickets $htmxlive$")+" VALUES (7)")
	frames := heard.frames(t)
	if len(frames) != 2 {
		t.Fatalf("heard %d frames", len(frames))
	}
	if topic, got := "postgres:postgres/"+schema+"."+long, frames[0].Changes[0]; got.Topic != topic || got.Table != schema+"."+long ||
		*got.New[`payload'\$function$`] != "\x1f" || *got.New["changes"] != "2" {
		t.Errorf("heard %+v, want a change of %s", got, topic)
	}
	if got := frames[1].Changes[0]; got.Topic != "postgres:postgres/"+schema+".Tickets $htmxlive$" || got.Table != schema+".tickets $htmxlive$" || got.Key != "7" {
		t.Errorf("heard %+v", got)
	}
}

// A session may have written all of SQL's strings with backslashes in mind, and a driver of database/sql runs it as well.
func TestTriggersByDatabaseSQL(t *testing.T) {
	_, heard := world(t)
	db, err := sql.Open("pgx", shared.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for _, s := range []string{
		"SET LOCAL standard_conforming_strings = off", `CREATE SCHEMA by_database_sql`, `CREATE TABLE by_database_sql."t\" (id int PRIMARY KEY)`,
	} {
		if _, err := tx.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	table := postgres.Table{Name: `by_database_sql."t\"`, Channel: channelOf(t)}
	if missing, err := postgres.MissingTriggers(t.Context(), tx.QueryRowContext, table); err != nil || len(missing) != 1 {
		t.Errorf("missing before: %v, %v", missing, err)
	}
	if err := postgres.InstallTriggers(t.Context(), tx.ExecContext, table); err != nil {
		t.Fatal(err)
	}
	if missing, err := postgres.MissingTriggers(t.Context(), tx.QueryRowContext, table); err != nil || len(missing) != 0 {
		t.Errorf("missing after: %v, %v", missing, err)
	}
	for _, s := range []string{`INSERT INTO by_database_sql."t\" VALUES (1)`, "DROP SCHEMA by_database_sql CASCADE"} {
		if _, err := tx.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	heard.expect(t, `t\ 1 + id=1`)
}

// What cannot have triggers is refused with a sentence, and nothing is done.
func TestTriggersRefused(t *testing.T) {
	c, _ := world(t,
		"CREATE TABLE fine (id int)", "CREATE VIEW view AS SELECT 1 AS id", "CREATE MATERIALIZED VIEW matview AS SELECT 1 AS id",
		"CREATE TEMPORARY TABLE temporary (id int)", "CREATE SEQUENCE sequence", "CREATE UNLOGGED TABLE unlogged (id int)",
		"CREATE EXTENSION IF NOT EXISTS file_fdw SCHEMA public", "CREATE SERVER IF NOT EXISTS files FOREIGN DATA WRAPPER file_fdw",
		"CREATE FOREIGN TABLE far (id int) SERVER files OPTIONS (filename '/dev/null')",
		"CREATE TABLE parts (id int) PARTITION BY LIST (id)",
		"CREATE FOREIGN TABLE far_part PARTITION OF parts FOR VALUES IN (1) SERVER files OPTIONS (filename '/dev/null')",
	)
	for name, want := range map[string]string{
		"nothing": "no such table", "view": "is a view", "matview": "is a view", "temporary": "temporary table", "sequence": "is no table",
		"far": "foreign table", "parts": "a foreign table, inherits", "pg_class": "of the system",
	} {
		tables := []postgres.Table{{Name: "fine"}, {Name: name}}
		for what, err := range map[string]error{
			"install": postgres.InstallTriggers(t.Context(), c.Exec, tables...),
			"missing": func() error { _, err := postgres.MissingTriggers(t.Context(), c.QueryRow, tables...); return err }(),
		} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s of %s: %v, want %q", what, name, err, want)
			}
		}
	}
	for want, table := range map[string]postgres.Table{
		"no column team": {Name: "fine", Columns: []string{"id", "team"}},
		"63 bytes":       {Name: "fine", Channel: strings.Repeat("x", 64)},
	} {
		if err := postgres.InstallTriggers(t.Context(), c.Exec, table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", table, err)
		}
	}
	install(t, c, postgres.Table{Name: "unlogged"})
	if missing, err := postgres.MissingTriggers(t.Context(), c.QueryRow, postgres.Table{Name: "fine"}); err != nil || len(missing) != 1 {
		t.Errorf("a refusal has left triggers behind: %v, %v", missing, err)
	}
}
