package sqlite

import (
	"context"
	"database/sql/driver"
	"slices"
	"strings"
)

// followClocks records what a statement reads of which no change is told: the time, chance, functions of the program.
func (c *conn) followClocks(ctx context.Context, a *access, args []driver.NamedValue) {
	if len(a.functions) == 0 || c.names == nil {
		return
	}
	clocks, known := c.names.clocks[a.text]
	if !known {
		clocks = c.clocksOf(ctx, a, args)
		if len(c.names.clocks) >= statementsMost {
			clear(c.names.clocks)
		}
		c.names.clocks[a.text] = clocks
	}
	for _, what := range clocks {
		c.db.reads.clock(ctx, what)
	}
}

func (c *conn) clocksOf(ctx context.Context, a *access, args []driver.NamedValue) (clocks []string) {
	dates := false
	for _, name := range a.functions {
		switch name {
		case "random", "randomblob", "changes", "total_changes", "last_insert_rowid":
			clocks = append(clocks, name+"()")
		case "current_timestamp", "current_date", "current_time":
			clocks = append(clocks, strings.ToUpper(name))
		case "date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff":
			dates = true
		default:
			if c.fickle(ctx, name) {
				clocks = append(clocks, name+"()")
			}
		}
	}
	if dates && !script(a.text) {
		clocks = append(clocks, c.datesOf(ctx, a.text, args)...)
	}
	return clocks
}

// fickle reports whether a function is one of the program's that may return something else when it is called again.
func (c *conn) fickle(ctx context.Context, name string) bool {
	if c.names.fickle == nil {
		c.names.fickle = map[string]struct{}{}
		_ = c.query(ctx, "SELECT name FROM pragma_function_list WHERE NOT builtin AND NOT flags & 0x800", func(row []driver.Value) { // SQLITE_DETERMINISTIC
			if one := strings.ToLower(text(row[0])); !ofVirtualTables(one) {
				c.names.fickle[one] = struct{}{}
			}
		}) // without the list nothing is said
	}
	_, is := c.names.fickle[name]
	return is
}

// ofVirtualTables reports whether a function is one of SQLite's own virtual tables, which say of none that it is deterministic.
func ofVirtualTables(name string) bool {
	switch name {
	case "match", "snippet", "highlight", "bm25":
		return true
	}
	return strings.HasPrefix(name, "fts5") || strings.HasPrefix(name, "rtree") || strings.HasPrefix(name, "geopoly_")
}

// datesOf is the functions of dates that a statement calls with the time of the call. Its bytecode says so: their arguments
// are in registers, from the one in the second operand on.
func (c *conn) datesOf(ctx context.Context, sql string, args []driver.NamedValue) (calls []string) {
	var program []instruction
	if c.query(ctx, "EXPLAIN "+sql, func(row []driver.Value) { program = append(program, newInstruction(row)) }, args...) != nil {
		return nil
	}
	texts, written := map[int64][]string{}, map[int64]bool{}
	for _, is := range program {
		written[is.p2], written[is.p3] = true, true
		if is.opcode == "String8" {
			texts[is.p2] = append(texts[is.p2], strings.ToLower(is.p4))
		}
	}
	for _, is := range program {
		if is.opcode == "Copy" || is.opcode == "SCopy" {
			texts[is.p2] = append(texts[is.p2], texts[is.p1]...)
		}
	}
	now := func(register int64) bool {
		return slices.ContainsFunc(texts[register], func(text string) bool { return text == "now" || strings.HasPrefix(text, "subsec") })
	}
	for _, is := range program {
		name, _, _ := strings.Cut(is.p4, "(")
		if is.opcode != "Function" && is.opcode != "PureFunc" {
			continue
		}
		switch name {
		case "date", "time", "datetime", "julianday", "unixepoch":
			if is.p2 == 0 {
				calls = append(calls, name+"()")
			} else if now(is.p2) {
				calls = append(calls, name+"('now')")
			}
		case "strftime":
			if now(is.p2+1) || !written[is.p2+1] {
				calls = append(calls, "strftime('now')")
			}
		case "timediff":
			if now(is.p2) || now(is.p2+1) {
				calls = append(calls, "timediff('now')")
			}
		}
	}
	return calls
}

// instruction is one of a statement's bytecode.
type instruction struct {
	opcode, p4 string
	p1, p2, p3 int64
}

func newInstruction(row []driver.Value) (is instruction) {
	is.opcode, is.p4 = text(row[1]), text(row[5])
	is.p1, _ = row[2].(int64)
	is.p2, _ = row[3].(int64)
	is.p3, _ = row[4].(int64)
	return is
}

// script reports whether a text may be of several statements. EXPLAIN would explain the first one and run the others.
func script(sql string) bool { return strings.Contains(strings.TrimRight(sql, "; \t\r\n"), ";") }
