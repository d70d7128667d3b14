package sqlite_test

import (
	"strings"
	"testing"
)

const shop = `
	CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT, boss INTEGER);
	CREATE TABLE tickets (id INTEGER PRIMARY KEY, team INTEGER REFERENCES teams ON DELETE CASCADE, title TEXT, state TEXT);
	CREATE INDEX by_team ON tickets (team, title);
	CREATE TABLE comments (id INTEGER PRIMARY KEY AUTOINCREMENT, ticket INTEGER REFERENCES tickets ON DELETE CASCADE, body TEXT);
	CREATE TABLE settings (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
	CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT);
	CREATE VIEW open_tickets AS SELECT t.id, t.title, m.name FROM tickets t JOIN teams m ON m.id = t.team WHERE t.state = 'open';
	CREATE VIEW open_titles AS SELECT title FROM open_tickets;
	CREATE VIRTUAL TABLE docs USING fts5 (body);
	CREATE TRIGGER logged AFTER INSERT ON comments BEGIN INSERT INTO log (what) SELECT 'comment on ' || title FROM tickets WHERE id = new.ticket; END;
	INSERT INTO teams VALUES (1, 'red', 2), (2, 'blue', NULL);
	INSERT INTO tickets VALUES (1, 1, 'Lamp', 'open'), (2, 2, 'Mouse', 'done');
	INSERT INTO comments (ticket, body) VALUES (1, 'dark');
	INSERT INTO settings VALUES ('a', 1), ('b', 2);
	INSERT INTO docs VALUES ('a lamp');`

// What a statement reads, for each way of reading.
var reading = map[string]struct{ sql, want string }{
	"a table":                 {"SELECT title FROM tickets", "tickets"},
	"another case":            {"SELECT TITLE FROM [TICKETS]", "tickets"},
	"count, no column":        {"SELECT count(*) FROM tickets", "tickets"},
	"count, another case":     {"SELECT count(*) FROM TICKETS", "tickets"},
	"the row id":              {"SELECT rowid FROM tickets", "tickets"},
	"a qualified name":        {"SELECT count(*) FROM main.tickets", "tickets"},
	"a join":                  {"SELECT t.title, m.name FROM tickets t JOIN teams m ON m.id = t.team", "teams tickets"},
	"a join, no column of it": {"SELECT 1 FROM tickets, teams", "teams tickets"},
	"a join that is omitted":  {"SELECT t.title FROM tickets t LEFT JOIN teams m ON m.id = t.team", "teams tickets"},
	"a natural join":          {"SELECT * FROM tickets NATURAL JOIN comments", "comments tickets"},
	"exists":                  {"SELECT 1 WHERE EXISTS (SELECT 1 FROM comments)", "comments"},
	"not in":                  {"SELECT name FROM teams WHERE id NOT IN (SELECT team FROM tickets)", "teams tickets"},
	"a scalar subquery":       {"SELECT (SELECT max(id) FROM comments)", "comments"},
	"a correlated subquery":   {"SELECT name, (SELECT count(*) FROM tickets WHERE team = m.id) FROM teams m", "teams tickets"},
	"a derived table":         {"SELECT n FROM (SELECT count(*) n FROM tickets)", "tickets"},
	"a CTE":                   {"WITH x AS (SELECT id FROM comments) SELECT * FROM x", "comments"},
	"a CTE, no column":        {"WITH x AS (SELECT id FROM comments) SELECT count(*) FROM x", "comments"},
	"a recursive CTE":         {"WITH RECURSIVE up(id) AS (SELECT 1 UNION SELECT boss FROM teams JOIN up USING (id)) SELECT * FROM up", "teams"},
	"a union":                 {"SELECT title FROM tickets UNION ALL SELECT name FROM teams EXCEPT SELECT body FROM comments", "comments teams tickets"},
	"a window":                {"SELECT row_number() OVER (PARTITION BY team) FROM tickets", "tickets"},
	"grouped":                 {"SELECT m.name, count(*) FROM teams m LEFT JOIN tickets t ON t.team = m.id GROUP BY 1 HAVING count(*) > 0", "teams tickets"},
	"ordered by a subquery":   {"SELECT name FROM teams m ORDER BY (SELECT count(*) FROM tickets WHERE team = m.id)", "teams tickets"},
	"a covering index":        {"SELECT title FROM tickets INDEXED BY by_team WHERE team = 1", "tickets"},
	"an index, least":         {"SELECT min(team) FROM tickets", "tickets"},
	"without row id":          {"SELECT v FROM settings WHERE k = 'a'", "settings"},
	"a view":                  {"SELECT title FROM open_tickets", "teams tickets"},
	"a view of a view":        {"SELECT title FROM open_titles", "teams tickets"},
	"a view, no column":       {"SELECT count(*) FROM open_titles", "teams tickets"},
	"never":                   {"SELECT title FROM tickets WHERE 0", "tickets"},
	"limit 0":                 {"SELECT title FROM tickets LIMIT 0", "tickets"},
	"nothing":                 {"SELECT 1", ""},
	"values":                  {"VALUES (1), (2)", ""},
	"the clock":               {"SELECT datetime('now')", ""},
	"JSON":                    {"SELECT value FROM json_each('[1,2]')", ""},
	"JSON, no column":         {"SELECT count(*) FROM json_each('[1,2]')", ""},
	"JSON of a table":         {"SELECT j.value FROM settings, json_each(settings.v) j", "settings"},
	"the schema":              {"SELECT name FROM sqlite_schema", "ALL"},
	"the schema, old name":    {"SELECT count(*) FROM sqlite_master", "ALL"},
	"full text":               {"SELECT body FROM docs WHERE docs MATCH 'lamp'", "*"},
	"full text, no column":    {"SELECT count(*) FROM docs", "*"},
	"full text and a table":   {"SELECT body, name FROM docs, teams", "*"},
	"a pragma":                {"PRAGMA user_version", "*"},
	"a pragma as a table":     {"SELECT name FROM pragma_table_info('tickets')", "*"},
	"the sequences":           {"SELECT seq FROM sqlite_sequence", "*"},
	"a write":                 {"UPDATE tickets SET title = (SELECT name FROM teams WHERE id = team) WHERE id = 99 RETURNING id", "teams tickets"},
	"a comment first":         {"-- of teams\n /* */ SELECT title FROM tickets; -- more", "tickets"},
	"explained":               {"EXPLAIN QUERY PLAN SELECT title FROM tickets", "tickets"},
}

