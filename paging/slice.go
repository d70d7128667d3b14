package paging

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"
)

// Slice pages rows that are in memory, by the same rules as a database: for tests, small data and examples. The rows are
// all rows that match the filters and that the viewer may see, in any order; they are not changed.
//
// Value is as for NewPage; here it is always needed, for sorting. Key gives the key of a row that Restrict's keys are
// compared with (with ==, so of the same type, or bytes); it may be nil where Options are never restricted. The total is exact, or
// at least Config.CountCap, when Options ask for one.
//
// Text is compared by bytes unless a Key says otherwise, NaN is above all numbers, false below true.
func Slice[T any](o Options, rows []T, value func(row T, column string) any, key func(T) any) (Page[T], error) {
	if o.restricted {
		return restrictedSlice(o, rows, value, key)
	}
	sorted, err := sortRows(o, rows, value)
	if err != nil {
		return Page[T]{}, err
	}
	total := Unknown()
	if o.WantsTotal() {
		total = o.Counted(int64(len(sorted)))
	}
	from, to := o.bounds(len(sorted), func(i int) int { return o.compare(sorted[i].values, o.row.values) })
	found := make([]T, 0, to-from)
	for _, r := range sorted[from:to] {
		found = append(found, r.row)
	}
	if o.Backwards() {
		slices.Reverse(found)
	}
	return NewPage(o, found, value, total)
}

func restrictedSlice[T any](o Options, rows []T, value func(T, string) any, key func(T) any) (Page[T], error) {
	if key == nil {
		return Page[T]{}, errors.New("paging: Slice needs a key function for restricted options")
	}
	wanted := make(map[any]bool, len(o.keys))
	for _, k := range o.keys {
		wanted[comparableKey(k)] = true
	}
	var found []T
	for _, row := range rows {
		if wanted[comparableKey(key(row))] {
			found = append(found, row)
		}
	}
	sorted, err := sortRows(o, found, value)
	if err != nil {
		return Page[T]{}, err
	}
	for i, r := range sorted {
		found[i] = r.row
	}
	return NewPage(o, found, value, Unknown())
}

// bounds is the part of n sorted rows that a database would give for o: the page and, if there is one, one row more.
// RelativeToRow compares the row at an index with the row that the page comes after or before.
func (o Options) bounds(n int, relativeToRow func(i int) int) (from, to int) {
	most := o.Limit() + 1
	switch o.start {
	case afterRow:
		from = sort.Search(n, func(i int) bool { return relativeToRow(i) > 0 })
	case beforeRow:
		to = sort.Search(n, func(i int) bool { return relativeToRow(i) >= 0 })
		return max(to-most, 0), to
	case atEnd:
		return max(n-most, 0), n
	case atStart, atOffset:
		from = min(o.offset, n)
	}
	return from, min(from+most, n)
}

// sortedRow is a row and its sort values.
type sortedRow[T any] struct {
	row    T
	values []any
}

func sortRows[T any](o Options, rows []T, value func(T, string) any) ([]sortedRow[T], error) {
	sorted := make([]sortedRow[T], len(rows))
	types := make([]string, len(o.sort.Keys))
	for i, row := range rows {
		values := make([]any, len(o.sort.Keys))
		for j, k := range o.sort.Keys {
			v, err := k.plain(value(row, k.Column))
			if err != nil {
				return nil, err
			}
			if err := sameType(&types[j], v, k); err != nil {
				return nil, err
			}
			values[j] = v
		}
		sorted[i] = sortedRow[T]{row, values}
	}
	slices.SortStableFunc(sorted, func(a, b sortedRow[T]) int { return o.compare(a.values, b.values) })
	return sorted, nil
}

// sameType refuses what compareValues could not order: two types in one column.
func sameType(seen *string, v any, k Key) error {
	var t string
	switch v.(type) {
	case nil:
		return nil
	case int64, uint64:
		t = "integer"
	default:
		t = fmt.Sprintf("%T", v)
	}
	if *seen != "" && *seen != t {
		return fmt.Errorf("paging: sort key %s has both %s and %s: give values of one type", k.Column, *seen, t)
	}
	*seen = t
	return nil
}

// compare orders two rows by their sort values: negative when a comes first.
func (o Options) compare(a, b []any) int {
	for i, k := range o.sort.Keys {
		if c := k.compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// compare orders two values of one column. Desc turns values round, not the place of NULLs.
func (k Key) compare(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return k.nullSide()
	case b == nil:
		return -k.nullSide()
	}
	c := k.compareValues(a, b)
	if k.Desc {
		return -c
	}
	return c
}

// nullSide is how NULL compares with any value.
func (k Key) nullSide() int {
	if k.Nulls == NullsFirst {
		return -1
	}
	return 1
}

func (k Key) compareValues(a, b any) int {
	switch a := a.(type) {
	case bool:
		b, _ := b.(bool)
		return cmp.Compare(boolByte(a), boolByte(b))
	case int64, uint64:
		return compareIntegers(a, b)
	case float64:
		b, _ := b.(float64)
		return compareFloats(a, b)
	case string:
		b, _ := b.(string)
		if k.Compare != nil {
			return k.Compare(a, b)
		}
		return strings.Compare(a, b)
	case []byte:
		b, _ := b.([]byte)
		return bytes.Compare(a, b)
	case time.Time:
		b, _ := b.(time.Time)
		return a.Compare(b)
	default:
		return 0
	}
}

// compareIntegers orders int64 and the uint64 above them without overflow.
func compareIntegers(a, b any) int {
	x, xBig := a.(uint64)
	y, yBig := b.(uint64)
	if xBig || yBig {
		if xBig && yBig {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(boolByte(xBig), boolByte(yBig))
	}
	i, _ := a.(int64)
	j, _ := b.(int64)
	return cmp.Compare(i, j)
}

// compareFloats puts NaN last, as PostgreSQL does; -0 equals 0.
func compareFloats(a, b float64) int {
	if math.IsNaN(a) || math.IsNaN(b) {
		return cmp.Compare(boolByte(math.IsNaN(a)), boolByte(math.IsNaN(b)))
	}
	return cmp.Compare(a, b)
}
