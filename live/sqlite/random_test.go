package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// grammar makes statements at random.
type grammar struct{ *rand.Rand }

func (g grammar) of(some ...string) string { return some[g.IntN(len(some))] }

func (g grammar) source() string {
	return g.of("a", "b", "c", "d", "va", "vab", "vn", "(SELECT id, x, y FROM a WHERE x < 3)", "(SELECT max(id) AS id, x, count(*) AS y FROM b GROUP BY x)",
		"(SELECT * FROM a UNION ALL SELECT * FROM b)", "(SELECT id, x, row_number() OVER (ORDER BY y, id) AS y FROM c)")
}

func (g grammar) condition(depth int) string {
	simple := fmt.Sprintf("%s.%s %s %d", g.of("p", "p", "q"), g.of("id", "x", "y"), g.of("<", "=", ">", "<>"), g.IntN(6))
	if depth == 0 {
		return strings.ReplaceAll(simple, "q.", "p.")
	}
	switch g.IntN(6) {
	case 0:
		return "EXISTS (SELECT 1 FROM " + g.source() + " q WHERE q.x = p.x AND " + simple + ")"
	case 1:
		return "p.id NOT IN (SELECT q.id FROM " + g.source() + " q WHERE q.y IS NOT NULL)"
	case 2:
		return "p.y >= (SELECT coalesce(avg(q.y), 0) FROM " + g.source() + " q WHERE q.x <> p.x)"
	case 3:
		return "(" + g.condition(depth-1) + " OR " + g.condition(0) + ")"
	default:
		return strings.ReplaceAll(simple, "q.", "p.")
	}
}

func (g grammar) query() string {
	where := " WHERE " + g.condition(2)
	switch g.IntN(7) {
	case 0:
		return "SELECT count(*) FROM " + g.source() + " p" + where
	case 1:
		return "SELECT p.x, count(*), sum(q.y) FROM " + g.source() + " p LEFT JOIN " + g.source() + " q ON q.id = p.id" + where + " GROUP BY p.x ORDER BY 1, 2, 3"
	case 2:
		return "SELECT p.id FROM " + g.source() + " p" + where + " UNION SELECT id FROM " + g.source() + " ORDER BY 1"
	case 3:
		return "WITH RECURSIVE r(n) AS (SELECT min(id) FROM " + g.source() + " UNION SELECT n + 1 FROM r, " + g.source() + " p WHERE p.id = r.n AND n < 9) SELECT * FROM r"
	case 4:
		return "SELECT count(*) FROM " + g.source() + ", " + g.source()
	case 5:
		return "SELECT (SELECT group_concat(y) FROM (SELECT y FROM " + g.source() + " ORDER BY id, y)), EXISTS (SELECT 1 FROM " + g.source() + " p" + where + ")"
	default:
		return "SELECT p.id, p.x, p.y FROM " + g.source() + " p" + where + " ORDER BY p.y, p.id, p.x LIMIT 5"
	}
}

func (g grammar) write() string {
	t := g.of("a", "b", "c", "d")
	n, m := g.IntN(12), g.IntN(6)
	switch g.IntN(9) {
	case 0:
		return fmt.Sprintf("DELETE FROM %s WHERE id = %d", t, n)
	case 1:
		return fmt.Sprintf("UPDATE %s SET x = %d WHERE y = %d", t, m, n%6)
	case 2:
		return fmt.Sprintf("REPLACE INTO %s VALUES (%d, %d, %d)", t, n, m, n%6)
	case 3:
		return fmt.Sprintf("INSERT INTO %s SELECT id + 12, x, y FROM %s WHERE id < %d ON CONFLICT DO UPDATE SET x = excluded.x, y = y + 1", t, g.of("a", "b"), m)
	case 4:
		return "BEGIN; " + g.write1() + "; SAVEPOINT s; " + g.write1() + "; " + g.of("RELEASE s", "ROLLBACK TO s") + "; " + g.of("COMMIT", "COMMIT", "ROLLBACK")
	case 5:
		return "DELETE FROM " + t
	case 6:
		return "UPDATE vab SET y = y + 1 WHERE id = " + fmt.Sprint(n)
	default:
		return g.write1()
	}
}

