package paging

import "strings"

// part is one statement of a page: a range of one index.
type part struct {
	cond   condition
	order  string
	limit  int
	offset int
}

// parts are the ranges that make up the page, in its order. None of them overlap.
func (o Options) parts(d Dialect, key string) []part {
	limit := o.Limit() + 1
	switch {
	case o.restricted:
		return []part{{cond: keyIn(key, o.keysOf(key)), order: o.orderBy(d, 0), limit: max(len(o.keys), 1)}}
	case o.Mode() == Offset:
		return []part{{order: o.orderBy(d, 0), limit: limit, offset: o.offset}}
	}
	if refusal := o.refusal(d); refusal != "" {
		return []part{{cond: raw(refusal), limit: limit}}
	}
	guards := o.guards(d)
	var parts []part
	for _, s := range o.spans(d) {
		parts = append(parts, part{cond: and(s.cond, guards), order: o.orderBy(d, s.known), limit: limit})
	}
	return parts
}

// step is one key of the sort in the direction of the fetch, and the value of the row that the page begins at.
type step struct {
	column    string
	value     any
	desc      bool
	nullable  bool
	nullsLast bool
	mark      string // what stands for the value
	null      string // is true where the column is NULL
}

// steps are the keys in the direction of the fetch; values are nil without a row.
func (o Options) steps(d Dialect) []step {
	steps := make([]step, len(o.sort.Keys))
	for i, k := range o.sort.Keys {
		steps[i] = step{
			column:    k.Column,
			mark:      mark,
			null:      k.Column + " IS NULL",
			desc:      k.Desc != o.Backwards(),
			nullable:  k.Nulls != NotNull,
			nullsLast: (k.Nulls == NullsLast) != o.Backwards(),
		}
		if o.row != nil {
			steps[i].value = o.row.values[i]
			steps[i].mark = k.markOf(d, steps[i].value)
		}
		if d == SQLite && i == 0 {
			// Its statistics take NULL for a value like any other, of which there are few rows, and so it may look for them through
			// all values of a column that comes first in another index.
			steps[i].null = "unlikely(" + steps[i].null + ")"
		}
	}
	return steps
}

// above is the operator that means "further on".
func (s step) above() string {
	if s.desc {
		return " < "
	}
	return " > "
}

func (s step) is() condition {
	if s.value == nil {
		return s.isNull()
	}
	return condition{s.column + " = " + s.mark, []any{s.value}}
}

func (s step) isNull() condition    { return raw(s.null) }
func (s step) isNotNull() condition { return raw(s.column + " IS NOT NULL") }

// further are the ranges of this column that come after its value, in order.
func (s step) further() []condition {
	switch {
	case s.value == nil && s.nullsLast:
		return nil
	case s.value == nil:
		return []condition{s.isNotNull()}
	}
	return append([]condition{{s.column + s.above() + s.mark, []any{s.value}}}, s.nullsBehind()...)
}

// nullsBehind is the range of the NULLs that come after the value.
func (s step) nullsBehind() []condition {
	if s.value != nil && s.nullable && s.nullsLast {
		return []condition{s.isNull()}
	}
	return nil
}

// atLeast bounds the range that further and is lie in, so that an index can begin there instead of at the far end.
func (s step) atLeast() condition {
	switch {
	case s.value == nil && s.nullsLast:
		return s.isNull()
	case s.value == nil:
		return condition{}
	}
	c := condition{s.column + strings.TrimRight(s.above(), " ") + "= " + s.mark, []any{s.value}}
	if s.nullable && s.nullsLast {
		return or(c, s.isNull())
	}
	return c
}

// even says that one row value comparison can stand for these steps: all in one direction, none with NULL.
func even(steps []step) bool {
	for _, s := range steps {
		if s.nullable || s.desc != steps[0].desc {
			return false
		}
	}
	return true
}

// evenBesideNull reports whether one row value comparison finds all rows after the one the page begins at, but for those where
// the first of these columns is NULL: a comparison with NULL is not true.
func evenBesideNull(steps []step) bool {
	first := steps[0]
	first.nullable = first.value == nil
	return even(append([]step{first}, steps[1:]...))
}

