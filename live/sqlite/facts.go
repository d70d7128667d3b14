package sqlite

import (
	"database/sql/driver"
	"math"
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

// facts is what a transaction has done to the rows of a table. When it has done more than is worth to tell, it tells first
// which values rows had and have, each once and without the rows' keys, and then only that there was something.
type facts struct {
	rows  []fact
	seen  map[string]struct{} // what rows tells, where they are told without their keys
	bare  bool                // nothing is told
	count int                 // of rows that were written
}

const (
	factsMost = 100   // of a table, of one commit
	readMost  = 1_000 // rows of which the values are read, for one commit
)

// isNew reports whether no row has been written.
func (f *facts) isNew() bool { return f.count == 0 && !f.bare }

// forget tells nothing of the table any more.
func (f *facts) forget() { *f = facts{bare: true} }

// add adds a fact.
func (f *facts) add(one fact) {
	switch f.count++; {
	case f.bare:
		return
	case f.seen == nil && len(f.rows) < factsMost:
		f.rows = append(f.rows, one)
		return
	case len(one.layout.columns) == 0, f.count > readMost:
		f.forget()
		return
	case f.seen == nil:
		f.dropKeys()
	}
	f.addValues(one)
}

// dropKeys goes on without the keys of rows.
func (f *facts) dropKeys() {
	rows := f.rows
	f.rows, f.seen = nil, map[string]struct{}{}
	for _, one := range rows {
		f.addValues(one)
	}
}

// addValues adds a fact without its key, unless another one tells the same.
func (f *facts) addValues(one fact) {
	var buf [64]byte
	b := one.layout.appendValues(buf[:0], one.old)
	b = one.layout.appendValues(append(b, '>'), one.new)
	if _, known := f.seen[string(b)]; known || f.bare {
		return
	}
	if len(f.rows) == factsMost {
		f.forget()
		return
	}
	f.seen[string(b)] = struct{}{}
	f.rows = append(f.rows, fact{layout: one.layout.keyless(), old: one.layout.values(one.old), new: one.layout.values(one.new)})
}

// merge adds what is told by others, which came later.
func (f *facts) merge(others *facts) {
	if f.bare || others.bare {
		f.forget()
		return
	}
	for _, one := range others.rows {
		if others.seen != nil && f.seen == nil {
			f.dropKeys()
		}
		f.add(one)
	}
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
	was.Old, is.New = f.layout.named(f.old), f.layout.named(f.new)
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
