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

// datesOf is the functions of dates that a statement calls with the time of the call, as its bytecode says.
func (c *conn) datesOf(ctx context.Context, sql string, args []driver.NamedValue) (calls []string) {
	p := program{texts: map[int64][]string{}, written: map[int64]bool{}}
	if c.query(ctx, "EXPLAIN "+sql, func(row []driver.Value) { p.add(row) }, args...) != nil {
		return nil
	}
	p.copyTexts()
	for _, is := range p.instructions {
		if is.opcode == "Function" || is.opcode == "PureFunc" {
			if call := p.call(is); call != "" {
				calls = append(calls, call)
			}
		}
	}
	return calls
}

// program is a statement's bytecode, with the texts that may be in its registers.
type program struct {
	instructions []instruction
	texts        map[int64][]string
	written      map[int64]bool
}

func (p *program) add(row []driver.Value) {
	is := newInstruction(row)
	p.instructions = append(p.instructions, is)
	p.written[is.p2], p.written[is.p3] = true, true
	if is.opcode == "String8" {
		p.texts[is.p2] = append(p.texts[is.p2], strings.ToLower(is.p4))
	}
}

func (p *program) copyTexts() {
	for _, is := range p.instructions {
		if is.opcode == "Copy" || is.opcode == "SCopy" {
			p.texts[is.p2] = append(p.texts[is.p2], p.texts[is.p1]...)
		}
	}
}

// now reports whether a register may hold what stands for the time of the call.
func (p *program) now(register int64) bool {
	return slices.ContainsFunc(p.texts[register], func(text string) bool { return text == "now" || strings.HasPrefix(text, "subsec") })
}

// call is a call of a function of dates, if the time of the call is among its arguments or there are none. They are in
// registers, from the one in the second operand on.
func (p *program) call(is instruction) string {
	name, _, _ := strings.Cut(is.p4, "(")
	now := false
	switch name {
	case "date", "time", "datetime", "julianday", "unixepoch":
		if is.p2 == 0 {
			return name + "()"
		}
		now = p.now(is.p2)
	case "strftime":
		now = p.now(is.p2+1) || !p.written[is.p2+1]
	case "timediff":
		now = p.now(is.p2) || p.now(is.p2+1)
	}
	if !now {
		return ""
	}
	return name + "('now')"
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
