//go:build unix

package postgres_test

import (
	"fmt"
	"math/rand/v2"
	osexec "os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/live/postgres"
)

// row is what a test knows of a row, as texts; nil is NULL.
type row struct{ id, team, status, body *string }

func rowsOf(t *testing.T, c *pgx.Conn) map[string]row {
	t.Helper()
	rows, _ := c.Query(t.Context(), "SELECT id::text, team::text, status, body FROM items")
	all := map[string]row{}
	var r row
	if _, err := pgx.ForEachRow(rows, []any{&r.id, &r.team, &r.status, &r.body}, func() error { all[*r.id] = r; return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func same(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func (r row) equal(o row) bool {
	return same(r.id, o.id) && same(r.team, o.team) && same(r.status, o.status) && same(r.body, o.body)
}

// covered reports whether a change could be of the row: what it tells is so, and what it does not tell may be.
func (r row) covered(key string, told map[string]*string) bool {
	if told == nil || key != "" && key != *r.id {
		return false
	}
	for column, is := range map[string]*string{"id": r.id, "team": r.team, "status": r.status} {
		if value, ok := told[column]; ok && !same(value, is) {
			return false
		}
	}
	return true
}

// The changes that are told cover the difference that a transaction has made, whatever it did.
func TestTriggersTellTheDifference(t *testing.T) {
	for name, tables := range map[string][]string{
		"table": {"CREATE TABLE items (id int PRIMARY KEY, team int, status text, body text)"},
		"no key": {
			"CREATE TABLE items (id int, team int, status text, body text)", "CREATE UNIQUE INDEX ON items (id)",
		},
		"partitions": {
			"CREATE TABLE items (id int PRIMARY KEY, team int, status text, body text) PARTITION BY HASH (id)",
			"CREATE TABLE items_0 PARTITION OF items FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
			"CREATE TABLE items_1 (body text, status text, gone int, team int, id int NOT NULL)", "ALTER TABLE items_1 DROP gone",
			"ALTER TABLE items ATTACH PARTITION items_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Log("seed", seed)
			w := &writer{rand: rand.New(rand.NewPCG(seed, 0)), parts: strings.Contains(name, "partitions")}
			var heard *ear
			w.conn, heard = world(t, tables...)
			install(t, w.conn, postgres.Table{Name: "items", Columns: []string{"team", "status"}})
			before := rowsOf(t, w.conn)
			for n := range transactions() {
				w.said = nil
				w.transaction(t)
				after := rowsOf(t, w.conn)
				compare(t, before, after, heard.frames(t))
				if t.Failed() {
					t.Fatalf("transaction %d: %s", n, strings.Join(w.said, "\n"))
				}
				before = after
			}
		})
	}
}

func transactions() int {
	if testing.Short() {
		return 200
	}
	return 700 // for each kind of table
}

func compare(t *testing.T, before, after map[string]row, frames []told) {
	t.Helper()
	var changes []change
	var bare bool
	for _, f := range frames {
		if strings.HasSuffix(f.Topics[0], ".items") {
			bare = bare || len(f.Changes) == 0
			changes = append(changes, f.Changes...)
		}
	}
	find := func(what string, r row, of func(c change) map[string]*string) {
		if bare {
			return
		}
		for _, c := range changes {
			if r.covered(c.Key, of(c)) {
				return
			}
		}
		t.Errorf("%s %s: none of %d changes tells it: %v", what, *r.id, len(changes), changes)
	}
	for id, r := range before {
		if now, ok := after[id]; !ok || !r.equal(now) {
			find("was", r, func(c change) map[string]*string { return c.Old })
		}
	}
	for id, r := range after {
		if was, ok := before[id]; !ok || !r.equal(was) {
			find("is", r, func(c change) map[string]*string { return c.New })
		}
	}
}

// writer writes at random.
type writer struct {
	rand  *rand.Rand
	conn  *pgx.Conn
	parts bool // the table has partitions
	said  []string
}

func (w *writer) transaction(t *testing.T) {
	t.Helper()
	w.do(t, "BEGIN")
	for range 1 + w.rand.IntN(4) {
		if w.rand.IntN(3) > 0 {
			w.do(t, w.statement())
			continue
		}
		w.do(t, "SAVEPOINT s")
		w.do(t, w.statement())
		if w.rand.IntN(2) == 0 {
			w.do(t, "ROLLBACK TO s")
		} else if w.rand.IntN(2) == 0 {
			w.do(t, "RELEASE s")
		}
	}
	if w.rand.IntN(10) == 0 {
		w.do(t, "ROLLBACK")
	} else {
		w.do(t, "COMMIT")
	}
}

func (w *writer) do(t *testing.T, sql string) {
	t.Helper()
	w.said = append(w.said, sql)
	exec(t, w.conn, sql)
}

func (w *writer) statement() string {
	table := "items"
	if w.parts && w.rand.IntN(2) == 0 {
		table = fmt.Sprint("items_", w.rand.IntN(2))
	}
	id, other, team := w.rand.IntN(40), w.rand.IntN(40), w.rand.IntN(4)
	status := []string{"'open'", "NULL", "'it''s'", "repeat('long', 20)", `E'\n"'`}[w.rand.IntN(5)]
	switch w.rand.IntN(12) {
	case 0, 1:
		return fmt.Sprintf("INSERT INTO items VALUES (%d, %d, %s, 'new') ON CONFLICT (id) DO UPDATE SET team = excluded.team, body = 'upserted'", id, team, status)
	case 2, 3:
		return fmt.Sprintf("UPDATE %s SET team = %d WHERE team < %d", table, team, w.rand.IntN(4))
	case 4:
		return fmt.Sprintf("UPDATE %s SET status = %s, team = NULL WHERE id %% 3 = %d", table, status, w.rand.IntN(3))
	case 5:
		return fmt.Sprintf("UPDATE %s SET body = '%d' WHERE id = %d", table, w.rand.Int(), id)
	case 6:
		return fmt.Sprintf("UPDATE items SET id = %d WHERE id = %d AND NOT EXISTS (SELECT FROM items WHERE id = %[1]d)", other, id)
	case 7, 8:
		return fmt.Sprintf("DELETE FROM %s WHERE id = %d", table, id)
	case 9:
		return fmt.Sprintf("INSERT INTO items SELECT n, n %% %d, %s, 'many' FROM generate_series(%d, %d) n ON CONFLICT DO NOTHING", 1+w.rand.IntN(150), status, id, id+w.rand.IntN(180))
	case 10:
		return fmt.Sprintf("DELETE FROM items WHERE id >= %d", id)
	default:
		if w.rand.IntN(10) == 0 {
			return "TRUNCATE " + table
		}
		return fmt.Sprintf("UPDATE %s SET id = id + 1000, status = %s WHERE id BETWEEN 1 AND %d AND NOT EXISTS (SELECT FROM items WHERE id > 1000)", "items", status, id)
	}
}

// A client that is killed at any moment leaves no row behind that nobody has heard of.
func TestTriggersOfAClientThatIsKilled(t *testing.T) {
	psql, err := osexec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not here")
	}
	c, heard := world(t, "CREATE TABLE public.killed (id int PRIMARY KEY)")
	defer exec(t, c, "DROP TABLE public.killed")
	install(t, c, postgres.Table{Name: "public.killed"})
	keys := map[string]bool{}
	for round := range 25 {
		cmd := osexec.Command(psql, "-X", "-q", shared.URL())
		var script strings.Builder
		for i := range 5_000 {
			fmt.Fprintf(&script, "BEGIN; INSERT INTO killed VALUES (%d); COMMIT;\n", round*10_000+i)
		}
		cmd.Env = []string{"PGAPPNAME=killed"}
		cmd.Stdin = strings.NewReader(script.String())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range rand.IntN(100) + 1 { // this many transactions later
			n, err := heard.conn.WaitForNotification(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			keys[keyIn(t, n.Payload)] = true
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		for alive := true; alive; { // the server's side ends when it notices
			if err := c.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'killed')").Scan(&alive); err != nil {
				t.Fatal(err)
			}
		}
		for _, n := range heard.notifications(t) {
			keys[keyIn(t, n.Payload)] = true
		}
	}
	var rows []string
	if err := c.QueryRow(t.Context(), "SELECT array_agg(id::text) FROM killed").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	for _, id := range rows {
		if !keys[id] {
			t.Errorf("row %s was committed, and nobody heard of it", id)
		}
	}
	if len(rows) != len(keys) {
		t.Errorf("%d rows are there, and %d were heard of", len(rows), len(keys))
	}
}
