package paging

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// keyIn is true for the rows with these keys.
func keyIn(column string, keys []any) condition {
	if len(keys) == 0 {
		return raw("1 = 0")
	}
	if _, several := fields(keys[0]); several {
		return keysIn(strings.Split(column, ","), keys)
	}
	marks := strings.Repeat(", "+mark, len(keys))[2:]
	return condition{column + " IN (" + marks + ")", keys}
}

// keysIn is keyIn for keys of several columns. Lists of row values are written differently everywhere; this is not.
func keysIn(columns []string, keys []any) condition {
	alternatives := make([]condition, len(keys))
	for i, key := range keys {
		values, _ := fields(key)
		if len(values) != len(columns) { // a mistake in the program: let the database say so, a request must not panic
			return raw(fmt.Sprintf("key_of_%d_columns_has_%d_values", len(columns), len(values)))
		}
		same := make([]condition, len(values))
		for j := range same {
			same[j] = condition{strings.TrimSpace(columns[j]) + " = " + mark, values[j : j+1]}
		}
		alternatives[i] = and(same...)
	}
	return or(alternatives...)
}

// fields are the parts of a key of several columns: a struct's fields or an array's elements. A text, a number, a time, a
// UUID and whatever else is a single value to a database are not.
func fields(key any) ([]any, bool) {
	switch key.(type) {
	case time.Time, driver.Valuer:
		return nil, false
	}
	v := reflect.ValueOf(key)
	var parts []any
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				return nil, false
			}
			parts = append(parts, v.Field(i).Interface())
		}
	case reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil, false
		}
		for i := range v.Len() {
			parts = append(parts, v.Index(i).Interface())
		}
	default:
		return nil, false
	}
	return parts, len(parts) > 0
}
