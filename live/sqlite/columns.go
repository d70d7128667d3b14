package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// An Option is one of [Open].
type Option struct {
	table   string
	columns []string
}

// Columns declares columns of a table in which queries look for their rows: a commit then tells the values that they had and
// have, and a query that says with [live.Where] which of them it reads follows those rows only. A primary key of one column
// need not be declared.
//
//	db, err := sqlite.Open("file:shop.db", keeper, sqlite.Columns("tickets", "team_id", "status"))
//
// The table is that of any of the connection's files, or of one: "stock.parts". It may be made later. A query that reads it
// while it has no such column fails, and so does every query of a table of which a declared column is GENERATED and VIRTUAL: a STORED one
// can be declared.
//
// Integers and short texts are told. Values of other types, and those of a column with a collation of the program's own,
// could be any.
func Columns(table string, columns ...string) Option {
	o := Option{table: strings.ToLower(table)}
	for _, column := range columns {
		o.columns = append(o.columns, strings.ToLower(column))
	}
	return o
}

// declared is the columns that options declare, by their table.
type declared map[string][]string

func declare(options []Option) declared {
	d := declared{}
	for _, o := range options {
		d[o.table] = append(d[o.table], o.columns...)
	}
	return d
}

// of is the columns that are declared of a table, by its name with and without its schema. Names are in lower case.
func (d declared) of(t table) []string {
	if len(d) == 0 {
		return nil
	}
	return slices.Concat(d[t.name], d[t.schema+"."+t.name])
}

// required is those of them that the table must have: another file may have a table of the same name.
func (d declared) required(t table) []string {
	if t.schema == "main" {
		return d.of(t)
	}
	return d[t.schema+"."+t.name]
}

// tells is the columns of a table of which changes tell the values. It is an error where a declared one is missing.
func (c *conn) tells(ctx context.Context, t table) ([]string, error) {
	if told, ok := c.names.told[t]; ok {
		return told, nil
	}
	var has, key []string
	err := c.query(ctx, "SELECT lower(name), pk, hidden FROM pragma_table_xinfo("+literal(t.name)+", "+literal(t.schema)+")", func(row []driver.Value) {
		name := text(row[0])
		if hidden, _ := row[2].(int64); hidden != virtualColumn {
			has = append(has, name)
		}
		if pk, _ := row[1].(int64); pk > 0 {
			key = append(key, name)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("sqlite: ask for the columns of %s: %w", t.name, err)
	}
	for _, column := range c.db.columns.required(t) {
		if !slices.Contains(has, column) {
			return nil, fmt.Errorf("sqlite: sqlite.Columns declares %s.%s: the table has no such column of which a value is stored", t.name, column)
		}
	}
	told := slices.DeleteFunc(c.db.columns.of(t), func(column string) bool { return !slices.Contains(has, column) })
	if len(key) == 1 {
		told = append(told, key...)
	}
	c.names.told[t] = told
	return told, nil
}

// virtualColumn is what table_xinfo says of a column that is computed when it is read.
const virtualColumn = 2

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// warnUndeclared logs, once, which tables are declared and not there.
func (c *conn) warnUndeclared(ctx context.Context) {
	if len(c.db.columns) == 0 || c.db.warned.Swap(true) {
		return
	}
	for name := range c.db.columns {
		t := table{name: name}
		if schema, of, ok := strings.Cut(name, "."); ok {
			t = table{schema: schema, name: of}
		}
		if _, what := c.names.find(t); what != ordinary {
			slog.WarnContext(ctx, "sqlite: sqlite.Columns declares columns of a table that the database does not have yet: is its name right?", "table", name)
		}
	}
}
