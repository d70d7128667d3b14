package sqlite

import (
	"database/sql/driver"
	"slices"
	"strings"
	"unsafe"

	sqlite3 "modernc.org/sqlite/lib"
)

// layout is where the columns of a table are that are told.
type layout struct {
	is      identity
	hasKey  bool // the first value is that of the primary key
	rowID   bool // which is the row id
	columns []tableColumn
	first   tableColumn // of the key
}

// identity is what is another one when a schema has changed, together with the generation of names.
type identity struct {
	table, columns uintptr
	count          int16
	schema         int32 // its generation
	generation     uint64
}

// tableColumn is a column, and where the preupdate hook finds it.
type tableColumn struct {
	name     string
	index    int
	told     bool
	affinity int // one of SQLITE_AFF_
}

// layoutOf is that of the table of which the hook sees a row. SQLite's own description is read: it is right at any time, also
// in the middle of a script that has just changed the table.
func (c *conn) layoutOf(t table) *layout {
	pre := (*sqlite3.TPreUpdate)(pointer((*sqlite3.Tsqlite3)(pointer(c.handle.db)).FpPreUpdate))
	if pre == nil {
		return nil
	}
	tab := (*sqlite3.TTable)(pointer(pre.FpTab))
	if tab.FpSchema == 0 {
		return nil // ANALYZE counts rows of a table that there is not
	}
	is := identity{
		table: pre.FpTab, columns: tab.FaCol, count: tab.FnCol, schema: (*sqlite3.TSchema)(pointer(tab.FpSchema)).FiGeneration,
		generation: c.generation(),
	}
	if l := c.layouts[is.table]; l != nil && l.is == is {
		return l
	}
	l := newLayout(tab, c.db.columns.of(table{schema: t.schema, name: strings.ToLower(t.name)}))
	l.is = is
	if c.layouts == nil || len(c.layouts) >= layoutsMost {
		c.layouts = map[uintptr]*layout{}
	}
	c.layouts[is.table] = l
	return l
}

// layoutsMost bounds what a connection remembers.
const layoutsMost = 1000

func newLayout(tab *sqlite3.TTable, declared []string) *layout {
	l := &layout{}
	keys := 0
	for i := range int(tab.FnCol) {
		column := (*sqlite3.TColumn)(pointer(tab.FaCol + uintptr(i)*unsafe.Sizeof(sqlite3.TColumn{})))
		one := describe(column, i)
		if column.FcolFlags&sqlite3.COLFLAG_PRIMKEY != 0 {
			keys++
			l.first, l.rowID = one, i == int(tab.FiPKey)
		}
		if one.told && slices.Contains(declared, one.name) {
			l.columns = append(l.columns, one)
		}
	}
	l.hasKey = keys == 1
	l.rowID = l.rowID && l.hasKey
	return l
}

func describe(column *sqlite3.TColumn, index int) tableColumn {
	name := goString(column.FzCnName)
	rest := column.FzCnName + uintptr(len(name)) + 1
	if column.FcolFlags&sqlite3.COLFLAG_HASTYPE != 0 {
		rest += uintptr(len(goString(rest))) + 1
	}
	collation := ""
	if column.FcolFlags&sqlite3.COLFLAG_HASCOLL != 0 {
		collation = goString(rest)
	}
	told := column.FcolFlags&sqlite3.COLFLAG_VIRTUAL == 0
	switch strings.ToUpper(collation) {
	case "", "BINARY", "NOCASE", "RTRIM":
	default:
		told = false // the program says which texts are equal
	}
	return tableColumn{name: strings.ToLower(name), index: index, told: told, affinity: int(column.Faffinity)}
}

// values is those of the declared columns.
func (l *layout) values(row []driver.Value) []driver.Value {
	if l.hasKey && row != nil {
		return row[1:]
	}
	return row
}

// key is that of a row.
func (l *layout) key(row []driver.Value) string {
	if l.hasKey && row != nil {
		return keyText(row[0])
	}
	return ""
}

// named is the values of a row by the names of their columns.
func (l *layout) named(row []driver.Value) map[string]any {
	if row == nil {
		return nil
	}
	named := make(map[string]any, len(row))
	if l.hasKey && l.first.told && row[0] != (unknown{}) {
		named[l.first.name] = row[0]
	}
	for i, value := range l.values(row) {
		if value != (unknown{}) {
			named[l.columns[i].name] = value
		}
	}
	return named
}
