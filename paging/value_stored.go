package paging

import (
	"database/sql"
	"reflect"
	"strings"
)

// guards is true for rows with values in the form that the keys say. At any other row it ends the query with a sentence: a cursor
// would be compared with something else than what the column holds.
func (o Options) guards(d Dialect) condition {
	var all []condition
	for _, k := range o.sort.Keys {
		switch d {
		case SQLite:
			if test, form := k.form(); test != "" {
				all = append(all, raw("CASE WHEN "+test+" THEN 1 ELSE "+failing("paging: a row has "+k.Column+" in another form than "+form)+" END"))
			}
		case PostgreSQL:
			if guard := k.guardOfPostgreSQL(o.asksForTypes()); guard != "" {
				all = append(all, raw(guard))
			}
		default:
		}
	}
	return and(all...)
}

// asksForTypes reports whether the page asks for the types of columns: the first one does, and in the Mode Either every one, since
// that may begin with a page by offset, which has no guards.
func (o Options) asksForTypes() bool { return o.row == nil || o.config().Mode == Either }

// form is a test, true for rows with NULL or a value in the form of this key, and that form in words. SQLite has any form in any
// column, with numbers below text and text below bytes, whatever a driver makes of them.
func (k Key) form() (test, says string) {
	class := "typeof(" + k.Column + ")"
	switch {
	case k.Layout != "":
		return k.hasForm(), "Key.Layout says, " + k.Layout
	case k.holdsBytes() && k.Nulls != NotNull:
		return class + " = 'null' OR " + class + " = 'blob' AND length(" + k.Column + ") > 0",
			"bytes: read text into a string, and keep no empty BLOB beside NULL, which drivers give for it"
	case k.holdsBytes():
		return class + " IN ('blob', 'null')", "bytes: read text into a string"
	case k.stored == storedBool:
		return class + " IN ('integer', 'null')", "a number, which a bool is to SQLite: read text into a string"
	case k.stored == storedInt:
		return class + " IN ('integer', 'real', 'null')", "a number: read text into a string"
	case isFloat(k.stored):
		return class + " IN ('real', 'null') OR " + class + " = 'integer' AND " + k.Column + " BETWEEN -9007199254740992 AND 9007199254740992",
			"a number that a float holds exactly: read text into a string and integers of more than 15 digits into an int64"
	case k.stored == storedText:
		// An expression has no affinity. So a column of numbers makes a number of it, as of a cursor, and a column without a type does
		// not.
		return class + " <> 'blob' AND (" + class + " <> 'integer' OR " + k.Column + " = CAST(" + k.Column + " AS TEXT) || '')",
			"text: read bytes into a []byte and numbers into a number"
	default:
		return "", ""
	}
}

func (k Key) holdsBytes() bool {
	return k.Type == Binary || k.Type == AsGiven && k.stored == storedBytes
}

// stored is what values are to a database, as far as the type of their field says it.
type stored int

const (
	storedUnknown stored = iota
	storedText
	storedBytes
	storedBool
	storedInt
	storedFloat
	storedFloat32
	storedUUID // [16]byte, which is a uuid to pgx
	storedAny
)

func isFloat(s stored) bool { return s == storedFloat || s == storedFloat32 }

// storedAs is what the values of a field are to a database. A pointer and a nullable type count as what they hold.
func storedAs(t reflect.Type) stored {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if isNullable(t) {
		t = t.Field(0).Type
	}
	switch kind := t.Kind(); {
	case isValuer(t):
		return storedUnknown
	case kind == reflect.String:
		return storedText
	case kind == reflect.Bool:
		return storedBool
	case kind >= reflect.Int && kind <= reflect.Uintptr:
		return storedInt
	case kind == reflect.Float64:
		return storedFloat
	case kind == reflect.Float32:
		return storedFloat32
	case kind == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return storedBytes
	case kind == reflect.Array && t.Elem().Kind() == reflect.Uint8 && t.Len() == 16 && !reflect.PointerTo(t).Implements(reflect.TypeFor[sql.Scanner]()):
		return storedUUID
	case kind == reflect.Interface && t.NumMethod() == 0:
		return storedAny
	default:
		return storedUnknown
	}
}

// isNullable reports whether a type is a value with the field Valid, which is false for NULL: database/sql's NullString and its like,
// and pgx's Text and its like.
func isNullable(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() == 2 && t.Field(1).Name == "Valid" && t.Field(0).Type.Kind() != reflect.Array &&
		(t.PkgPath() == "database/sql" || strings.HasSuffix(t.PkgPath(), "/pgtype"))
}
