package sqlite

import (
	"database/sql/driver"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/htmxlive/htmxlive/live"
)

// fact is what was done to one row: the values of the layout's columns before and after.
type fact struct {
	layout   *layout
	old, new []driver.Value // nil: there is no such row
}

// unknown is a value of which nothing is told: it may be any.
type unknown struct{}

// facts is what a transaction has done to the rows of a table. When it has done more than is worth to tell, it tells only
// that there was something.
type facts struct {
	rows []fact
	bare bool // nothing is told
}

// factsMost is the most rows of a table of which one commit tells. A list takes no more keys than that before it fetches
// everything, and the hook that hears of each row makes a statement of many rows several times as slow.
const factsMost = 64

// nothingNoted reports whether no row has been written.
func (f *facts) nothingNoted() bool { return len(f.rows) == 0 && !f.bare }

// forget tells nothing of the table any more.
func (f *facts) forget() { *f = facts{bare: true} }

// add adds a fact.
func (f *facts) add(one fact) {
	if f.bare || len(f.rows) == factsMost {
		f.forget()
		return
	}
	f.rows = append(f.rows, one)
}

// merge adds what is told by others, which came later.
func (f *facts) merge(others *facts) {
	if f.bare || others.bare || len(f.rows)+len(others.rows) > factsMost {
		f.forget()
		return
	}
	f.rows = append(f.rows, others.rows...)
}

// tableName is the table's name in changes.
func (t table) tableName() string {
	name := strings.ToLower(t.name)
	if t.schema == "main" {
		return name
	}
	return t.schema + "." + name
}

// tells reports whether there is more to tell than that there was something.
func (f *facts) tells() bool { return !f.bare && len(f.rows) > 0 }

// changes is what is published of a table.
func (f *facts) changes(all []live.Change, topic, table string) []live.Change {
	for _, one := range f.rows {
		all = one.changes(all, live.Change{Topic: topic, Table: table})
	}
	return all
}

// changes is what is published of a row: two changes where its key is another one now.
func (f fact) changes(all []live.Change, as live.Change) []live.Change {
	before, after := f.layout.key(f.old), f.layout.key(f.new)
	was, is := as, as
	was.Key, is.Key = before, after
	is.New = f.layout.named(f.new)
	if slices.Equal(f.old, f.new) {
		was.Old = is.New // the declared columns are what they were: live compares them once
	} else {
		was.Old = f.layout.named(f.old)
	}
	switch {
	case f.old == nil:
		return append(all, is)
	case f.new == nil:
		return append(all, was)
	case f.layout.hasKey && f.old[0] != f.new[0]:
		return append(all, was, is)
	}
	is.Old = was.Old
	return append(all, is)
}

// keyText is the key of a row as text, "" where it is not certain what it looks like.
func keyText(value driver.Value) string {
	switch v := value.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		return v
	}
	return ""
}

// tellable reports whether a number is one that looks the same however a column keeps it.
func tellable(f float64) bool { return f == math.Trunc(f) && math.Abs(f) < 1<<53 }
