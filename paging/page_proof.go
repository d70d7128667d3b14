package paging

import (
	"fmt"
	"strings"
	"time"
)

// prove says what is wrong with the rows of a keyset page, which are in the order of the sort: each must lie beyond the one
// before it, and all of them beyond the row that the page begins at. Otherwise the walk would skip rows, or never end.
func prove[T any](o Options, rows []T, value func(T, string) any) error {
	keys := o.sort.Keys
	before, values := make([]any, len(keys)), make([]any, len(keys))
	for i, row := range rows {
		for j, k := range keys {
			v, err := k.plain(value(row, k.Column))
			if err != nil {
				return err
			}
			values[j] = v
		}
		if i > 0 {
			if err := o.follows(before, values); err != nil {
				return err
			}
		}
		if err := o.meetsRow(i, len(rows), values); err != nil {
			return err
		}
		before, values = values, before
	}
	return nil
}

// meetsRow compares row i of n with the row that the page comes after or before, which is its neighbour.
func (o Options) meetsRow(i, n int, values []any) error {
	switch {
	case o.start == afterRow && i == 0:
		return o.follows(o.row.values, o.bound(values))
	case o.start == beforeRow && i == n-1:
		return o.follows(o.bound(values), o.row.values)
	default:
		return nil
	}
}

// bound are values as a cursor has them.
func (o Options) bound(values []any) []any {
	bound := make([]any, len(values))
	for i, k := range o.sort.Keys {
		bound[i] = k.bound(o.config().Dialect, nil, values[i])
	}
	return bound
}

// follows reports an error unless b may come right after a.
func (o Options) follows(a, b []any) error {
	for i, k := range o.sort.Keys {
		switch c, known := k.compareKnown(a[i], b[i]); {
		case !known || c < 0:
			return nil
		case c > 0:
			return fmt.Errorf("paging: the rows are not in the order of the sort %q: a row comes after one that has a later %s. "+
				"The value function must give what that column holds, exactly, and the query must have the order of SQL or Clauses%s",
				o.sort.Name, k.Column, o.suspicions(a[:i+1]))
		}
	}
	return fmt.Errorf("paging: two rows have the same values in all keys of the sort %q: the last key, %s, must be unique. "+
		"Does a JOIN give a row several times, or does the value function give one column for another?",
		o.sort.Name, o.sort.Keys[len(o.sort.Keys)-1].Column)
}

// suspicions are what may be wrong with the types of values, where rows are not in their order: continued sentences.
func (o Options) suspicions(values []any) string {
	var all strings.Builder
	for i, v := range values {
		column := o.sort.Keys[i].Column
		switch v.(type) {
		case []byte:
			all.WriteString("; a column " + column + " that holds anything but bytes (text, numbers, JSON, a UUID) must be read into a string")
		case float64:
			all.WriteString("; a column " + column + " that holds integers or exact numbers must be read into an int64 or a string")
		case time.Time:
			all.WriteString("; a column " + column + " without a zone must be read in UTC (MySQL: loc=UTC in the DSN)")
		}
	}
	return all.String()
}

// compareKnown is compare where every database agrees with it, and false where only the database can say: for two different
// texts, which a collation orders, and for values of two types.
func (k Key) compareKnown(a, b any) (int, bool) {
	if a == nil || b == nil {
		return k.compare(a, b), true
	}
	var seen string
	if sameType(&seen, a, k) != nil || sameType(&seen, b, k) != nil {
		return 0, false
	}
	if text, ok := a.(string); ok {
		if k.Layout != "" {
			return k.compare(a, b), true
		}
		return 0, text == b
	}
	return k.compare(a, b), true
}
