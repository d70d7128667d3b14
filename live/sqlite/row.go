package sqlite

import (
	"bytes"
	"database/sql/driver"
	"reflect"
	"slices"
	"unicode/utf8"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// handle is SQLite's own connection, to read single values of the row that a hook sees. The driver's methods read all
// columns up to the one that is asked for, and copy them, however large they are.
type handle struct {
	tls   *libc.TLS
	db    uintptr // *sqlite3
	value uintptr // **sqlite3_value, to be freed

	scratch []driver.Value // of one row after the other
}

// open finds the connection in what the driver gives the hook. It is given a copy: reflection moves it to the heap.
func (h *handle) open(row sqlite.SQLitePreUpdateData) bool {
	v := reflect.ValueOf(&row).Elem()
	tls, db := v.FieldByName("tls"), v.FieldByName("pCsr")
	if !tls.IsValid() || tls.Type() != reflect.TypeFor[*libc.TLS]() || !db.IsValid() || db.Kind() != reflect.Uintptr {
		return false
	}
	h.tls, h.db = (*libc.TLS)(tls.UnsafePointer()), uintptr(db.Uint())
	h.value = libc.Xmalloc(h.tls, libc.Tsize_t(unsafe.Sizeof(h.value)))
	return h.value != 0
}

func (h *handle) close() {
	if h.value != 0 {
		libc.Xfree(h.tls, h.value)
		h.value = 0
	}
}

// tellRow is what the hook sees of a row. It is false where nothing can be told of it.
func (c *conn) tellRow(t table, row *sqlite.SQLitePreUpdateData) (one fact, ok bool) {
	if c.handle.value == 0 && !c.handle.open(*row) {
		return fact{}, false
	}
	l := c.layoutOf(t)
	if l == nil || !l.hasKey && len(l.columns) == 0 {
		return fact{}, false
	}
	one.layout = l
	if row.Op != sqlite3.SQLITE_INSERT {
		one.old = c.handle.row(l, row.OldRowID, false, nil)
	}
	if row.Op != sqlite3.SQLITE_DELETE {
		one.new = c.handle.row(l, row.NewRowID, true, one.old)
	}
	return one, true
}

// row is the values of the row as it was, or as it is going to be: before itself where they are the same. Before is what an update
// has found, which may find a text as the key where the column keeps numbers.
func (h *handle) row(l *layout, rowID int64, isNew bool, before []driver.Value) []driver.Value {
	row := h.scratch[:0]
	at := func() (value driver.Value) { // what stood there before
		if before != nil {
			value = before[len(row)]
		}
		return value
	}
	if l.rowID {
		row = append(row, number(rowID, at()))
	} else if l.hasKey {
		key := h.column(l.first, isNew, at())
		if _, isText := key.(string); isText && before != nil && l.first.affinity >= sqlite3.SQLITE_AFF_NUMERIC {
			key = unknown{}
		}
		row = append(row, key)
	}
	for _, column := range l.columns {
		row = append(row, h.column(column, isNew, at()))
	}
	h.scratch = row
	if before != nil && slices.Equal(row, before) {
		return before
	}
	return slices.Clone(row)
}

// number is n as a value: before itself, where that is the same, which takes no memory.
func number(n int64, before driver.Value) driver.Value {
	if was, ok := before.(int64); ok && was == n {
		return before
	}
	return n
}

// textMost is the most bytes of a text that is told: live compares no longer ones.
const textMost = 64

// column is a value of the row, if it is one that can be told: before itself, where that is the same.
func (h *handle) column(column tableColumn, isNew bool, before driver.Value) driver.Value {
	read := sqlite3.Xsqlite3_preupdate_old
	if isNew {
		read = sqlite3.Xsqlite3_preupdate_new
	}
	if read(h.tls, h.db, int32(column.index), h.value) != sqlite3.SQLITE_OK { //nolint:gosec // a table has 32,767 columns at most
		return unknown{}
	}
	value := *(*uintptr)(pointer(h.value))
	switch sqlite3.Xsqlite3_value_type(h.tls, value) {
	case sqlite3.SQLITE_NULL:
		return nil
	case sqlite3.SQLITE_INTEGER:
		if n := sqlite3.Xsqlite3_value_int64(h.tls, value); column.affinity != sqlite3.SQLITE_AFF_REAL || tellable(float64(n)) {
			return number(n, before)
		}
	case sqlite3.SQLITE_FLOAT:
		if f := sqlite3.Xsqlite3_value_double(h.tls, value); tellable(f) {
			return f
		}
	case sqlite3.SQLITE_TEXT:
		z := sqlite3.Xsqlite3_value_text(h.tls, value) // which makes it UTF-8
		if n := sqlite3.Xsqlite3_value_bytes(h.tls, value); z != 0 && n <= textMost {
			return tellableText(unsafe.Slice((*byte)(pointer(z)), n), before)
		}
	}
	return unknown{}
}

// tellableText is a text as a value: before itself, where that is the same.
func tellableText(text []byte, before driver.Value) driver.Value {
	if was, ok := before.(string); ok && was == string(text) {
		return before
	}
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return unknown{}
	}
	return string(text)
}

// goString is a text of SQLite's.
func goString(z uintptr) string {
	n := 0
	for *(*byte)(pointer(z + uintptr(n))) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(pointer(z)), n))
}
