package live

import (
	"reflect"
	"slices"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// rowChanges is keys of rows that differ, of each kind keysMost at most.
type rowChanges struct{ added, gone, changed []string }

const keysMost = 10

// any reports whether some row differs.
func (r *rowChanges) any() bool { return len(r.added)+len(r.gone)+len(r.changed) > 0 }

// compare notes what viewers who pin these rows see of now that they did not see before.
func (k *check) compare(now *snapshot, sets []*pinned) {
	for _, p := range sets {
		was, is := k.before.viewOf(p), now.viewOf(p)
		if was == nil || is == nil || was == is {
			continue // a viewer has come between the two, or all is the same
		}
		rows := compareRows(was, is)
		values := was.assign.IsList || equalValues(was.assign.Value, is.assign.Value)
		k.differs = k.differs || !was.same(is) || !values || rows.any()
		k.rows.add(rows)
	}
}

// compareRows is the keys of the rows that differ.
func compareRows(was, is *view) (r rowChanges) {
	before := make(map[string]fragment.Row, len(was.assign.Rows))
	for _, row := range was.assign.Rows {
		before[row.Key] = row
	}
	for _, row := range is.assign.Rows {
		old, known := before[row.Key]
		delete(before, row.Key)
		switch {
		case row.Gone && known && !old.Gone:
			r.gone = append(r.gone, row.Key)
		case !row.Gone && (!known || old.Gone):
			r.added = append(r.added, row.Key)
		case !row.Gone && !equalValues(old.Value, row.Value):
			r.changed = append(r.changed, row.Key)
		}
	}
	for _, row := range was.assign.Rows {
		if _, left := before[row.Key]; left && !row.Gone {
			r.gone = append(r.gone, row.Key)
		}
	}
	return r
}

// add adds the keys that another view has, as many as there is room for.
func (r *rowChanges) add(other rowChanges) {
	for _, both := range []struct{ to, from *[]string }{{&r.added, &other.added}, {&r.gone, &other.gone}, {&r.changed, &other.changed}} {
		for _, key := range *both.from {
			if len(*both.to) < keysMost && !slices.Contains(*both.to, key) {
				*both.to = append(*both.to, key)
			}
		}
	}
}

// equalValues reports whether both are the same, or cannot be compared: what is not equal to itself says nothing.
func equalValues(a, b any) bool { return reflect.DeepEqual(a, b) || !reflect.DeepEqual(b, b) }
