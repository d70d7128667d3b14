package sqlrandom

import "fmt"

// reference is a column of one of the sources, or a constant where they have none of that type.
func (b *builder) reference(sources []source, text bool) string {
	var some []string
	var columns []Column
	for _, s := range sources {
		for _, c := range s.columns {
			if c.Text == text {
				some, columns = append(some, s.alias+"."+c.Name), append(columns, c)
			}
		}
	}
	switch {
	case len(some) > 0:
		i := b.IntN(len(some))
		b.use(columns[i])
		return some[i]
	case text:
		return "CAST('a' AS text)"
	default:
		return b.constant()
	}
}

// constant is a number that ORDER BY does not take for a column's.
func (b *builder) constant() string { return "CAST(" + b.number() + " AS bigint)" }

// expression draws what may stand in a list of columns.
func (b *builder) expression(sources []source, text bool, depth int) string {
	n := b.IntN(8)
	if n == 0 && !text {
		return b.scalar(sources, depth-1)
	}
	simple := b.reference(sources, text)
	switch {
	case text && n < 2:
		return fmt.Sprintf("coalesce(%s, '-')", simple)
	case text || n > 3:
		return simple
	case n == 1:
		return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", b.condition(sources, depth-1), simple, b.reference(sources, false))
	case n == 2:
		return fmt.Sprintf("coalesce(%s, %s)", simple, b.scalar(sources, depth-1))
	default:
		return fmt.Sprintf("abs(coalesce(%s, 0) - %s)", simple, b.reference(sources, false))
	}
}

// scalar draws a subquery of one integer, which may speak of the sources.
func (b *builder) scalar(sources []source, depth int) string {
	if depth < 0 {
		return b.constant()
	}
	s := b.source(depth)
	defer b.free(s.alias)
	where := s.fact(s.alias)
	if len(sources) > 0 && b.chance(2) {
		where += fmt.Sprintf(" AND %s = %s", b.reference([]source{s}, false), b.reference(sources, false))
	}
	what := "count(*)"
	switch b.IntN(3) {
	case 0:
		what = "count(" + b.reference([]source{s}, true) + ")"
	case 1:
		what = "max(" + b.reference([]source{s}, false) + ")"
	}
	return fmt.Sprintf("(SELECT coalesce(%s, 0) FROM %s %s WHERE %s)", what, s.sql, s.alias, where)
}

// exists draws an EXISTS.
func (b *builder) exists(sources []source, depth int) string {
	s := b.source(depth - 1)
	defer b.free(s.alias)
	where := s.fact(s.alias)
	if len(sources) > 0 {
		where += fmt.Sprintf(" AND %s = %s", b.reference([]source{s}, false), b.reference(sources, false))
	}
	return fmt.Sprintf("EXISTS (SELECT %s FROM %s %s WHERE %s AND %s)", b.of("1", "*"), s.sql, s.alias, where, b.comparison([]source{s}))
}

// comparison draws a condition without a subquery.
func (b *builder) comparison(sources []source) string {
	switch b.IntN(8) {
	case 0:
		return b.reference(sources, true) + b.of(" IS NULL", " IS NOT NULL", " = 'a'", " <> 'b'", " IN ('a', 'b')", " LIKE 'a%'")
	case 1:
		return b.reference(sources, false) + b.of(" IS NULL", " IS NOT NULL", " IN (1, 2, 3)", " BETWEEN 1 AND 4")
	case 2:
		return "1 = " + b.of("1", "1", "0") // the plan leaves out what it rules out
	case 3:
		return b.reference(sources, false) + b.of(" = ", " <> ", " < ") + b.reference(sources, false)
	default:
		return b.reference(sources, false) + " " + b.of("<", "=", ">", "<>", "<=", ">=") + " " + b.number()
	}
}

// condition draws a condition, with subqueries where depth allows.
func (b *builder) condition(sources []source, depth int) string {
	if depth <= 0 {
		return b.comparison(sources)
	}
	switch b.IntN(9) {
	case 0:
		return b.of("", "NOT ") + b.exists(sources, depth)
	case 1:
		return b.in(sources, depth)
	case 2:
		return b.reference(sources, false) + b.of(" >= ", " <> ", " = ") + b.scalar(sources, depth-1)
	case 3:
		return "(" + b.condition(sources, depth-1) + b.of(" OR ", " AND ") + b.condition(sources, depth-1) + ")"
	case 4:
		return "NOT (" + b.condition(sources, depth-1) + ")"
	default:
		return b.comparison(sources)
	}
}

// in draws an IN or NOT IN of a subquery.
func (b *builder) in(sources []source, depth int) string {
	text := b.chance(3)
	s := b.source(depth - 1)
	defer b.free(s.alias)
	what := b.reference([]source{s}, text)
	return fmt.Sprintf("%s %s (SELECT %s FROM %s %s WHERE %s AND %s IS NOT NULL)",
		b.reference(sources, text), b.of("IN", "NOT IN"), what, s.sql, s.alias, s.fact(s.alias), what)
}
