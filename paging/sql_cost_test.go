package paging_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// planned is a node of what PostgreSQL says it did, and under it what it did for that.
type planned struct {
	Type    string    `json:"Node Type"`
	Rows    float64   `json:"Actual Rows"`
	Loops   float64   `json:"Actual Loops"`
	Removed float64   `json:"Rows Removed by Filter"`
	Plans   []planned `json:"Plans"`
}

// read is the number of rows that the leaves of a plan read.
func (p planned) read() float64 {
	if len(p.Plans) == 0 {
		return (p.Rows + p.Removed) * p.Loops
	}
	sum := 0.0
	for _, q := range p.Plans {
		sum += q.read()
	}
	return sum
}

// No page of any order, at any depth, reads more than a few times the rows it shows, with the index that Sort.Index names.
func TestPagesReadAFewTimesTheirLimit(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) { readAFewTimes(t, postgresEngine(t)) })
	t.Run("MariaDB", func(t *testing.T) { readAFewTimes(t, mariadbEngine(t)) })
}

func readAFewTimes(t *testing.T, e engine) {
	// Rows that lie in the order of their ids would let the planner read some hundred neighbours through the primary key instead.
	series := map[paging.Dialect]string{paging.PostgreSQL: "generate_series(1, 20000) AS id", paging.MySQL: "(SELECT seq AS id FROM seq_1_to_20000) AS n"}[e.dialect]
	e.exec(t, `INSERT INTO entries SELECT id, 1, CASE WHEN id % 3 > 0 THEN id % 5000 END, id % 4, CASE WHEN id % 2 = 0 THEN concat('x', id % 50) END,
		concat('w', id % 10), NULL, now(), id % 2 = 0, '' FROM `+series+` ORDER BY (id * 7919) % 20011`)
	const limit = 40
	tried := 0
	for name, keys := range map[string][]paging.Key{
		"nullable second, last":  {key("few"), {Column: "num", Desc: true, Nulls: paging.NullsLast}, desc("id")},
		"nullable second, first": {key("few"), {Column: "num", Desc: true, Nulls: paging.NullsFirst}, desc("id")},
		"ascending, first":       {key("few"), nullable("num", paging.NullsFirst), key("id")},
		"ascending, last":        {desc("few"), nullable("num", paging.NullsLast), desc("id")},
		"nullable first":         {{Column: "num", Desc: true, Nulls: paging.NullsLast}, key("id")},
		"two that are nullable":  {{Column: "txt", Desc: true, Nulls: paging.NullsLast}, nullable("num", paging.NullsFirst), key("id")},
		"ten words":              {key("word"), desc("id")},
	} {
		t.Run(name, func(t *testing.T) {
			c := paging.Config{Name: "rows", Dialect: e.dialect, Sorts: []paging.Sort{{Name: "it", Keys: keys}}, Limit: limit, Codec: testCodec}
			if _, err := c.Parse(nil, ""); err != nil && e.dialect == paging.MySQL && strings.Contains(err.Error(), "Config.AllowSort allows the other") {
				t.Skip(err)
			}
			tried++
			c = paging.MustConfig(c)
			e.exec(t, "CREATE INDEX i ON entries "+c.Sorts[0].Index(e.dialect))
			defer e.exec(t, "DROP INDEX i"+map[paging.Dialect]string{paging.MySQL: " ON entries"}[e.dialect])
			e.exec(t, "ANALYZE "+map[paging.Dialect]string{paging.MySQL: "TABLE "}[e.dialect]+"entries")
			for _, order := range []string{"it", "-it"} {
				for _, depth := range []int{0, 5000, 6660, 6670, 9999, 13330, 19900} {
					for _, o := range e.around(t, c, order, depth) {
						if n := e.rowsRead(t, o); n > 4*limit {
							stmt, _ := o.SQL(e.dialect, paging.Query{Select: "*", From: "entries"})
							t.Errorf("%s at %d reads %.0f rows for %d:\n%s", order, depth, n, limit, stmt)
						}
					}
				}
			}
		})
	}
	if tried < 5 {
		t.Errorf("%d orders were tried", tried)
	}
}

// around are the page at a depth, the next one and the one before that.
func (e engine) around(t *testing.T, c paging.Config, order string, depth int) []paging.Options {
	t.Helper()
	first := mustParse(t, c, "sort="+order)
	if depth == 0 {
		last, _ := e.page(t, first).Target(paging.Last)
		return []paging.Options{first, last}
	}
	rows := e.query(t, "SELECT "+rowColumns+" FROM entries ORDER BY "+first.Clauses("id").OrderBy+" LIMIT 41 OFFSET "+strconv.Itoa(depth))
	next, ok := newPage(t, first, rows, valueOf(columns(e.word))).Target(paging.Next)
	if !ok {
		t.Fatalf("no page behind %d", depth)
	}
	prev, _ := e.page(t, next).Target(paging.Prev)
	return []paging.Options{next, prev}
}

func (e engine) rowsRead(t *testing.T, o paging.Options) float64 {
	t.Helper()
	stmt, args := o.SQL(e.dialect, paging.Query{Select: "*", From: "entries"})
	if e.dialect == paging.MySQL {
		e.exec(t, "FLUSH STATUS")
		e.query(t, stmt, args...)
		return e.handled(t)
	}
	var text []byte
	if err := e.db.QueryRowContext(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) "+stmt, args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
	var plans []struct{ Plan planned }
	if err := json.Unmarshal(text, &plans); err != nil || len(plans) != 1 {
		t.Fatalf("%s: %v", text, err)
	}
	return plans[0].Plan.read()
}