// rowValue is (a, b) > (?, ?).
func rowValue(steps []step) condition {
	if len(steps) == 1 {
		return condition{steps[0].column + steps[0].above() + steps[0].mark, []any{steps[0].value}}
	}
	columns, marks, args := make([]string, len(steps)), make([]string, len(steps)), make([]any, len(steps))
	for i, s := range steps {
		columns[i], marks[i], args[i] = s.column, s.mark, s.value
	}
	return condition{
		"(" + strings.Join(columns, ", ") + ")" + steps[0].above() + "( " + strings.Join(marks, ", ") + ")", // see keyIn for the space
		args,
	}
}

// beyond is one condition for all rows after the one the page begins at. It is a row value where that is right, and else
// bounded: a >= x AND (a > x OR (a = x AND …)). Without the bound an index would be read from its very beginning.
func (o Options) beyond(steps []step) condition {
	switch {
	case o.row == nil:
		return condition{}
	case even(steps):
		return rowValue(steps)
	}
	s := steps[0]
	deeper := and(s.is(), o.beyond(steps[1:]))
	if further := s.further(); len(further) > 0 {
		return and(s.atLeast(), or(append(further, deeper)...))
	}
	return deeper
}

// span is a range of the index.
type span struct {
	cond  condition
	known int  // leading columns of which it is known whether they are NULL
	null  bool // the first column is NULL in all of its rows
}

// spans are the ranges that SQL asks for.
func (o Options) spans(d Dialect) []span {
	spans := o.ranges(d)
	if d == MySQL {
		return o.merged(spans, !o.beginsNative())
	}
	return spans
}

// ranges are disjoint, and in the order of the fetch: first the rows that share most with the one the page begins at.
// Each can be answered by one range of an index, which is why SQLite gets a nullable first column split even on the first
// page. Only PostgreSQL gets row values: SQLite finds only their first column in an index and then reads all rows that share
// it, and MySQL finds no column of them. A row value that begins with a nullable column saves PostgreSQL the planning of a range.
func (o Options) ranges(d Dialect) []span {
	steps := o.steps(d)
	if o.row == nil {
		return o.firstRanges(d, steps)
	}
	n := 0 // steps[n:] can be compared as one
	for n < len(steps)-1 && (d != PostgreSQL || !evenBesideNull(steps[n:])) {
		n++
	}
	prefix := make([]condition, n)
	for i, s := range steps[:n] {
		prefix[i] = s.is()
	}
	atNull := steps[0].nullable && steps[0].value == nil
	spans := []span{{and(append(prefix[:n:n], rowValue(steps[n:]))...), len(steps), atNull}}
	further := steps[n].nullsBehind()
	for i := n; ; i-- {
		for _, c := range further {
			null := i > 0 && atNull || i == 0 && c.sql == steps[0].isNull().sql
			spans = append(spans, span{and(append(prefix[:i:i], c)...), i + 1, null})
		}
		if i == 0 {
			return spans
		}
		further = steps[i-1].further()
	}
}

func (o Options) firstRanges(d Dialect, steps []step) []span {
	if len(steps) == 0 || !steps[0].nullable || d == PostgreSQL || d == MySQL && o.beginsNative() {
		return []span{{}}
	}
	isNull, isNotNull := span{steps[0].isNull(), 1, true}, span{steps[0].isNotNull(), 1, false}
	if steps[0].nullsLast {
		return []span{isNotNull, isNull}
	}
	return []span{isNull, isNotNull}
}

// orderBy is the order of the fetch, which says where NULLs go as the index does. Where indexes cannot, it says nothing about
// the first known columns: in a range they are all NULL or none is, so the index has the order.
func (o Options) orderBy(d Dialect, known int) string {
	steps := o.steps(d)
	columns := make([]string, len(steps))
	for i, s := range steps {
		if i < known && d != PostgreSQL {
			s.nullable = false
		}
		columns[i] = d.ordered(s)
	}
	return strings.Join(columns, ", ")
}
