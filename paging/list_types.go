package paging

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// checkTypes refuses columns of which the database would compare a cursor with something else than what it orders by, given the
// types of their fields. Only the rows of database/sql know the types of their columns.
func (l *List[T]) checkTypes(o Options, rows Rows) error {
	typed, ok := rows.(interface {
		ColumnTypes() ([]*sql.ColumnType, error)
	})
	if !ok || l.cfg.Dialect != MySQL && l.cfg.Dialect != PostgreSQL || o.restricted || o.Mode() == Offset {
		return nil
	}
	types, err := typed.ColumnTypes()
	if err != nil {
		return fmt.Errorf("paging: reading the types of the columns: %w", err)
	}
	for _, k := range o.sort.Keys {
		field, _ := l.field(k.Column)
		i := slices.Index(l.columns, field.column)
		if l.get[k.Column] != nil || i < 0 || i >= len(types) {
			continue
		}
		precision, _, _ := types[i].DecimalSize()
		column := columnType{types[i].DatabaseTypeName(), precision}
		if fault := column.faultOf(l.cfg.Dialect, k, field.Type); fault != "" {
			return fmt.Errorf("paging: the sort key %s is %s", k.Column, fault)
		}
	}
	return nil
}

// columnType is the type of a column as its driver names it.
type columnType struct {
	name      string
	precision int64 // digits of a decimal number: huge where there is no limit, 0 where it is not known
}

// faultOf is what is wrong with a column that a field of type t reads for a key, or "".
func (c columnType) faultOf(d Dialect, k Key, t reflect.Type) string {
	if d == MySQL {
		return c.faultOfMySQL(k, t)
	}
	return c.faultOfPostgreSQL(k, t)
}

// isText reports whether a type holds text. MariaDB says CHAR for UUID and INET6 too.
func (c columnType) isText() bool {
	return strings.HasSuffix(c.name, "CHAR") || strings.HasSuffix(c.name, "TEXT")
}

// isNumber reports whether a type of PostgreSQL is one of numbers.
func (c columnType) isNumber() bool {
	return slices.Contains([]string{"INT2", "INT4", "INT8", "NUMERIC", "FLOAT4", "FLOAT8", "OID", "XID", "XID8", "CID"}, c.name)
}

func (c columnType) faultOfMySQL(k Key, t reflect.Type) string {
	switch {
	case c.isText() && isNumberType(t):
		return "of the type " + c.name + ", which MySQL orders as text and compares with a " + t.String() + " as a number: read it into a string"
	case c.name == "ENUM" || c.name == "SET":
		return "of the type " + c.name + ", which MySQL orders by number and compares by text: sort by CAST(column AS CHAR), or by column + 0"
	case c.name == "BIT" || c.name == "JSON":
		return "of the type " + c.name + ", which MySQL compares with nothing that a cursor can hold: sort by an expression of another type"
	case c.name == "FLOAT":
		return "a FLOAT, of which MySQL shows six digits only: make it a DOUBLE"
	case isFloat(storedAs(t)) && c.name == "DECIMAL" && c.precision > exactDigits:
		return "a DECIMAL of more than 15 digits, which no " + t.String() + " holds exactly: read it into a string, with the Key.Type Decimal"
	case isFloat(storedAs(t)) && strings.HasSuffix(c.name, "BIGINT"):
		return "a BIGINT, which no " + t.String() + " holds exactly: read it into an int64"
	case c.name == "DECIMAL" && c.precision > exactDigits && k.Type != Decimal:
		return "a DECIMAL of more than 15 digits, which MySQL compares with text as a float: set Key.Type to Decimal, and scan it as text"
	case (storedAs(t) == storedBytes || k.Type == Binary) && !strings.HasSuffix(c.name, "BINARY") && !strings.HasSuffix(c.name, "BLOB"):
		return "of the type " + c.name + ", which MySQL (and MariaDB's UUID and INET6, which say so, too) orders by something else than the bytes " +
			"it compares: read it into a string, without the Key.Type Binary"
	default:
		return ""
	}
}

func (c columnType) faultOfPostgreSQL(k Key, t reflect.Type) string {
	as := storedAs(t)
	switch {
	case as == storedBool && c.name != "BOOL", as != storedBool && isNumberType(t) && !c.isNumber():
		return "of the type " + c.name + ", which PostgreSQL orders otherwise than " + t.String() + " values: read it into a string"
	case isFloat(as) && c.name == "NUMERIC" && (c.precision < 1 || c.precision > exactDigits || as == storedFloat32):
		return "a NUMERIC, which may have more digits than a " + t.String() + " holds: read it into a string, or declare NUMERIC(15, …) at most for a float64"
	case isFloat(as) && c.name == "INT8":
		return "an INT8, which no " + t.String() + " holds exactly: read it into an int64"
	case as == storedFloat32 && c.name != "FLOAT4" && c.name != "INT2":
		return "of the type " + c.name + ", which no float32 holds exactly: read it into a float64"
	case (as == storedBytes || k.Type == Binary && as != storedUUID) && c.name != "BYTEA":
		return "of the type " + c.name + ", which PostgreSQL orders by something else than bytes: read it into a string, without the Key.Type Binary"
	case as == storedText && c.name == "BYTEA":
		return "a BYTEA, of which a string makes another value: read it into a []byte"
	default:
		return ""
	}
}

// isNumberType reports whether a field holds numbers, or bools, which are numbers to MySQL.
func isNumberType(t reflect.Type) bool {
	as := storedAs(t)
	return as == storedBool || as == storedInt || isFloat(as)
}

// isValuer reports whether a type, or a pointer to it, says itself what it is to a database.
func isValuer(t reflect.Type) bool {
	valuer := reflect.TypeFor[driver.Valuer]()
	return t.Implements(valuer) || reflect.PointerTo(t).Implements(valuer)
}

// cursorHolds is an error where the type of a field says that no cursor can hold its values.
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
