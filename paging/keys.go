package paging

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"strconv"
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
	// gorm takes a slice that stands right behind a bracket, such as []byte, for a list of its elements: hence the space.
	marks := strings.Repeat(", "+mark, len(keys))[2:]
	values := make([]any, len(keys))
	for i, key := range keys {
		values[i] = bindable(key)
	}
	return condition{column + " IN ( " + marks + ")", values}
}

// bindable is a key as drivers take it: bytes of a fixed length, such as an id of 16 bytes, as a slice of them.
func bindable(key any) any {
	if _, ok := key.(driver.Valuer); ok {
		return key
	}
	if b, ok := bytesOf(key); ok {
		return b
	}
	return key
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
			same[j] = condition{strings.TrimSpace(columns[j]) + " = " + mark, []any{bindable(values[j])}}
		}
		alternatives[i] = and(same...)
	}
	return balanced(alternatives)
}

// flatAlternatives are as many as stand in a row: SQLite takes no expression that is 1,000 operators deep, and an OR of n is n deep.
const flatAlternatives = 100

// balanced is or for many alternatives, in brackets around each half of them, which every database looks through.
func balanced(cs []condition) condition {
	if len(cs) <= flatAlternatives {
		return or(cs...)
	}
	return or(balanced(cs[:len(cs)/2]), balanced(cs[len(cs)/2:]))
}

// fields are the parts of a key of several columns: the fields of a struct or the elements of an array. It is false for what is a
// single value to a database: text, a number, a time, a UUID.
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

// comparableKey is a key that == and a map can compare: bytes, which they cannot, as a text that says the same.
func comparableKey(key any) any {
	if v := reflect.ValueOf(key); !v.IsValid() || v.Comparable() {
		return key
	}
	var b strings.Builder
	writeKey(&b, reflect.ValueOf(key))
	return writtenKey(b.String())
}

// writtenKey is a key as writeKey wrote it.
type writtenKey string

// writeKey writes a key so that no two that differ are written alike. It looks at what the key holds and at no method:
// one that a struct has from an embedded time would speak for the time alone.
func writeKey(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.CanInterface() && v.Type() == reflect.TypeFor[time.Time]() {
			t, _ := reflect.TypeAssert[time.Time](v)
			b.Write(strconv.AppendQuote(nil, string(appendTime(nil, t))))
			return
		}
		writeKeys(b, v.NumField(), v.Field)
	case reflect.Array, reflect.Slice:
		writeKeys(b, v.Len(), v.Index)
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		b.WriteString(v.Elem().Type().String() + ":")
		writeKey(b, v.Elem())
	case reflect.String:
		b.WriteString(strconv.Quote(v.String()))
	default: // numbers, bool
		fmt.Fprint(b, v)
	}
}

func writeKeys(b *strings.Builder, n int, part func(int) reflect.Value) {
	b.WriteByte('{')
	for i := range n {
		writeKey(b, part(i))
		b.WriteByte(',')
	}
	b.WriteByte('}')
}
