package paging

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// checkTypes refuses columns that MySQL orders by something else than what it compares a cursor with. Rows that do not know
// their types, which those of database/sql do, are not looked at.
func (l *List[T]) checkTypes(o Options, rows Rows) error {
	typed, ok := rows.(interface {
		ColumnTypes() ([]*sql.ColumnType, error)
	})
	if !ok || l.cfg.Dialect != MySQL || o.restricted || o.Mode() == Offset {
		return nil
	}
	types, err := typed.ColumnTypes()
	if err != nil {
		return fmt.Errorf("paging: reading the types of the columns: %w", err)
	}
	for _, k := range o.sort.Keys {
		field, _ := l.field(k.Column)
		i := slices.Index(l.columns, field.Tag.Get("db"))
		if i < 0 || i >= len(types) {
			continue
		}
		precision, _, _ := types[i].DecimalSize()
		if fault := k.faultOf(types[i].DatabaseTypeName(), precision, field.Type); fault != "" {
			return fmt.Errorf("paging: the sort key %s is %s", k.Column, fault)
		}
	}
	return nil
}

// faultOf is what is wrong with a type of MySQL for this key, which a field of that type reads, or "".
func (k Key) faultOf(name string, precision int64, field reflect.Type) string {
	switch {
	case isNumberType(field) && (strings.HasSuffix(name, "CHAR") || strings.HasSuffix(name, "TEXT")):
		return "of the type " + name + ", which MySQL orders as text and compares with a " + field.String() + " as a number: read it into a string"
	case name == "ENUM" || name == "SET":
		return "of the type " + name + ", which MySQL orders by number and compares by text: sort by CAST(column AS CHAR), or by column + 0"
	case name == "BIT" || name == "JSON":
		return "of the type " + name + ", which MySQL compares with nothing that a cursor can hold: sort by an expression of another type"
	case name == "FLOAT":
		return "a FLOAT, of which MySQL shows six digits only: make it a DOUBLE"
	case name == "DECIMAL" && precision > exactDigits && k.Type != Decimal:
		return "a DECIMAL of more than 15 digits, which MySQL compares with text as a float: set Key.Type to Decimal, and scan it as text"
	default:
		return ""
	}
}

// isNumberType reports whether a field is a number or a bool, which is one to MySQL, or a pointer to one.
func isNumberType(t reflect.Type) bool {
	if t == nil {
		return false
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return !isValuer(t) && t.Kind() >= reflect.Bool && t.Kind() <= reflect.Float64
}

// isValuer reports whether a type, or a pointer to it, says itself what it is to a database.
func isValuer(t reflect.Type) bool {
	valuer := reflect.TypeFor[driver.Valuer]()
	return t.Implements(valuer) || reflect.PointerTo(t).Implements(valuer)
}

// cursorHolds is nil where a cursor can hold the values of a field, as far as its type says it.
func cursorHolds(t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if isValuer(t) || t.Kind() == reflect.Interface {
		return nil
	}
	_, err := plain(reflect.Zero(t).Interface())
	return err
}
