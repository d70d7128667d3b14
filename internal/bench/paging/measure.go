package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/htmxlive/htmxlive/paging"
)

// bench is what to measure.
type bench struct {
	rows, limit int
	budget      time.Duration
	plans       bool
}

// list is one order to page in.
type list struct {
	name string
	sort paging.Sort
}

func lists() []list {
	sort := func(keys ...paging.Key) paging.Sort { return paging.Sort{Name: "it", Keys: keys} }
	return []list{
		{"uniform (created, id)", sort(paging.Key{Column: "created"}, paging.Key{Column: "id"})},
		{"mixed (score DESC, id)", sort(paging.Key{Column: "score", Desc: true}, paging.Key{Column: "id"})},
		{"nullable (due NULLS LAST, id)", sort(paging.Key{Column: "due", Nulls: paging.NullsLast}, paging.Key{Column: "id"})},
		{"nullable (due NULLS FIRST, id)", sort(paging.Key{Column: "due", Nulls: paging.NullsFirst}, paging.Key{Column: "id"})},
		{"ten values (status, id)", sort(paging.Key{Column: "status"}, paging.Key{Column: "id"})},
		{"ten values, mixed (status, id DESC)", sort(paging.Key{Column: "status"}, paging.Key{Column: "id", Desc: true})},
	}
}

type ticket struct {
	id, created, score, status int64
	due                        *int64
	body                       string
}

func column(t ticket, name string) any {
	return map[string]any{"id": t.id, "created": t.created, "score": t.score, "due": t.due, "status": t.status}[name]
}

func query() paging.Query {
	return paging.Query{Select: "id, created, score, due, status, body", From: "tickets", Key: "id"}
}

func (d *database) tickets(ctx context.Context, stmt string, args ...any) ([]ticket, error) {
	prepared, err := d.db.PrepareContext(ctx, stmt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", stmt, err)
	}
	defer func() { _ = prepared.Close() }()
	return fetch(ctx, prepared, args)
}

func fetch(ctx context.Context, prepared *sql.Stmt, args []any) ([]ticket, error) {
	rows, err := prepared.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var found []ticket
	for rows.Next() {
		var t ticket
		if err := rows.Scan(&t.id, &t.created, &t.score, &t.due, &t.status, &t.body); err != nil {
			return nil, err
		}
		found = append(found, t)
	}
	return found, rows.Err()
}

// method is one way to fetch a page; nil where it does not apply.
type method struct {
	name string
	sql  func(d *database, o paging.Options, depth int) (string, []any)
}

func (b bench) methods() []method {
	return []method{
		{"keyset", func(d *database, o paging.Options, _ int) (string, []any) { return o.SQL(d.dialect, query()) }},
		{"keyset, back", func(d *database, o paging.Options, _ int) (string, []any) { return o.SQL(d.dialect, query()) }},
		{"one WHERE", oneWhere},
		{"naive OR", naiveOr},
		{"OFFSET", b.byOffset},
	}
}

// oneWhere is what a query builder makes of Clauses.
func oneWhere(d *database, o paging.Options, _ int) (string, []any) {
	c := o.Clauses("id")
	if d.dialect == paging.PostgreSQL {
		c = c.Dollars(1)
	}
	return fmt.Sprintf("SELECT %s FROM tickets WHERE %s ORDER BY %s LIMIT %d", query().Select, c.Where, c.OrderBy, c.Limit), c.Args
}

