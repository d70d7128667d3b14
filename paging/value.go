package paging

import (
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"reflect"
	"time"
)

// plain is the value of this key in a form a cursor can hold.
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
	return nil, fmt.Errorf("paging: sort key %s is NULL, but says NotNull", k.Column)
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
			return nil, fmt.Errorf("a sort value of type %T has a value of type %T", v, inner)
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
		if v.Type().Elem().Kind() == reflect.Uint8 {
			b := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(b), v)
			return b, nil
		}
	default:
	}
	return nil, fmt.Errorf("a sort value has type %s, which a cursor cannot hold", v.Type())
}

// The first byte of an encoded value is its type.
const (
	tagNull = iota
	tagFalse
	tagTrue
	tagInt
	tagUint
	tagFloat
	tagString
	tagBytes
	tagTime
)

// appendValue encodes a value that plain returned. Floats go as their bits, so NaN and -0 survive.
func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		if v {
			return append(b, tagTrue)
		}
		return append(b, tagFalse)
	case int64:
		return binary.AppendVarint(append(b, tagInt), v)
	case uint64:
		return binary.AppendUvarint(append(b, tagUint), v)
	case float64:
		return binary.BigEndian.AppendUint64(append(b, tagFloat), math.Float64bits(v))
	case string:
		b = binary.AppendUvarint(append(b, tagString), uint64(len(v)))
		return append(b, v...)
	case []byte:
		b = binary.AppendUvarint(append(b, tagBytes), uint64(len(v)))
		return append(b, v...)
	case time.Time:
		return appendTime(append(b, tagTime), v)
	default:
		return append(b, tagNull)
	}
}

// appendTime keeps the zone, name and all: a database that stores times as text compares that too.
func appendTime(b []byte, t time.Time) []byte {
	zone, offset := t.Zone()
	if zone == "UTC" {
		zone = ""
	}
	b = binary.AppendVarint(b, t.Unix())
	b = binary.AppendUvarint(b, uint64(t.Nanosecond()))
	b = binary.AppendVarint(b, int64(offset))
	b = binary.AppendUvarint(b, uint64(len(zone)))
	return append(b, zone...)
}

var errTruncated = errors.New("an encoded value is cut short")

// reader decodes what appendValue and its like wrote; err is the first thing that went wrong.
type reader struct {
	b   []byte
	err error
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.err = errTruncated
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.err, r.b = errTruncated, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.err, r.b = errTruncated, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.err, r.b = errTruncated, nil
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) value() any {
	switch tag := r.byte(); tag {
	case tagNull:
		return nil
	case tagFalse, tagTrue:
		return tag == tagTrue
	case tagInt:
		return r.varint()
	case tagUint:
		return r.uvarint()
	case tagFloat:
		if b := r.bytes(8); b != nil {
			return math.Float64frombits(binary.BigEndian.Uint64(b))
		}
		return nil
	case tagString:
		return string(r.bytes(r.uvarint()))
	case tagBytes:
		return append([]byte{}, r.bytes(r.uvarint())...)
	case tagTime:
		return r.time()
	default:
		r.err = fmt.Errorf("an encoded value has the unknown type %d", tag)
		return nil
	}
}

// time is UTC when no zone is said.
func (r *reader) time() time.Time {
	sec, nsec, offset := r.varint(), r.uvarint(), r.varint()
	zone := string(r.bytes(r.uvarint()))
	t := time.Unix(sec, int64(nsec%1e9)).UTC()
	if offset != 0 || zone != "" {
		t = t.In(time.FixedZone(zone, int(offset)))
	}
	return t
}
