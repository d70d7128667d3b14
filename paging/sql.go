package paging

import (
	"cmp"
	"strconv"
	"strings"
)

// Query is the caller's part of a statement: everything but the place and the order. It is SQL as it stands; values
// belong into Args.
type Query struct {
	// Select is the columns, without placeholders: "id, title, priority". ORDER BY takes a name that is given here for a value
	// computed here, and WHERE for the column: where a sort key is read as another value, "t.due::text AS due", the Key names its
	// table, "t.due".
	Select string
	// From is a table, or tables joined: "tickets t JOIN teams ON …".
	From string
	// Where is what every row must meet: filters, and what the viewer may see. "" is all rows. Placeholders are those of
	// the dialect: $1, $2, … or ?. On SQLite they may all be ?1, ?2, … or $1, $2, … or names with a sql.Named for each; two kinds
	// in one query are an error of the statement.
	Where string
	// Args are the values of the placeholders in From and Where.
	Args []any
	// Key is the column that Restrict's keys are in: "id". Where a key is a struct or an array it is several columns, in
	// the order of its fields: "team, id".
	Key string
}

// SQL is the whole statement that fetches the page, with its arguments: run it with database/sql, pgx or anything that
// takes text, and give all rows to NewPage. It asks for one row more than the limit.
//
// An order that one index range cannot answer (NULLs, mixed directions, on SQLite every one of several columns) becomes
// several such ranges, one after the other in a UNION ALL that stops when it has enough rows. So a page costs the same at
// any depth, if there is an index on the columns of Sort.Index. On SQLite every page is written like that: two columns of one
// name are "id" and "id:1" there, and so they are called on every page. MySQL reads all ranges of one OR in the order of the
// index; only NULLs at the end where the index does not have them are a statement of their own.
func (o Options) SQL(d Dialect, q Query) (string, []any) {
	parts := o.parts(d, q.Key)
	var given placeholders
	if d == SQLite {
		given = q.placeholders()
	}
	if refusal := cmp.Or(q.refusal(d, given), o.refusalOfNames(q.Select)); refusal != "" {
		q, parts = Query{Select: refusal, From: q.From}, []part{{limit: o.Limit() + 1}}
	}
	if len(parts) == 1 && d != SQLite {
		w := writer{numbered: d.numbered(), args: append([]any(nil), q.Args...)}
		w.selectPart(q, parts[0])
		return w.String(), w.args
	}
	w := writer{numbered: d.numbered()}
	if given.name() {
		w.numbered, w.sign = true, "?"
	}
	for i, p := range parts {
		if i == 0 || !w.numbered { // ?s are counted, so their values are repeated; $1 means the same everywhere
			w.args = append(w.args, q.Args...)
		}
		if i > 0 {
			w.WriteString(" UNION ALL ")
		}
		// A subquery with LIMIT keeps its order, and PostgreSQL never runs one in parallel: the rows of the union come in
		// the order of its parts. MySQL needs no subquery, in which two columns could not have one name.
		before, after := "SELECT * FROM (", ") AS part"+strconv.Itoa(i+1)
		if d == MySQL {
			before, after = "(", ")"
		}
		w.WriteString(before)
		w.selectPart(q, p)
		w.WriteString(after)
	}
	w.limit(parts[0])
	return w.String(), w.args
}

// CountSQL is the statement that counts the rows of all pages; give its number to Options.Counted. With a
// Config.CountCap it stops one row above. Run it only when WantsTotal.
func (o Options) CountSQL(_ Dialect, q Query) (string, []any) {
	where := ""
	if q.Where != "" {
		where = " WHERE " + q.Where
	}
	args := append([]any(nil), q.Args...)
	if most := o.config().CountCap; most > 0 {
		return "SELECT count(*) FROM (SELECT 1 FROM " + q.From + where + " LIMIT " + strconv.Itoa(most+1) + ") AS counted", args
	}
	return "SELECT count(*) FROM " + q.From + where, args
}

// Clauses are what a query builder puts together: Where is never empty, so it can be added as it is.
type Clauses struct {
	// Where is a condition in brackets, or "1 = 1". Its placeholders are ?.
	Where string
	// Args are the values of Where's placeholders.
	Args []any
	// OrderBy is the order, without the words ORDER BY.
	OrderBy string
	// Limit is the most rows to fetch: one more than the page shows.
	Limit int
	// Offset is the number of rows to skip.
	Offset int

	marked string // Where with marks for placeholders
}

