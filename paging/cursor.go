package paging

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"slices"
)

// boundary is the place of one row in an order: its sort values, and the cursor that says so in a URL.
type boundary struct {
	values []any
	token  string
}

const cursorPurpose = "cursor"

// newBoundary makes the boundary of a row. It fails when a value cannot be kept: of a strange type, NULL where the sort says
// that cannot be, or so long that the cursor would be.
func (o Options) newBoundary(values []any) (*boundary, error) {
	b := &boundary{values: make([]any, len(values))}
	for i, v := range values {
		p, err := o.sort.Keys[i].plain(v)
		if err != nil {
			return nil, err
		}
		if err := o.sort.Keys[i].checkValue(o.config().Dialect, v, p); err != nil {
			return nil, err
		}
		b.values[i] = o.sort.Keys[i].bound(o.config().Dialect, v, p)
	}
	b.token = o.seal(b.values)
	if len(b.token) > MaxCursor {
		return nil, fmt.Errorf("paging: the values of the sort %q make a cursor of %d characters, more than %d: "+
			"sort by a shorter expression, such as substr(title, 1, 200)", o.sort.Name, len(b.token), MaxCursor)
	}
	return b, nil
}

// seal encodes sort values, bound to order and filters, for this scope.
func (o Options) seal(values []any) string {
	digest := o.binding()
	b := append(make([]byte, 0, 64), digest[:]...)
	for _, v := range values {
		b = appendValue(b, v)
	}
	return o.config().Codec.seal(cursorPurpose, o.scope, b)
}

// open reads a cursor; the error is ErrForged or ErrOutdated.
func (o Options) open(token string) (*boundary, error) {
	b, ok := o.config().Codec.open(cursorPurpose, o.scope, token)
	if !ok {
		return nil, ErrForged
	}
	digest := o.binding()
	if len(b) < len(digest) || string(b[:len(digest)]) != string(digest[:]) {
		return nil, ErrOutdated
	}
	r := reader{b: b[len(digest):]}
	at := r.boundary(o)
	if r.err != nil || len(r.b) != 0 {
		return nil, ErrOutdated // sealed by us, but in a form this program does not write
	}
	return at, nil
}

// binding is a digest of the list, the order, the form of its values and the filters: where it differs, a cursor points to another
// list, or holds what the column would not be compared with.
func (o Options) binding() [8]byte {
	h := sha256.New()
	write(h, o.config().Name)
	writeLen(h, len(o.sort.Keys))
	for _, k := range o.sort.Keys {
		write(h, k.Column)
		write(h, k.goType)
		write(h, k.Layout)
		_, _ = h.Write([]byte{boolByte(k.Desc), byte(k.Nulls), byte(k.Type)})
	}
	for _, name := range slices.Sorted(slices.Values(o.config().Filters)) {
		values := o.filters[name]
		if len(values) == 0 {
			continue
		}
		write(h, name)
		writeLen(h, len(values))
		for _, v := range values {
			write(h, v)
		}
	}
	return [8]byte(h.Sum(nil)[:8])
}

// write hashes s with its length, so that no two lists of strings are alike.
func write(h hash.Hash, s string) {
	writeLen(h, len(s))
	_, _ = io.WriteString(h, s)
}

func writeLen(h hash.Hash, n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	_, _ = h.Write(b[:])
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}
