package paging

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
)

// listField is a field of a row that is a column.
type listField struct {
	reflect.StructField

	column string
	nulls  Nulls
}

// canBeNull reports whether the field is a pointer or a type such as sql.NullString. A type of pgtype is no sign of NULL: sqlc has
// them for columns that are NOT NULL, too.
func (f listField) canBeNull() bool {
	return f.Type.Kind() == reflect.Pointer || f.Type.PkgPath() == "database/sql" && strings.HasPrefix(f.Type.Name(), "Null")
}

// nullsOf is where a field says that NULLs go.
func nullsOf(f reflect.StructField) (Nulls, error) {
	switch placement := f.Tag.Get("nulls"); placement {
	case "first":
		return NullsFirst, nil
	case "last":
		return NullsLast, nil
	case "":
		return NotNull, nil
	default:
		return NotNull, fmt.Errorf("has the field %s with the tag nulls:%q: want first or last", f.Name, placement)
	}
}

// describe gives a key what its field says of it. The error continues a sentence that begins with the column.
func (f listField) describe(k *Key, mode Mode) error {
	if err := cursorHolds(f.Type); err != nil && mode != Offset {
		return fmt.Errorf("cannot be in a cursor: %w", err)
	}
	k.Nulls, k.goType, k.stored = cmp.Or(k.Nulls, f.nulls), f.Type.String(), storedAs(f.Type)
	if k.Nulls == NotNull && f.canBeNull() {
		return fmt.Errorf("can be NULL, as the field %s is a %s: say where, in its tag, nulls:\"first\" or nulls:\"last\", or in Key.Nulls",
			f.Name, f.Type)
	}
	return nil
}
