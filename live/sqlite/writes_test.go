package sqlite_test

import (
	"database/sql"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A hundred rows.
const (
	numbers = "WITH RECURSIVE n(id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM n WHERE id < 99) SELECT id FROM n"
	hundred = "INSERT INTO log (what) SELECT id FROM (" + numbers + ")"
)

// writer writes, and says what that publishes.
type writer struct {
	do   func(b *bed) error
	want []string
}

// What a commit publishes, for each way that it can be made and can end. The topics of a publication are sorted.
var writing = map[string]writer{
	"insert":                              {sqls("INSERT INTO log (what) VALUES ('x')"), []string{"* log"}},
	"update":                              {sqls("UPDATE tickets SET title = 'X' WHERE id = 1"), []string{"* tickets"}},
	"delete":                              {sqls("DELETE FROM log WHERE id = 1"), []string{"* log"}},
	"another case":                        {sqls("UPDATE TICKETS SET TITLE = 'X'"), []string{"* tickets"}},
	"two statements, two commits":         {sqls("DELETE FROM log", "DELETE FROM settings"), []string{"* log", "* settings"}},
	"no rows":                             {sqls("UPDATE tickets SET title = 'X' WHERE id = 99"), nil},
	"truncating delete":                   {sqls("DELETE FROM log"), []string{"* log"}},
	"delete, nothing there":               {sqls("DELETE FROM tickets WHERE 0"), nil},
	"without row id":                      {sqls("INSERT INTO settings VALUES ('c', 3)"), []string{"* settings"}},
	"without row id, truncated":           {sqls("DELETE FROM settings"), []string{"* settings"}},
	"replace":                             {sqls("REPLACE INTO settings VALUES ('a', 9)"), []string{"* settings"}},
	"replace with a conflict":             {sqls("INSERT OR REPLACE INTO tickets (id, title) VALUES (1, 'X')"), []string{"* comments tickets"}},
	"upsert":                              {sqls("INSERT INTO settings VALUES ('a', 9) ON CONFLICT DO UPDATE SET v = excluded.v"), []string{"* settings"}},
	"upsert, nothing to do":               {sqls("INSERT INTO settings VALUES ('a', 9) ON CONFLICT DO NOTHING"), nil},
	"insert or ignore":                    {sqls("INSERT OR IGNORE INTO tickets (id) VALUES (1)"), nil},
	"insert select":                       {sqls("INSERT INTO log (what) SELECT title FROM tickets"), []string{"* log"}},
	"insert select, whole":                {sqls("INSERT INTO log2 SELECT * FROM log"), []string{"* log2"}},
	"cascade":                             {sqls("DELETE FROM teams WHERE id = 1"), []string{"* comments teams tickets"}},
	"trigger":                             {sqls("INSERT INTO comments (ticket, body) VALUES (1, 'x')"), []string{"* comments log"}},
	"full text":                           {sqls("INSERT INTO docs VALUES ('x')"), []string{"* docs_content docs_data docs_docsize docs_idx"}},
	"with":                                {sqls("WITH x AS (SELECT 1) UPDATE tickets SET state = 'x' WHERE id IN x"), []string{"* tickets"}},
	"script":                              {sqls("DELETE FROM log; DELETE FROM settings"), []string{"* log", "* settings"}},
	"script, transaction":                 {sqls("BEGIN; DELETE FROM log; DELETE FROM settings; COMMIT"), []string{"* log settings"}},
	"script, rolled back":                 {sqls("DELETE FROM settings; BEGIN; DELETE FROM log; ROLLBACK"), []string{"* settings"}},
	"script, the second fails":            {fails("DELETE FROM settings; SELECT * FROM nowhere"), []string{"* settings"}},
	"script, no transaction to end":       {fails("DELETE FROM settings; ROLLBACK"), []string{"* settings"}},
	"constraint":                          {fails("INSERT INTO tickets (id) VALUES (1)"), nil},
	"constraint, half way":                {fails("INSERT INTO tickets (id) VALUES (7), (1)"), nil},
	"or fail, half way":                   {fails("INSERT OR FAIL INTO tickets (id) VALUES (7), (1)"), []string{"* tickets"}},
	"foreign key":                         {fails("INSERT INTO tickets (id, team) VALUES (7, 77)"), nil},
	"a pragma that writes nothing":        {sqls("PRAGMA foreign_keys = ON", "DELETE FROM log"), []string{"* log"}},
	"user_version":                        {sqls("PRAGMA user_version = 7"), []string{"ALL"}},
	"create table":                        {sqls("CREATE TABLE fresh (id)"), []string{"ALL"}},
	"create table as":                     {sqls("CREATE TABLE fresh AS SELECT * FROM tickets"), []string{"ALL"}},
	"create index":                        {sqls("CREATE INDEX by_state ON tickets (state)"), []string{"ALL"}},
	"create view":                         {sqls("CREATE VIEW v AS SELECT 1"), []string{"ALL"}},
	"create trigger":                      {sqls("CREATE TRIGGER tr AFTER DELETE ON log BEGIN SELECT 1; END"), []string{"ALL"}},
	"drop table":                          {sqls("DROP TABLE comments"), []string{"ALL"}},
	"rename":                              {sqls("ALTER TABLE log RENAME TO logs"), []string{"ALL"}},
	"add column":                          {sqls("ALTER TABLE log ADD COLUMN at"), []string{"ALL"}},
	"virtual table":                       {sqls("CREATE VIRTUAL TABLE more USING fts5 (x)"), []string{"ALL"}},
	"temporary table":                     {sqls("CREATE TEMP TABLE mine (id); INSERT INTO mine VALUES (1); DROP TABLE mine"), nil},
	"temporary, with a real one":          {sqls("CREATE TEMP TABLE mine (id); BEGIN; INSERT INTO mine VALUES (1); DELETE FROM log; COMMIT"), []string{"* log"}},
	"analyze":                             {sqls("ANALYZE"), []string{"ALL"}},
	"many rows, then a truncating delete": {sqls("BEGIN; " + hundred + "; DELETE FROM settings; COMMIT"), []string{"* log settings"}},
	"many rows, twice":                    {sqls(hundred+"; "+hundred, hundred), []string{"* log", "* log", "* log"}},
	"many rows, the last has a trigger": {func(b *bed) error {
		err := sqls("CREATE TRIGGER last AFTER INSERT ON log WHEN new.what = '99' BEGIN DELETE FROM settings; END")(b)
		b.forget()
		return errors.Join(err, sqls(hundred)(b))
	}, []string{"* log settings"}},
	"many rows, the last cascades": {func(b *bed) error {
		err := errors.Join(sqls("INSERT INTO teams (id) SELECT id + 1000 FROM ("+numbers+")", "INSERT INTO tickets (id, team) VALUES (7, 1099)")(b))
		b.forget()
		return errors.Join(err, sqls("DELETE FROM teams WHERE id > 1000")(b))
	}, []string{"* teams tickets"}},
	"many rows, returning": {func(b *bed) error {
		rows, err := b.QueryContext(b.t.Context(), hundred+" RETURNING id")
		return errors.Join(drain(rows, err), sqls("DELETE FROM settings")(b))
	}, []string{"* log", "* settings"}},
	"empty transaction":   {sqls("BEGIN IMMEDIATE; COMMIT"), nil},
	"reading transaction": {sqls("BEGIN; SELECT * FROM tickets; COMMIT"), nil},

	"tx, committed":   {tx((*sql.Tx).Commit, "DELETE FROM log", "DELETE FROM settings"), []string{"* log settings"}},
	"tx, rolled back": {tx((*sql.Tx).Rollback, "DELETE FROM log", "DELETE FROM settings"), nil},
	"tx, DDL":         {tx((*sql.Tx).Commit, "CREATE TABLE fresh (id)", "INSERT INTO fresh VALUES (1)"), []string{"ALL"}},
	"tx, DDL rolled back": {func(b *bed) error {
		return errors.Join(tx((*sql.Tx).Rollback, "CREATE TABLE fresh (id)")(b), sqls("DELETE FROM log")(b))
	}, []string{"* log"}},
	"tx, savepoint rolled back":            {tx((*sql.Tx).Commit, "SAVEPOINT a", "DELETE FROM log", "ROLLBACK TO a", "RELEASE a", "DELETE FROM settings"), []string{"* settings"}},
	"tx, all rolled back to a savepoint":   {tx((*sql.Tx).Commit, "SAVEPOINT a", "DELETE FROM log", "ROLLBACK TO a"), nil},
	"tx, savepoint released":               {tx((*sql.Tx).Commit, "SAVEPOINT a", "DELETE FROM log", "RELEASE A"), []string{"* log"}},
	"tx, written after it was rolled back": {tx((*sql.Tx).Commit, "SAVEPOINT a", "DELETE FROM settings", "ROLLBACK TO a", "DELETE FROM log"), []string{"* log"}},
	"tx, nested savepoints": {tx((*sql.Tx).Commit, "SAVEPOINT a", "DELETE FROM log", "SAVEPOINT b", "DELETE FROM settings", "RELEASE b",
		"DELETE FROM comments", "SAVEPOINT a", "DELETE FROM teams", "ROLLBACK TO a", "RELEASE a"), []string{"* comments log settings"}},
	"tx, outer savepoint rolled back":  {tx((*sql.Tx).Commit, "DELETE FROM comments", "SAVEPOINT a", "DELETE FROM log", "SAVEPOINT b", "DELETE FROM settings", "ROLLBACK TO a"), []string{"* comments"}},
	"tx, savepoints in a script":       {tx((*sql.Tx).Commit, "SAVEPOINT a; DELETE FROM log; ROLLBACK TO a; DELETE FROM settings"), []string{"* log settings"}}, // coarse
	"outermost savepoint":              {conn("SAVEPOINT a", "DELETE FROM log", "RELEASE a", "DELETE FROM settings"), []string{"* log", "* settings"}},
	"outermost savepoint, rolled back": {conn("SAVEPOINT a", "DELETE FROM log", "ROLLBACK TO a", "RELEASE a", "DELETE FROM settings"), []string{"* settings"}},
	"text, committed":                  {conn("BEGIN", "DELETE FROM log", "COMMIT"), []string{"* log"}},
	"text, END":                        {conn("BEGIN IMMEDIATE", "DELETE FROM log", "END TRANSACTION"), []string{"* log"}},
	"text, rolled back":                {conn("BEGIN", "DELETE FROM log", "ROLLBACK", "DELETE FROM settings"), []string{"* settings"}},
}

func sqls(statements ...string) func(b *bed) error {
	return func(b *bed) error {
		for _, s := range statements {
			if _, err := b.ExecContext(b.t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	}
}

func fails(statement string) func(b *bed) error {
	return func(b *bed) error {
		if sqls(statement)(b) == nil {
			return errors.New(statement + ": did not fail")
		}
		return nil
	}
}

func conn(statements ...string) func(b *bed) error {
	return func(b *bed) error {
		return inConn(b, func(c *sql.Conn) error {
			for _, s := range statements {
				if _, err := c.ExecContext(b.t.Context(), s); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func inConn(b *bed, do func(c *sql.Conn) error) error {
	c, err := b.Conn(b.t.Context())
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.Close())
}

func tx(end func(*sql.Tx) error, statements ...string) func(b *bed) error {
	return func(b *bed) error {
		tx, err := b.BeginTx(b.t.Context(), nil)
		if err != nil {
			return err
		}
		for _, s := range statements {
			if _, err := tx.ExecContext(b.t.Context(), s); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		if got := b.published(); len(got) > 0 {
			return errors.Join(errors.New("published before the commit: "+strings.Join(got, ", ")), tx.Rollback())
		}
		return end(tx)
	}
}

func inTx(b *bed, do func(tx *sql.Tx) error) error {
	tx, err := b.BeginTx(b.t.Context(), nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func TestWrites(t *testing.T) {
	for mode, pragma := range modes {
		t.Run(mode, func(t *testing.T) {
			template := open(t, "_pragma=journal_mode(DELETE)")
			template.must(shop, "CREATE TABLE log2 (id INTEGER PRIMARY KEY, what TEXT)", "INSERT INTO log (what) VALUES ('x')")
			if err := template.Close(); err != nil {
				t.Fatal(err)
			}
			full, err := os.ReadFile(template.path)
			if err != nil {
				t.Fatal(err)
			}
			cases := maps.Clone(writing)
			maps.Copy(cases, ending)
			for name, c := range cases {
				t.Run(name, func(t *testing.T) {
					path := filepath.Join(t.TempDir(), "shop.db")
					if err := os.WriteFile(path, full, 0o600); err != nil {
						t.Fatal(err)
					}
					b := openAt(t, path, pragma)
					b.must("SELECT 1")
					b.forget()
					if err := c.do(b); err != nil {
						t.Fatal(err)
					}
					if got := b.writes(); !slices.Equal(got, c.want) {
						t.Errorf("publishes %q, want %q", got, c.want)
					}
				})
			}
		})
	}
}

// writes is what was published since the last call, the topics of each publication sorted.
func (b *bed) writes() (all []string) {
	for _, p := range b.published() {
		topics := b.short(strings.Split(p, " "))
		slices.Sort(topics)
		all = append(all, strings.Join(topics, " "))
	}
	return all
}
