package paging

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"net"
	"reflect"
	"time"
)

// plain is a value of this key as a cursor holds it.
func (k Key) plain(v any) (any, error) {
	if b, ok := bytesOf(v); ok && k.Type == Binary {
		v = b
	}
	p, err := plain(v)
	switch {
	case err != nil:
		return nil, fmt.Errorf("paging: sort key %s: %w", k.Column, err)
	case p != nil || k.Nulls != NotNull:
		if t, ok := p.(time.Time); ok && k.Layout != "" {
			if k.cuts(t) {
				return nil, fmt.Errorf("paging: sort key %s is a time of which Key.Layout, %s, drops a part: it would be compared with "+
					"another value than the column's", k.Column, k.Layout)
			}
			return k.written(t), nil
		}
		return p, nil
	}
	if b, ok := v.([]byte); ok { // some drivers give empty bytes as nil
		return append([]byte{}, b...), nil
	}
	return nil, fmt.Errorf("paging: sort key %s is NULL, but says NotNull: say NullsFirst or NullsLast in Key.Nulls", k.Column)
}

// plain turns a sort value into one of nil, bool, int64, uint64 (only above MaxInt64), float64, string, []byte and
// time.Time, without losing anything: those are what a cursor can hold and what a database understands.
func plain(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return v, nil
	case []byte:
		if v == nil {
			return nil, nil
		}
		return v, nil
	case int:
		return int64(v), nil
	case time.Time:
		return v.Round(0), nil // without the monotonic clock
	case time.Duration:
		return nil, errors.New("a time.Duration is a number to one column and an interval to another: " +
			"give int64(d) where the column is a number, and its text where it is an interval or a TIME")
	case net.IP, net.HardwareAddr:
		return nil, fmt.Errorf("a %T is bytes to Go and no bytes to the database: give its String(), or a netip.Addr's", v)
	case driver.Valuer:
		if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer && rv.IsNil() {
			return nil, nil
		}
		inner, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("reading a sort value of type %T: %w", v, err)
		}
		if _, again := inner.(driver.Valuer); again {
			return nil, fmt.Errorf("a sort value of type %T has a value of type %T: its method Value must give one that drivers take", v, inner)
		}
		return plain(inner)
	}
	if infinity, ok := v.(fmt.Stringer); ok && reflect.TypeOf(v).String() == "pgtype.InfinityModifier" {
		return infinity.String(), nil // pgx gives it for dates that never come, and takes the text
	}
	return plainReflect(reflect.ValueOf(v))
}

// plainReflect handles pointers and named types such as `type Status string`.
func plainReflect(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return plain(v.Elem().Interface())
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if u := v.Uint(); u > math.MaxInt64 {
			return u, nil
		}
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return plain(v.Bytes())
		}
	case reflect.Array:
		if b, ok := bytesOf(v.Interface()); ok {
			return b, nil
		}
	default:
	}
	return nil, fmt.Errorf("a sort value has type %s, which a cursor cannot hold: give its text, or another value that the database compares alike", v.Type())
}
