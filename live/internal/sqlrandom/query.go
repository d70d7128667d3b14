package sqlrandom

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/htmxlive/htmxlive/live"
)

// Query is a query, and what is true of it. Its rows are the same whenever the data is; their order need not be.
type Query struct {
	SQL   string
	Reads []string // tables that its result depends on, in lower case, sorted
	Names []string // tables that it names, even where its result does not depend on them, sorted
	Facts []Fact   // about tables that it reads

	// Shadowed names tables. The query reads a common table expression of the same name.
	Shadowed []string
}

// Fact is that a query reads only those rows of a table whose column has one of the values.
type Fact struct {
	Table, Column string
	Values        []any
}

// Context is ctx with the query's facts.
func (q Query) Context(ctx context.Context) context.Context {
	for _, f := range q.Facts {
		ctx = live.Where(ctx, f.Table, f.Column, f.Values...) //nolint:fatcontext // there are few facts
	}
	return ctx
}

// Query draws a query. If it has facts, its own WHERE says so wherever the table stands.
func (s *Schema) Query(facts bool) Query {
	b := s.builder()
	if facts {
		b.drawFacts()
	}
	with := b.with()
	body := b.selects([]int{0, 0, 0, 1, 1, 2}[b.IntN(6)])
	b.use(body.columns...)
	q := Query{SQL: with + body.sql, Reads: sorted(b.reads), Names: sorted(b.all)}
	for _, t := range s.Tables {
		if b.hidden[t.Name] {
			q.Shadowed = append(q.Shadowed, t.Name)
		}
	}
	for _, table := range q.Names {
		if f, ok := b.facts[table]; ok {
			q.Facts = append(q.Facts, f)
		}
	}
	return q
}

// builder builds one query.
type builder struct {
	random
	schema  *Schema
	reads   map[string]bool // tables that what is built depends on
	all     map[string]bool // tables that are named
	facts   map[string]Fact // by table
	hidden  map[string]bool // names that common table expressions have taken
	ctes    []relation
	aliases map[string]bool // in use
}

func (s *Schema) builder() *builder {
	return &builder{random: s.random, schema: s, reads: map[string]bool{}, all: map[string]bool{}, facts: map[string]Fact{}, hidden: map[string]bool{}, aliases: map[string]bool{}}
}

// use notes that what is built depends on the values of the columns.
func (b *builder) use(columns ...Column) {
	for _, c := range columns {
		maps.Copy(b.reads, c.reads)
	}
}

// apart is what build returns, and the tables that it depends on.
func (b *builder) apart(build func() string) (sql string, reads map[string]bool) {
	before := b.reads
	b.reads = map[string]bool{}
	sql = build()
	reads, b.reads = b.reads, before
	return sql, reads
}

// with draws common table expressions. Some have a table's name, some are recursive, some are not used. A name that one
// has taken is no table's in any of them.
func (b *builder) with() string {
	var taken []string
	for b.chance(3) && len(taken) < 2 {
		name := b.of(pick(b.random, b.schema.Tables).Name, "cte", "r", pick(b.random, b.schema.Tables).Name)
		if !b.hidden[name] {
			b.hidden[name] = true
			taken = append(taken, name)
		}
	}
	if len(taken) == 0 {
		return ""
	}
	all := make([]string, len(taken))
	for i, name := range taken {
		all[i] = b.cte(name)
	}
	return "WITH RECURSIVE " + strings.Join(all, ", ") + " "
}

// cte draws one. The result depends on what it reads if it is used.
func (b *builder) cte(name string) string {
	before := b.reads
	b.reads = map[string]bool{}
	var body selected
	if b.chance(3) {
		body = b.recursive(name)
	} else {
		body = b.selects(1)
	}
	b.ctes = append(b.ctes, relation{sql: name, columns: body.columns, reads: b.reads})
	b.reads = before
	materialized := b.of("", "", "MATERIALIZED ", "NOT MATERIALIZED ")
	return fmt.Sprintf("%s (%s) AS %s(%s)", name, names(body.columns), materialized, body.sql)
}

// recursive is the body of a recursive expression: a walk from the least number of one relation through another.
func (b *builder) recursive(name string) selected {
	from, to := b.relation(1), b.relation(1)
	b.aliases[name] = true
	first, other := source{from, b.alias()}, source{to, b.alias()}
	b.free(name, first.alias, other.alias)
	least, step := b.reference([]source{first}, false), b.reference([]source{other}, false)
	sql := fmt.Sprintf("SELECT CAST(min(%s) AS bigint) FROM %s %s WHERE %s UNION SELECT CAST(%s.c0 + 1 AS bigint) FROM %s JOIN %s %s ON %s = %s.c0 AND %s WHERE %s.c0 < 9",
		least, from.sql, first.alias, from.fact(first.alias), name, name, to.sql, other.alias, step, name, to.fact(other.alias), name)
	return selected{sql: sql, columns: []Column{{Name: "c0"}}}
}

// drawFacts decides what holds of some tables wherever they stand.
func (b *builder) drawFacts() {
	for _, t := range b.schema.Tables {
		if len(t.Declared) == 0 && b.chance(2) || b.chance(3) {
			continue
		}
		columns := append([]string{"id"}, t.Declared...)
		if len(t.key) > 1 {
			columns = t.Declared // changes tell the key of tables whose key is one column
		}
		if len(columns) == 0 {
			continue
		}
		f := Fact{Table: t.Name, Column: pick(b.random, columns)}
		for range 1 + b.IntN(2) {
			f.Values = append(f.Values, b.factValue(t, f.Column))
		}
		b.facts[t.Name] = f
	}
}

func (b *builder) factValue(t *Table, column string) any {
	for _, c := range t.Columns {
		switch {
		case c.Name != column:
		case c.Text:
			return pick(b.random, []any{"a", "A", "b", "3", "", nil})
		case column == "id":
			return b.IntN(keys)
		case b.chance(8):
			return nil
		}
	}
	return b.IntN(numbers)
}

// condition is the fact as SQL.
func (f Fact) condition(alias string) string {
	all := make([]string, len(f.Values))
	for i, v := range f.Values {
		switch v := v.(type) {
		case nil:
			all[i] = fmt.Sprintf("%s.%s IS NULL", alias, f.Column)
		case string:
			all[i] = fmt.Sprintf("%s.%s = '%s'", alias, f.Column, v)
		default:
			all[i] = fmt.Sprintf("%s.%s = %v", alias, f.Column, v)
		}
	}
	return "(" + strings.Join(all, " OR ") + ")"
}
