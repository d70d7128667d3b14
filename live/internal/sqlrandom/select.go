package sqlrandom

import (
	"fmt"
	"maps"
	"strings"
)

// selected is a SELECT. Its first column is an integer, and its columns are c0, c1 and so on.
type selected struct {
	sql     string
	columns []Column
}

// selects draws one. Its rows depend on the data only.
func (b *builder) selects(depth int) selected {
	switch b.IntN(9) {
	case 0:
		return b.grouped(depth)
	case 1:
		return b.compound(depth)
	case 2:
		return b.window(depth)
	case 3:
		return b.scalars(depth)
	case 4:
		return b.limited(depth)
	case 5:
		return b.values(depth)
	default:
		return b.simple(depth)
	}
}

// from draws one or two relations, and what has to hold in WHERE.
func (b *builder) from(depth int) (sql, where string, sources []source) {
	left := b.source(depth)
	if b.chance(3) {
		return left.sql + " " + left.alias, left.fact(left.alias), []source{left}
	}
	join := b.of("JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", ",")
	if join == "LEFT JOIN" {
		return b.leftJoin(left, depth)
	}
	right := b.source(depth)
	all := []source{left, right}
	on := b.reference(all[:1], false) + " = " + b.reference(all[1:], false)
	switch join {
	case "JOIN":
		where = left.fact(left.alias) + " AND " + right.fact(right.alias)
	case ",":
		where, on = left.fact(left.alias)+" AND "+right.fact(right.alias)+" AND "+on, ""
	default:
		left.relation, right.relation, where = left.wrapped(), right.wrapped(), "1 = 1"
	}
	if on != "" {
		on = " ON " + on
	}
	return fmt.Sprintf("%s %s %s %s %s%s", left.sql, left.alias, join, right.sql, right.alias, on), where, all
}

// leftJoin draws the right side of a LEFT JOIN. Where none of its columns is used, the rows may not depend on it.
func (b *builder) leftJoin(left source, depth int) (sql, where string, sources []source) {
	var right source
	on, reads := b.apart(func() string {
		right = b.source(depth)
		all := []source{left, right}
		on := b.reference(all[:1], false) + " = " + b.reference(all[1:], false) + " AND " + right.fact(right.alias)
		if b.chance(4) {
			on += " AND " + b.condition(all, depth-1)
		}
		return on
	})
	right.columns = dependent(right.columns, reads)
	return fmt.Sprintf("%s %s LEFT JOIN %s %s ON %s", left.sql, left.alias, right.sql, right.alias, on), left.fact(left.alias), []source{left, right}
}

func (b *builder) release(sources []source) {
	for _, s := range sources {
		b.free(s.alias)
	}
}

func (b *builder) simple(depth int) selected {
	from, where, sources := b.from(depth)
	defer b.release(sources)
	columns := []Column{{Name: "c0"}, {Name: "c1", Text: b.chance(2)}, {Name: "c2", Text: b.chance(2)}}[:1+b.IntN(3)]
	list := make([]string, len(columns))
	for i := range columns {
		c := &columns[i]
		list[i], c.reads = b.apart(func() string { return b.expression(sources, c.Text, depth) + " AS " + c.Name })
	}
	distinct := b.of("", "", "DISTINCT ")
	if distinct != "" {
		b.use(columns...)
	}
	sql := fmt.Sprintf("SELECT %s%s FROM %s WHERE %s AND %s", distinct, strings.Join(list, ", "), from, where, b.condition(sources, depth))
	return selected{sql: sql, columns: columns}
}

func (b *builder) grouped(depth int) selected {
	from, where, sources := b.from(depth)
	defer b.release(sources)
	by := b.reference(sources, false)
	number, text := b.reference(sources, false), b.reference(sources, true)
	having := b.of("", "", " HAVING count(*) > 1")
	if b.chance(4) {
		having = " HAVING count(*) > " + b.scalar(nil, depth-1)
	}
	filter := ""
	if b.chance(4) {
		filter = " FILTER (WHERE " + b.condition(sources, depth-1) + ")"
	}
	joined := fmt.Sprintf("group_concat(%s, ',' ORDER BY %[1]s)", text)
	if b.schema.Dialect == PostgreSQL {
		joined = fmt.Sprintf("string_agg(CAST(%s AS text), ',' ORDER BY %[1]s)", text)
	}
	sql := fmt.Sprintf("SELECT %s AS c0, count(*)%s AS c1, %s(%s) AS c2, %s AS c3 FROM %s WHERE %s AND %s GROUP BY %[1]s%[9]s",
		by, filter, b.of("sum", "min", "max", "count"), number, joined, from, where, b.condition(sources, depth), having)
	return selected{sql: sql, columns: []Column{{Name: "c0"}, {Name: "c1"}, {Name: "c2"}, {Name: "c3", Text: true}}}
}

