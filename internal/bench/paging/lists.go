package main

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/htmxlive/htmxlive/paging"
)

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
		{"nullable second (status, due DESC NULLS LAST, id DESC)", sort(paging.Key{Column: "status"},
			paging.Key{Column: "due", Desc: true, Nulls: paging.NullsLast}, paging.Key{Column: "id", Desc: true})},
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

// method is one way to fetch a page.
type method struct {
	name string
	sql  func(d *database, o paging.Options, depth int) (string, []any)
}

func (b bench) methods(d *database, index string) []method {
	keyset := func(d *database, o paging.Options, _ int) (string, []any) { return o.SQL(d.dialect, query()) }
	methods := []method{{"keyset", keyset}, {"keyset, back", keyset}, {"one WHERE", oneWhere}, {"naive OR", naiveOr}, {"OFFSET", b.byOffset}}
	if d.dialect != paging.MySQL {
		return methods
	}
	// MariaDB plans a statement each time it runs: this is without the time in which it looks at other indexes.
	forced := func(d *database, o paging.Options, _ int) (string, []any) {
		q := query()
		q.From += " FORCE INDEX (" + index + ")"
		return o.SQL(d.dialect, q)
	}
	return append(methods, method{"FORCE INDEX", forced}, method{"FORCE INDEX, back", forced})
}

// oneWhere is what a query builder makes of Clauses.
func oneWhere(d *database, o paging.Options, _ int) (string, []any) {
	c := o.Clauses("id")
	if d.dialect == paging.PostgreSQL {
		c = c.Dollars(1)
	}
	return fmt.Sprintf("SELECT %s FROM tickets WHERE %s ORDER BY %s LIMIT %d", query().Select, c.Where, c.OrderBy, c.Limit), c.Args
}

// naiveOr is what is often written by hand for an order of two keys, with NULLs as they must be.
func naiveOr(d *database, o paging.Options, _ int) (string, []any) {
	c := o.Clauses("id")
	values, ok := o.Cursor()
	if !ok || len(values) > 2 {
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