// naiveOr is what is often written by hand, with NULLs as they must be.
func naiveOr(d *database, o paging.Options, _ int) (string, []any) {
	c := o.Clauses("id")
	values, ok := o.Cursor()
	if !ok {
		return oneWhere(d, o, 0)
	}
	lead, id := o.Sort().Keys[0], o.Sort().Keys[1]
	after := func(k paging.Key, n int) string {
		return k.Column + map[bool]string{false: " > ", true: " < "}[k.Desc] + d.placeholder(n)
	}
	var where string
	args := []any{values[0], values[0], values[1]}
	switch {
	case values[0] == nil && lead.Nulls == paging.NullsLast:
		where, args = fmt.Sprintf("(%s IS NULL AND %s)", lead.Column, after(id, 1)), values[1:]
	case values[0] == nil:
		where, args = fmt.Sprintf("(%s IS NOT NULL OR (%s IS NULL AND %s))", lead.Column, lead.Column, after(id, 1)), values[1:]
	default:
		where = fmt.Sprintf("(%s OR (%s = %s AND %s))", after(lead, 1), lead.Column, d.placeholder(2), after(id, 3))
		if lead.Nulls == paging.NullsLast {
			where = "(" + lead.Column + " IS NULL OR " + where + ")"
		}
	}
	return fmt.Sprintf("SELECT %s FROM tickets WHERE %s ORDER BY %s LIMIT %d", query().Select, where, c.OrderBy, c.Limit), args
}

func (b bench) byOffset(_ *database, o paging.Options, depth int) (string, []any) {
	return fmt.Sprintf("SELECT %s FROM tickets ORDER BY %s LIMIT %d OFFSET %d", query().Select, o.Clauses("id").OrderBy, b.limit+1, depth), nil
}

func (d *database) placeholder(n int) string {
	if d.dialect == paging.PostgreSQL {
		return fmt.Sprintf("$%d", n)
	}
	return "?"
}

// measure prints one table.
func (b bench) measure(ctx context.Context, d *database) error {
	var version string
	ask := map[paging.Dialect]string{paging.SQLite: "SELECT 'SQLite ' || sqlite_version()", paging.PostgreSQL: "SELECT split_part(version(), ' (', 1)"}
	if err := d.db.QueryRowContext(ctx, ask[d.dialect]).Scan(&version); err != nil {
		return err
	}
	depths := []int{0, b.rows / 100, b.rows / 2, b.rows - b.rows/1000}
	fmt.Printf("\n### %s, %d rows, %d on a page\n\n| milliseconds, median |", version, b.rows, b.limit)
	for _, depth := range depths {
		fmt.Printf(" @%d |", depth)
	}
	fmt.Printf("\n|---|%s\n", strings.Repeat("---:|", len(depths)))
	worst := verdict{}
	for _, l := range lists() {
		c := paging.Must(paging.Config{Sorts: []paging.Sort{l.sort}, Limit: b.limit, Codec: paging.RandomCodec()})
		for _, m := range b.methods() {
			var times []time.Duration
			for _, depth := range depths {
				o, err := b.place(ctx, d, c, depth, m.name == "keyset, back")
				if err != nil {
					return err
				}
				took, err := b.time(ctx, d, func() (string, []any) { return m.sql(d, o, depth) })
				if err != nil {
					return err
				}
				times = append(times, took)
			}
			if strings.HasPrefix(m.name, "keyset") {
				worst.note(times)
			}
			fmt.Printf("| %s: %s | %s |\n", l.name, m.name, strings.Join(milliseconds(times), " | "))
		}
	}
	fmt.Printf("\nKeyset pages: slowest %.3f ms, at most %.1f times its depth 0.\n", ms(worst.slowest), worst.ratio)
	return b.refetch(ctx, d)
}

// verdict is how the keyset pages did against the goal.
type verdict struct {
	slowest time.Duration
	ratio   float64
}

func (v *verdict) note(times []time.Duration) {
	for _, t := range times {
		v.slowest = max(v.slowest, t)
		v.ratio = max(v.ratio, float64(t)/float64(times[0]))
	}
}

// place is the page after as many rows as depth, had as a browser has it: from the link of the page before. Back is the
// page before that one, and at depth 0 the last one.
func (b bench) place(ctx context.Context, d *database, c paging.Config, depth int, back bool) (paging.Options, error) {
	o, err := c.Parse(nil, "")
	if err != nil || depth == 0 && !back {
		return o, err
	}
	if depth == 0 {
		return b.target(o, make([]ticket, b.limit+1), paging.Last)
	}
	stmt, args := b.byOffset(d, o, depth-b.limit)
	rows, err := d.tickets(ctx, stmt, args...)
	if err != nil {
		return o, err
	}
	if o, err = b.target(o, rows, paging.Next); err != nil || !back {
		return o, err
	}
	stmt, args = o.SQL(d.dialect, query())
	if rows, err = d.tickets(ctx, stmt, args...); err != nil {
		return o, err
	}
	return b.target(o, rows, paging.Prev)
}

