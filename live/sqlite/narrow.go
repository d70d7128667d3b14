package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"github.com/htmxlive/htmxlive/live"
)

// checkColumns refuses declared columns that a table does not have.
func (c *conn) checkColumns(ctx context.Context, tables []tracked, onlyReads bool) error {
	if c.names == nil {
		return nil
	}
	if onlyReads {
		c.warnUndeclared(ctx)
	}
	for _, t := range tables {
		if len(c.db.columns.required(t.table)) == 0 {
			continue
		}
		if _, err := c.tells(ctx, t.table); err != nil {
			return err
		}
	}
	return nil
}

// narrow is the topics of what a statement reads under its context: those of the rows for which the conditions of its author
// hold, where changes tell the values. What the statement returns is to be checked then.
func (c *conn) narrow(r *run, topics []string, tables []tracked) []string {
	narrowed := false
	for _, t := range tables {
		conditions := live.Conditions(r.ctx, t.names...)
		if len(conditions) == 0 {
			continue
		}
		told, err := c.tells(r.ctx, t.table)
		if err != nil {
			continue
		}
		conditions = slices.DeleteFunc(conditions, func(is live.Condition) bool { return !slices.Contains(told, is.Column) })
		if len(conditions) == 0 {
			continue
		}
		if !narrowed {
			topics, narrowed = slices.Clone(topics), true // they are remembered
		}
		topics[slices.Index(topics, t.topic)] = live.Narrow(t.topic, conditions)
		for _, is := range conditions {
			r.checks = append(r.checks, check{table: t.table, condition: is})
		}
	}
	return topics
}

// check is a condition that a column of the result has to meet.
type check struct {
	table     table
	condition live.Condition
	index     int // of the column
}

// origin is the column from which a column of a result is.
type origin struct {
	table
	column string
}

// checksOf is the checks of the columns that a statement returns.
func (c *conn) checksOf(ctx context.Context, s *stmt, args []driver.NamedValue, conditions []check, columns []string) (checks []check) {
	origins := c.originsOf(ctx, s, args)
	if len(origins) != len(columns) {
		return nil
	}
	for i, from := range origins {
		for _, one := range conditions {
			if from.table == one.table && from.column == one.condition.Column {
				one.index = i
				checks = append(checks, one)
			}
		}
	}
	return checks
}

// originsOf asks SQLite where the columns of a result are from. It knows that of the first SELECT only where there are several,
// as in a UNION: then nothing is said.
func (c *conn) originsOf(ctx context.Context, s *stmt, args []driver.NamedValue) []origin {
	if c.names == nil || len(s.access.writes) > 0 || script(s.access.text) {
		return nil
	}
	if known, ok := c.names.origins[s.access.text]; ok {
		return known
	}
	var origins []origin
	if !c.compound(ctx, s.access.text, args) {
		origins = c.askOrigins(s.access.text)
	}
	if len(c.names.origins) >= statementsMost {
		clear(c.names.origins)
	}
	c.names.origins[s.access.text] = origins
	return origins
}

// statementsMost bounds what a connection remembers.
const statementsMost = 500

func (c *conn) askOrigins(text string) (origins []origin) {
	c.internal = true
	defer func() { c.internal = false }()
	info, err := c.rawConn.ColumnInfo(text)
	if err != nil {
		return nil
	}
	for _, column := range info {
		origins = append(origins, origin{
			table:  table{schema: column.DatabaseName, name: strings.ToLower(column.TableName)},
			column: strings.ToLower(column.OriginName),
		})
	}
	return origins
}

// compound reports whether a statement takes rows from several SELECTs, or may.
func (c *conn) compound(ctx context.Context, text string, args []driver.NamedValue) bool {
	found := false
	err := c.query(ctx, "EXPLAIN QUERY PLAN "+text, func(row []driver.Value) {
		detail, _ := row[3].(string)
		for _, word := range []string{"COMPOUND", "UNION", "MERGE", "EXCEPT", "INTERSECT", "RECURSIVE", "VALUES", "CONSTANT ROW"} {
			found = found || strings.Contains(detail, word)
		}
	}, args...)
	return err != nil || found
}

// violated is an error where a row does not meet a condition. NULL may be what an outer join found no row for.
func violated(checks []check, row []driver.Value) error {
	for _, one := range checks {
		if value := row[one.index]; value != nil && !one.condition.Holds(value) {
			return fmt.Errorf("sqlite: live.Where says which values of %s.%s the statement reads, and it returned a row with %v: "+
				"its WHERE has to say the same, of every use of the table", one.table.tableName(), one.condition.Column, value)
		}
	}
	return nil
}