// compound draws a UNION and its like of two statements with as many columns.
func (b *builder) compound(depth int) selected {
	var reads [2]map[string]bool // by column
	one := func() string {
		s := b.source(depth)
		defer b.free(s.alias)
		all := []source{s}
		var columns [2]string
		for i, draw := range []func() string{
			func() string { return b.expression(all, false, depth-1) },
			func() string { return b.reference(all, true) },
		} {
			sql, more := b.apart(draw)
			columns[i] = sql
			if reads[i] == nil {
				reads[i] = map[string]bool{}
			}
			maps.Copy(reads[i], more)
		}
		return fmt.Sprintf("SELECT %s AS c0, %s AS c1 FROM %s %s WHERE %s AND %s",
			columns[0], columns[1], s.sql, s.alias, s.fact(s.alias), b.condition(all, depth-1))
	}
	first := b.of(" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT ")
	sql, comparesRows := one()+first+one(), first != " UNION ALL "
	if b.chance(4) {
		next := b.of(" UNION ", " UNION ALL ", " EXCEPT ")
		sql, comparesRows = sql+next+one(), comparesRows || next != " UNION ALL "
	}
	if comparesRows { // which rows there are depends on all columns
		maps.Copy(b.reads, reads[0])
		maps.Copy(b.reads, reads[1])
	}
	return selected{sql: sql, columns: []Column{{Name: "c0", reads: reads[0]}, {Name: "c1", Text: true, reads: reads[1]}}}
}

// window draws window functions. All columns order them, so that only equal rows change places.
func (b *builder) window(depth int) selected {
	s := b.source(depth)
	defer b.free(s.alias)
	all := []source{s}
	over, reads := b.apart(func() string {
		b.use(s.columns...)
		order := make([]string, len(s.columns))
		for i, c := range s.columns {
			order[i] = s.alias + "." + c.Name
		}
		if b.chance(3) {
			first, _ := b.apart(func() string { return b.scalar(all, depth-1) }) // it may be the same for all rows
			order = append([]string{first}, order...)
		}
		return fmt.Sprintf("(PARTITION BY %s ORDER BY %s)", b.reference(all, false), strings.Join(order, ", "))
	})
	columns := dependent([]Column{{Name: "c1"}, {Name: "c2"}}, reads)
	sql := fmt.Sprintf("SELECT %s AS c0, row_number() OVER %s AS c1, %s(%s) OVER %s AS c2 FROM %s %s WHERE %s AND %s",
		b.reference(all, false), over, b.of("count", "max", "lag"), b.reference(all, false), over, s.sql, s.alias, s.fact(s.alias), b.condition(all, depth))
	return selected{sql: sql, columns: append([]Column{{Name: "c0"}}, columns...)}
}

// scalars draws a SELECT of subqueries, without FROM.
func (b *builder) scalars(depth int) selected {
	number, reads := b.apart(func() string { return b.scalar(nil, depth) })
	exists, more := b.apart(func() string { return b.exists(nil, depth) })
	return selected{
		sql:     fmt.Sprintf("SELECT %s AS c0, CASE WHEN %s THEN 1 ELSE 0 END AS c1", number, exists),
		columns: []Column{{Name: "c0", reads: reads}, {Name: "c1", reads: more}},
	}
}

// limited draws the first rows of another statement. All columns order them.
func (b *builder) limited(depth int) selected {
	inner := b.simple(depth)
	b.use(inner.columns...)
	alias := b.alias()
	defer b.free(alias)
	order := make([]string, len(inner.columns))
	for i, c := range inner.columns {
		order[i] = alias + "." + c.Name + b.of("", " DESC")
	}
	if b.chance(3) {
		// SQLite leaves out what is the same for all rows: only what speaks of the row has to be read.
		first, _ := b.apart(func() string { return b.scalar([]source{{relation{columns: inner.columns}, alias}}, depth-1) })
		order = append([]string{first}, order...)
	}
	limit := b.of("3", "5", "0")
	if b.chance(4) {
		limit = b.scalar(nil, depth-1)
	}
	return selected{
		sql:     fmt.Sprintf("SELECT * FROM (%s) %s ORDER BY %s LIMIT %s%s", inner.sql, alias, strings.Join(order, ", "), limit, b.of("", " OFFSET 1")),
		columns: inner.columns,
	}
}

// values draws a VALUES with subqueries.
func (b *builder) values(depth int) selected {
	alias := b.alias()
	defer b.free(alias)
	list, reads := b.apart(func() string { return fmt.Sprintf("(%s), (%s), (2)", b.scalar(nil, depth-1), b.scalar(nil, depth-1)) })
	return selected{
		sql:     fmt.Sprintf("SELECT %s.column1 AS c0 FROM (VALUES %s) %s", alias, list, alias),
		columns: []Column{{Name: "c0", reads: reads}},
	}
}