func (b bench) target(o paging.Options, rows []ticket, target paging.Target) (paging.Options, error) {
	p, err := paging.NewPage(o, rows, column, paging.Unknown())
	if err != nil {
		return o, err
	}
	to, ok := p.Target(target)
	if !ok {
		return o, fmt.Errorf("a page of %d rows leads nowhere", len(rows))
	}
	return to, nil
}

// time is the median of as many runs of the prepared statement as fit into the budget, after one that is not counted. It
// includes reading all rows.
func (b bench) time(ctx context.Context, d *database, statement func() (string, []any)) (time.Duration, error) {
	stmt, args := statement()
	if err := b.explain(ctx, d, stmt, args); err != nil {
		return 0, err
	}
	prepared, err := d.db.PrepareContext(ctx, stmt)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", stmt, err)
	}
	defer func() { _ = prepared.Close() }()
	var times []time.Duration
	for spent := time.Duration(0); len(times) < 4 || spent < b.budget && len(times) < 400; {
		begin := time.Now()
		rows, err := fetch(ctx, prepared, args)
		took := time.Since(begin)
		if err != nil {
			return 0, err
		}
		if len(rows) == 0 {
			return 0, fmt.Errorf("no rows from %s", stmt)
		}
		spent += took
		times = append(times, took)
	}
	times = times[1:]
	slices.Sort(times)
	return times[len(times)/2], nil
}

// explain prints the plan of a UNION or row value statement when asked to.
func (b bench) explain(ctx context.Context, d *database, stmt string, args []any) error {
	if !b.plans {
		return nil
	}
	word := map[paging.Dialect]string{paging.SQLite: "EXPLAIN QUERY PLAN ", paging.PostgreSQL: "EXPLAIN ANALYZE "}[d.dialect]
	rows, err := d.db.QueryContext(ctx, word+stmt, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	fmt.Fprintln(os.Stderr, stmt, args)
	for rows.Next() {
		var line string
		dest := []any{&line}
		if d.dialect == paging.SQLite {
			dest = []any{new(sql.RawBytes), new(sql.RawBytes), new(sql.RawBytes), &line}
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "   ", line)
	}
	return rows.Err()
}

// refetch measures what a live page does when something has changed: the rows it shows, by their keys.
func (b bench) refetch(ctx context.Context, d *database) error {
	c := paging.Must(paging.Config{Sorts: []paging.Sort{lists()[0].sort}, Limit: b.limit, Codec: paging.RandomCodec()})
	o, err := b.place(ctx, d, c, b.rows/2, false)
	if err != nil {
		return err
	}
	stmt, args := o.SQL(d.dialect, query())
	rows, err := d.tickets(ctx, stmt, args...)
	if err != nil {
		return err
	}
	var keys []any
	for _, r := range rows[:min(b.limit, len(rows))] {
		keys = append(keys, r.id)
	}
	took, err := b.time(ctx, d, func() (string, []any) { return o.Restrict(keys).SQL(d.dialect, query()) })
	if err != nil {
		return err
	}
	fmt.Printf("\nThe same %d rows again by their keys, as a live page does: %.3f ms.\n", len(keys), ms(took))
	return nil
}

func ms(t time.Duration) float64 { return float64(t) / float64(time.Millisecond) }

func milliseconds(times []time.Duration) []string {
	out := make([]string, len(times))
	for i, t := range times {
		out[i] = fmt.Sprintf("%.2f", ms(t))
		if t > 10*time.Millisecond {
			out[i] = fmt.Sprintf("%.0f", ms(t))
		}
	}
	return out
}
