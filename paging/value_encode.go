package paging

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

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