// Clauses are the parts of a single statement for the page, for squirrel, bun, gorm and the like, which take ? for every
// database. Key is as in Query. Where the first column has NULLs, or few values that sort one way and the rest the other,
// it is slow on deep pages; on SQLite few values are enough for that. SQL and Segments are not. For MySQL it must be in
// Config.Dialect. Where that is SQLite, rows in which a time has another form than Key.Layout end the query as they do with SQL.
func (o Options) Clauses(key string) Clauses {
	d := cmp.Or(o.config().Dialect, PostgreSQL)
	if o.restricted || o.Mode() == Offset {
		return o.clauses(o.parts(d, key)[0])
	}
	if refusal := o.refusal(d); refusal != "" {
		return o.clauses(part{cond: raw(refusal), limit: o.Limit() + 1})
	}
	cond := and(o.beyond(o.steps(d)), o.guards(d))
	if d == MySQL && o.row != nil {
		cond = o.merged(o.ranges(d), false)[0].cond
	}
	return o.clauses(part{cond: cond, order: o.orderBy(d, 0), limit: o.Limit() + 1})
}

// Segments are the parts of several statements that give the page one after the other: take the rows of the first, then
// of the next, until there are as many as Limit. SQL does that in one statement.
func (o Options) Segments(d Dialect, key string) []Clauses {
	var all []Clauses
	for _, p := range o.parts(d, key) {
		all = append(all, o.clauses(p))
	}
	return all
}

func (o Options) clauses(p part) Clauses {
	c := Clauses{marked: "1 = 1", Args: p.cond.args, OrderBy: p.order, Limit: p.limit, Offset: p.offset}
	if p.cond.sql != "" {
		c.marked = "(" + p.cond.sql + ")"
	}
	c.Where = strings.ReplaceAll(c.marked, mark, "?")
	return c
}

// Dollars is c with the placeholders $first, $first+1, … instead of ?, for pgx and sqlc.
func (c Clauses) Dollars(first int) Clauses {
	w := writer{numbered: true, used: first - 1}
	w.condition(condition{sql: c.marked})
	c.Where = w.String()
	return c
}

// Index is the columns of an index that serves this sort and its reverse: CREATE INDEX ON tickets (due DESC NULLS LAST, id).
// On PostgreSQL it names the place of NULLs, which SQL asks for in the same words. The others take no such words in an index:
// see Config.AllowSort.
func (s Sort) Index(d Dialect) string {
	cols := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		cols[i] = k.Column
		if k.Desc {
			cols[i] += " DESC"
		}
		if d == PostgreSQL {
			cols[i] += k.Nulls.words()
		}
	}
	return "(" + strings.Join(cols, ", ") + ")"
}

// words are what ORDER BY says of the place of NULLs.
func (n Nulls) words() string {
	switch n {
	case NullsFirst:
		return " NULLS FIRST"
	case NullsLast:
		return " NULLS LAST"
	default:
		return ""
	}
}

// mark stands for a placeholder until it is known how the database writes it. A column expression cannot contain it.
const mark = "\x00"

// writer puts a statement together and counts its placeholders.
type writer struct {
	strings.Builder

	numbered bool
	used     int    // placeholders written by callers of Dollars
	sign     string // before a number, if not $
	args     []any
}

// condition writes c with its placeholders; they come after all arguments so far.
func (w *writer) condition(c condition) {
	pieces := strings.Split(c.sql, mark)
	for i, piece := range pieces {
		if i > 0 && w.numbered {
			w.WriteString(cmp.Or(w.sign, "$") + strconv.Itoa(w.used+len(w.args)+i))
		} else if i > 0 {
			w.WriteString("?")
		}
		w.WriteString(piece)
	}
	w.args = append(w.args, c.args...)
}

func (w *writer) selectPart(q Query, p part) {
	w.WriteString("SELECT " + q.Select + " FROM " + q.From)
	word := " WHERE ("
	if q.Where != "" {
		w.WriteString(word + q.Where + ")")
		word = " AND ("
	}
	if p.cond.sql != "" {
		w.WriteString(word)
		w.condition(p.cond)
		w.WriteString(")")
	}
	if p.order != "" {
		w.WriteString(" ORDER BY " + p.order)
	}
	w.limit(p)
	if p.offset > 0 {
		w.WriteString(" OFFSET " + strconv.Itoa(p.offset))
	}
}

func (w *writer) limit(p part) { w.WriteString(" LIMIT " + strconv.Itoa(p.limit)) }
