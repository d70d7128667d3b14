package paging

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// exactDigits is how many digits of a decimal number survive in a float.
const exactDigits = 15

// checkValue refuses what the database would compare with something else than what the column holds: value as the program
// gave it, and plain as a cursor holds it.
func (k Key) checkValue(d Dialect, value, plain any) error {
	var err error
	switch {
	case k.isUnclearTime(d, plain):
		err = errors.New("is a time, which SQLite keeps as text in one of many forms: say in Key.Layout which " +
			"(LayoutSQLite is that of CURRENT_TIMESTAMP), or give what the column holds")
	case k.isConvertedTime(value):
		err = errors.New("is a time of a zone with a name, which no text holds: the driver has converted it (modernc's _timezone, " +
			"mattn's _loc), and it would be compared with another text than the column's")
	case k.isConvertedText(d, plain):
		err = errors.New("is text in the form that database/sql gives a time that a driver made of the column's text: read it into a " +
			"time.Time with Key.Layout, or say in Key.Type that the column holds this very Text")
	case (d == MySQL || d == SQLite) && k.Type == AsGiven && isWrittenBytes(value, plain):
		err = fmt.Errorf("is a %T, which is text in one column and bytes in another: say in Key.Type whether it is Text or Binary", value)
	case k.isUnclearNumber(d, plain):
		err = errors.New("is text that looks like a number of more than 15 digits, which MySQL compares as a float where the " +
			"column is a number: say in Key.Type whether it is Decimal or Text")
	case (d == MySQL || d == SQLite) && k.isFloat32(value):
		err = fmt.Errorf("is a float32, which no column of %s holds exactly: make the column a DOUBLE and the value a float64", d)
	case d == MySQL && isAfterGap(plain):
		err = errors.New("is a time in an hour for which a column without a zone may hold one that its zone leaves out (summer time): " +
			"it would be compared with another hour than the column's, so read times in UTC, with loc=UTC in the DSN")
	case d == MySQL && k.Type != Text && isBytesOfUUID(plain):
		err = errors.New("is bytes that spell a UUID, which MariaDB's UUID compares in one way and orders in another: read it into a string, " +
			"or say in Key.Type that the column holds Text")
	case d == PostgreSQL && hasZeroByte(plain):
		err = errors.New("is text with a zero byte, which no text of PostgreSQL has: read the column into a []byte where it is a bytea, and " +
			"sort by CAST(column AS text) otherwise")
	default:
		return nil
	}
	return fmt.Errorf("paging: the sort key %s %w", k.Column, err)
}

func (k Key) isFloat32(value any) bool {
	return k.stored == storedFloat32 || reflect.Indirect(reflect.ValueOf(value)).Kind() == reflect.Float32
}

// isBytesOfUUID reports whether bytes are the text of a UUID.
func isBytesOfUUID(plain any) bool {
	b, ok := plain.([]byte)
	if !ok || len(b) != 36 {
		return false
	}
	for i, c := range b {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && !isHex(c) {
			return false
		}
	}
	return true
}

func hasZeroByte(plain any) bool {
	text, ok := plain.(string)
	return ok && strings.Contains(text, "\x00")
}

func (k Key) isUnclearTime(d Dialect, plain any) bool {
	_, ok := plain.(time.Time)
	return ok && d == SQLite
}

// isConvertedTime reports whether a time cannot be what was read from text that says its zone: such a time is in UTC, in the
// machine's zone, or in one that has no more than an offset. Europe/Berlin is what somebody converted it to.
func (k Key) isConvertedTime(value any) bool {
	v := reflect.Indirect(reflect.ValueOf(value))
	if !v.IsValid() || !strings.Contains(k.Layout, "07") {
		return false
	}
	t, ok := reflect.TypeAssert[time.Time](v)
	return ok && strings.Contains(t.Location().String(), "/")
}

// isConvertedText reports whether a text is written as database/sql writes a time.Time into a string: SQLite's drivers make times
// of the text in a column that is called TIMESTAMP, and the cursor would be another text than the column's.
func (k Key) isConvertedText(d Dialect, plain any) bool {
	text, ok := plain.(string)
	if !ok || d != SQLite || k.Type != AsGiven || k.Layout != "" {
		return false
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return err == nil && t.Format(time.RFC3339Nano) == text
}

func (k Key) isUnclearNumber(d Dialect, plain any) bool {
	text, ok := plain.(string)
	if !ok || d != MySQL || k.Type != AsGiven {
		return false
	}
	digits := 0
	for _, r := range strings.TrimPrefix(text, "-") {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case r != '.':
			return false
		}
	}
	return digits > exactDigits
}

// isWrittenBytes reports whether a value is an array of bytes that gives itself to databases as text, as UUIDs do.
func isWrittenBytes(value, plain any) bool {
	_, isText := plain.(string)
	_, writes := value.(driver.Valuer)
	_, isArray := bytesOf(value)
	return isText && writes && isArray
}

// bytesOf are the bytes of an array, or of what a pointer to one points to.
func bytesOf(value any) ([]byte, bool) {
	v := reflect.Indirect(reflect.ValueOf(value))
	if v.Kind() != reflect.Array || v.Type().Elem().Kind() != reflect.Uint8 {
		return nil, false
	}
	b := make([]byte, v.Len())
	reflect.Copy(reflect.ValueOf(b), v)
	return b, true
}

// keysOf are the keys that Restrict was given, as the column holds them.
func (o Options) keysOf(column string) []any {
	for _, s := range o.config().Sorts {
		for _, k := range s.Keys {
			switch {
			case k.Column != column:
			case k.stored == storedUUID && o.config().Dialect == PostgreSQL:
				return k.boundKeys(o.keys)
			case k.Type == Binary:
				return binaries(o.keys)
			}
		}
	}
	return o.keys
}

func binaries(keys []any) []any {
	out := make([]any, len(keys))
	for i, key := range keys {
		out[i] = key
		if b, ok := bytesOf(key); ok {
			out[i] = b
		}
	}
	return out
}

// refusal is the name of a mistake of the program that shows only where a statement is written, or "". It stands in the place of
// a condition, and since no database knows the name, the query fails with it: a request must not panic.
func (o Options) refusal(d Dialect) string {
	if d == InMemory {
		return "a_list_InMemory_has_no_SQL"
	}
	if o.Mode() != Keyset || o.restricted {
		return ""
	}
	if !o.config().AllowSort && o.sort.checkNative(d) != nil {
		return "this_sort_needs_Config_AllowSort_on_" + d.String()
	}
	if o.row == nil {
		return ""
	}
	for i, k := range o.sort.Keys {
		switch v := o.row.values[i]; {
		case k.isUnclearTime(d, v):
			return "a_time_needs_Key_Layout_on_SQLite"
		case k.isConvertedText(d, v):
			return "text_like_a_time_needs_Key_Layout_or_Type_on_SQLite"
		case k.isUnclearNumber(d, v):
			return "a_long_number_needs_Key_Type_on_MySQL"
		}
	}
	return ""
}