func TestReads(t *testing.T) {
	b := open(t, wal)
	b.must(shop)
	for name, c := range reading {
		t.Run(name, func(t *testing.T) {
			for way, read := range ways {
				b.forget()
				if err := read(t, b, c.sql); err != nil {
					t.Fatalf("%s: %v", way, err)
				}
				fresh, older := b.followed()
				if got := strings.Join(fresh, " "); got != c.want {
					t.Errorf("%s: follows %q, want %q", way, got, c.want)
				}
				if len(older) > 0 {
					t.Errorf("%s: follows %q for an older snapshot", way, older)
				}
			}
		})
	}
}

// The ways of database/sql to run a statement.
var ways = map[string]func(t *testing.T, b *bed, sql string) error{
	"Query": func(t *testing.T, b *bed, sql string) error {
		rows, err := b.QueryContext(t.Context(), sql)
		return drain(rows, err)
	},
	"QueryRow": func(t *testing.T, b *bed, sql string) error {
		return b.QueryRowContext(t.Context(), sql).Err()
	},
	"Exec": func(t *testing.T, b *bed, sql string) error {
		_, err := b.ExecContext(t.Context(), sql)
		return err
	},
	"Stmt": func(t *testing.T, b *bed, sql string) error {
		s, err := b.PrepareContext(t.Context(), sql)
		if err != nil {
			return err
		}
		defer s.Close()
		if fresh, _ := b.followed(); len(fresh) > 0 {
			t.Errorf("prepared, not run: %q", fresh)
		}
		rows, err := s.QueryContext(t.Context())
		return drain(rows, err)
	},
	"Stmt, again": func(t *testing.T, b *bed, sql string) error {
		s, err := b.PrepareContext(t.Context(), sql)
		if err != nil {
			return err
		}
		defer s.Close()
		if rows, err := s.QueryContext(t.Context()); drain(rows, err) != nil {
			return err
		}
		b.forget()
		_, err = s.ExecContext(t.Context())
		return err
	},
	"Tx": func(t *testing.T, b *bed, sql string) error {
		tx, err := b.BeginTx(t.Context(), nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		rows, err := tx.QueryContext(t.Context(), sql)
		return drain(rows, err)
	},
	"Conn": func(t *testing.T, b *bed, sql string) error {
		conn, err := b.Conn(t.Context())
		if err != nil {
			return err
		}
		defer conn.Close()
		rows, err := conn.QueryContext(t.Context(), sql)
		return drain(rows, err)
	},
}

type closer interface {
	Next() bool
	Err() error
	Close() error
}

func drain(rows closer, err error) error {
	if err != nil {
		return err
	}
	for rows.Next() {
		continue
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return rows.Close()
}
