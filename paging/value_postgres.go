package paging

import (
	"encoding/hex"
	"strings"
)

// guardOfPostgreSQL is true for rows with values that the type of the field holds exactly. At any other row it ends the query with a
// sentence. It asks the database for the column's type, since no library but database/sql tells it. Where the type alone decides,
// the first page asks. Where a value decides, every page does. IS NOT NULL is what the planner takes to be true of nearly all rows.
func (k Key) guardOfPostgreSQL(first bool) string {
	guard := k.guardOfValues()
	if guard == "" && first {
		guard = k.guardOfType()
	}
	if guard == "" {
		return ""
	}
	return "(CASE " + guard + " END) IS NOT NULL"
}

// guardOfValues is the guard, without CASE and END, where a value decides, or "".
func (k Key) guardOfValues() string {
	if k.stored != storedFloat || k.Type == Binary {
		return ""
	}
	fails := k.failsOfPostgreSQL("with a value that no float64 holds exactly: read it into a string or an int64")
	return k.whenTypes("float8", "float4") + "true " + k.whenTypes("text", "varchar", "bpchar", "jsonb") + fails + " WHEN CAST(CAST(" + k.Column +
		" AS float8) AS numeric) IS NOT DISTINCT FROM CAST(" + k.Column + " AS numeric) THEN true ELSE " + fails
}

// guardOfType is the guard, without CASE and END, where the type decides, or "". Integers and text, which most keys are, have none:
// where they do not fit, the next page is an error at the latest.
func (k Key) guardOfType() string {
	switch {
	case k.stored == storedUUID:
		return k.only("with which a [16]byte cannot be compared: read it into a []byte where it is a bytea, and into a string otherwise", "uuid")
	case k.Type == Binary || k.stored == storedBytes:
		return k.only("which is not ordered by bytes: read it into a string, without the Key.Type Binary", "bytea")
	case k.stored == storedBool:
		return k.only("which a bool makes another value of: read it into a string or a number", "bool")
	case k.stored == storedFloat32:
		return k.only("which no float32 holds exactly: read it into a float64", "float4", "int2")
	case k.stored == storedAny:
		return k.whenTypes("\"char\"", "jsonb") + k.failsOfPostgreSQL("of which a driver makes another value: read it into a string") + " ELSE true"
	default:
		return ""
	}
}

// whenTypes begins an alternative for columns of these types.
func (k Key) whenTypes(names ...string) string {
	return "WHEN pg_typeof(" + k.Column + ") IN (CAST('" + strings.Join(names, "' AS regtype), CAST('") + "' AS regtype)) THEN "
}

// only refuses all types but these and domains of them.
func (k Key) only(ending string, names ...string) string {
	types := "(CAST('" + strings.Join(names, "' AS regtype), CAST('") + "' AS regtype))"
	return k.whenTypes(names...) + "true WHEN pg_typeof(" + k.Column + ") IN (SELECT oid FROM pg_catalog.pg_type WHERE typbasetype IN " + types +
		") THEN true ELSE " + k.failsOfPostgreSQL(ending)
}

// failsOfPostgreSQL is a condition that fails with a sentence of this ending. The type of the row in it keeps PostgreSQL from finding
// out that it fails before there is a row.
func (k Key) failsOfPostgreSQL(ending string) string {
	column := strings.ReplaceAll(k.Column, "'", "''")
	return "CAST('paging: a row has " + column + " of the type ' || pg_typeof(" + k.Column + ") || ', " + ending + "' AS boolean)"
}

// bound is plain as every mode of pgx can bind it. Value is what the program gave. A uuid becomes text: where pgx does not ask the
// database what it wants, bytes are a bytea.
func (k Key) bound(d Dialect, value, plain any) any {
	b, ok := plain.([]byte)
	if !ok || d != PostgreSQL || len(b) != 16 {
		return plain
	}
	if _, isArray := value.([16]byte); k.stored != storedUUID && (k.stored != storedAny || !isArray) {
		return plain
	}
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// boundKeys are the keys of this column as every mode of pgx binds them.
func (k Key) boundKeys(keys []any) []any {
	out := make([]any, len(keys))
	for i, key := range keys {
		out[i] = k.bound(PostgreSQL, key, bindable(key))
	}
	return out
}
