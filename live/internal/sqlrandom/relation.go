package sqlrandom

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// relation is what stands in FROM, without its alias.
type relation struct {
	sql     string
	columns []Column
	reads   map[string]bool // of a common table expression
	limit   *Fact           // that the query has to say of it
}

// fact is what the query has to say of the relation.
func (r relation) fact(alias string) string {
	if r.limit == nil {
		return "1 = 1"
	}
	return r.limit.condition(alias)
}

// wrapped is the relation with its fact inside.
func (r relation) wrapped() relation {
	if r.limit == nil {
		return r
	}
	return relation{sql: fmt.Sprintf("(SELECT * FROM %s w WHERE %s)", r.sql, r.fact("w")), columns: r.columns}
}

// dependent is the columns, if their values depend on those tables too.
func dependent(columns []Column, reads map[string]bool) []Column {
	more := slices.Clone(columns)
	for i := range more {
		more[i].reads = map[string]bool{}
		maps.Copy(more[i].reads, reads)
		maps.Copy(more[i].reads, columns[i].reads)
	}
	return more
}

// source is a relation with an alias.
type source struct {
	relation
	alias string
}

func (b *builder) relation(depth int) relation {
	switch n := b.IntN(8); {
	case n == 0 && len(b.ctes) > 0 || n < 3 && len(b.ctes) > 0 && depth > 1:
		cte := pick(b.random, b.ctes)
		maps.Copy(b.reads, cte.reads)
		return cte
	case n < 6 || depth <= 0:
		return b.named()
	default:
		q := b.selects(depth - 1)
		return relation{sql: "(" + q.sql + ")", columns: q.columns}
	}
}

// named is a table or a view.
func (b *builder) named() relation {
	if len(b.schema.Views) > 0 && b.chance(4) {
		if v := pick(b.random, b.schema.Views); b.mayRead(v) {
			maps.Copy(b.reads, v.reads)
			maps.Copy(b.all, v.all)
			return relation{sql: b.written(v.Name, v.Name), columns: v.Columns}
		}
	}
	t := pick(b.random, b.schema.Tables)
	b.reads[t.Name], b.all[t.Name] = true, true
	r := relation{sql: b.written(t.Name, t.written), columns: t.Columns}
	if f, ok := b.facts[t.Name]; ok {
		r.limit = &f
		if b.chance(2) {
			return r.wrapped()
		}
	}
	return r
}

// mayRead reports whether the view reads no table of which the query says something.
func (b *builder) mayRead(v *View) bool {
	for table := range v.all {
		if _, ok := b.facts[table]; ok {
			return false
		}
	}
	return true
}

// written is a name of the schema as SQL. Where a common table expression has taken it, it needs the schema's name.
func (b *builder) written(name, as string) string {
	main := "main."
	if b.schema.Dialect == PostgreSQL {
		main = "public."
	}
	if b.hidden[name] || b.chance(6) {
		return main + as
	}
	return b.of(as, as, as, strings.ToUpper(as))
}

// alias draws one that is not in use. Some are names of tables.
func (b *builder) alias() string {
	alias := b.of("p", "q", "o", "m", pick(b.random, b.schema.Tables).Name)
	for i := 0; b.aliases[alias]; i++ {
		alias = fmt.Sprint("a", i)
	}
	b.aliases[alias] = true
	return alias
}

func (b *builder) free(aliases ...string) {
	for _, a := range aliases {
		delete(b.aliases, a)
	}
}

func (b *builder) source(depth int) source {
	r := b.relation(depth)
	return source{relation: r, alias: b.alias()}
}

func names(columns []Column) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Name
	}
	return strings.Join(all, ", ")
}
