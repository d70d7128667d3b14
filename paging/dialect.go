package paging

import (
	"fmt"
	"strconv"
	"strings"
)

// Dialect is the database that SQL is written for. Others than these are not supported.
type Dialect int

const (
	// PostgreSQL 12 and newer, and what speaks like it. Placeholders are $1, $2 and so on.
	PostgreSQL Dialect = iota + 1
	// SQLite 3.30 and newer. Placeholders are ?.
	SQLite
	// MySQL 8 and newer, and MariaDB 10.8 and newer: indexes of older ones have no DESC. Placeholders are ?.
	MySQL
)

// InMemory is the Dialect of a list of which no SQL is written: Slice pages it.
const InMemory Dialect = -1

// String is the name of the database.
func (d Dialect) String() string {
	switch d {
	case PostgreSQL:
		return "PostgreSQL"
	case SQLite:
		return "SQLite"
	case MySQL:
		return "MySQL"
	default:
		return fmt.Sprintf("Dialect(%d)", int(d))
	}
}

// numbered reports whether placeholders are $1, $2 and so on.
func (d Dialect) numbered() bool { return d == PostgreSQL }

// ordered is a step as ORDER BY has it. MySQL has no words for the place of NULLs; where it does not have them by itself,
// whether a column is NULL comes before the column, and no index has that order.
func (d Dialect) ordered(s step) string {
	column := s.column
	if s.desc {
		column += " DESC"
	}
	switch {
	case !s.nullable, d == MySQL && s.nullsLast == s.desc:
		return column
	case d == MySQL && s.nullsLast:
		return s.column + " IS NULL, " + column
	case d == MySQL:
		return s.column + " IS NULL DESC, " + column
	case s.nullsLast:
		return column + NullsLast.words()
	default:
		return column + NullsFirst.words()
	}
}

// markOf is the mark that stands for a value of this key. MySQL compares a DECIMAL with text as floats, which have 15 digits:
// so the text becomes a DECIMAL of as many places as it has.
func (k Key) markOf(d Dialect, value any) string {
	text, ok := value.(string)
	if !ok || d != MySQL || k.Type != Decimal {
		return mark
	}
	_, places, _ := strings.Cut(text, ".")
	return "CAST(" + mark + " AS DECIMAL(65," + strconv.Itoa(len(places)) + "))"
}