func (g grammar) write1() string {
	t := g.of("a", "b", "c", "d")
	return g.of(fmt.Sprintf("UPDATE %s SET y = y + 1 WHERE id <= %d", t, g.IntN(12)),
		fmt.Sprintf("INSERT OR IGNORE INTO %s VALUES (%d, %d, %d)", t, g.IntN(24), g.IntN(6), g.IntN(6)))
}

// Random queries and random writes: when a write changes what a query returns, a topic is published that the query follows.
func TestRandomQueriesAndWrites(t *testing.T) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	g := grammar{rand.New(rand.NewPCG(seed, 0))}
	b := openDSN(t, "", "file:random?mode=memory&cache=shared&_pragma=foreign_keys(1)")
	b.SetMaxOpenConns(1)
	b.must(`CREATE TABLE a (id INTEGER PRIMARY KEY, x, y); CREATE INDEX ax ON a (x, y);
		CREATE TABLE b (id INTEGER PRIMARY KEY, x, y); CREATE INDEX bx ON b (x);
		CREATE TABLE c (id INTEGER PRIMARY KEY REFERENCES a ON DELETE CASCADE DEFERRABLE, x, y);
		CREATE TABLE d (id, x, y, PRIMARY KEY (id)) WITHOUT ROWID;
		CREATE VIEW va AS SELECT id, x, y FROM a WHERE y > 1; CREATE VIEW vab AS SELECT va.id, b.x, b.y FROM va JOIN b ON b.id = va.id;
		CREATE VIEW vn AS SELECT 1 AS id, count(*) AS x, total(y) AS y FROM d;
		CREATE TRIGGER ta AFTER UPDATE ON a WHEN new.y > 3 BEGIN DELETE FROM d WHERE id = new.id; INSERT OR IGNORE INTO b VALUES (new.id, new.x, new.y); END;
		CREATE TRIGGER tv INSTEAD OF UPDATE ON vab BEGIN UPDATE b SET y = new.y WHERE id = old.id; END`)
	result := func(sql string) string {
		t.Helper()
		rows, err := b.QueryContext(t.Context(), sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		defer rows.Close()
		columns, _ := rows.Columns()
		var out strings.Builder
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				fmt.Fprintf(&out, "%v|", *v.(*any))
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return out.String()
	}
	type watched struct {
		sql, result string
		topics      []string
	}
	queries := make([]watched, 20)
	changed, told, needless := 0, 0, 0
	for round := range 500 {
		if i := round % len(queries); round%3 == 0 || queries[i].sql == "" {
			sql := g.query()
			queries[i] = watched{sql: sql, topics: b.topicsOf(sql), result: result(sql)}
		}
		write := g.write()
		b.forget()
		_, _ = b.ExecContext(t.Context(), write) // some are refused
		_, _ = b.ExecContext(t.Context(), "ROLLBACK")
		published := strings.Fields(strings.Join(b.published(), " "))
		for i := range queries {
			q := &queries[i]
			if q.sql == "" {
				continue
			}
			hears := slices.ContainsFunc(q.topics, func(topic string) bool { return slices.Contains(published, topic) })
			now := result(q.sql)
			switch {
			case now != q.result && !hears:
				t.Fatalf("seed %d, round %d: %s\nchanges what this query returns: %s\nfrom %s to %s\nit follows %q, published is %q",
					seed, round, write, q.sql, q.result, now, q.topics, published)
			case now != q.result:
				changed++
				told++
			case hears:
				told++
				needless++
			}
			q.result = now
		}
	}
	t.Logf("%d results changed, %d were told, %d of them needlessly", changed, told, needless)
	if changed < 100 {
		t.Errorf("only %d results changed: the test sees little", changed)
	}
}
