package sqlite

import (
	"slices"
	"strings"
)

// transaction is what a connection has written and not yet published.
type transaction struct {
	levels    []level // what was written: the transaction itself, and its savepoints
	loose     bool    // a script has used savepoints: what is rolled back to one of them counts as written
	discarded bool    // something was rolled back to a savepoint
	schema    bool    // a schema was changed
	pragma    bool    // a pragma has run
	targets   []table // that statements name

	pending *commit   // SQLite is about to commit it, or has
	done    []*commit // have happened, and are not published

	// For readers: whether statements may read from a snapshot that is older than they are.
	open    bool // a transaction was begun, and has not ended as far as is known
	started bool // a statement of it has run
	byPoint bool // a savepoint began it
}

// level is what was written since a savepoint, or since the transaction began.
type level struct {
	savepoint string
	tables    []written
}

// written is a table of which rows were written.
type written struct {
	table
	facts
}

// wrote notes a table of which a row is written.
func (t *transaction) wrote(one table) *written {
	if len(t.levels) == 0 {
		t.levels = []level{{}}
	}
	return t.levels[len(t.levels)-1].at(one)
}

// at is what the level knows of a table.
func (l *level) at(one table) *written {
	at := slices.IndexFunc(l.tables, func(w written) bool { return w.table == one })
	if at >= 0 {
		return &l.tables[at]
	}
	if at = len(l.tables); at < cap(l.tables) {
		l.tables = l.tables[:at+1]
		l.tables[at] = written{table: one, facts: facts{rows: l.tables[at].rows[:0]}}
	} else {
		l.tables = append(l.tables, written{table: one})
	}
	return &l.tables[at]
}

// emptied is the memory of levels that nobody needs any more, for others; nil where that is not worth it.
func emptied(levels []level) []level {
	const most = 8 // tables
	if len(levels) != 1 || len(levels[0].tables) > most {
		return nil
	}
	tables := levels[0].tables
	for i := range tables {
		rows := tables[i].rows
		clear(rows)
		tables[i] = written{facts: facts{rows: rows[:0]}}
	}
	levels[0] = level{tables: tables[:0]}
	return levels
}

// toldAll reports whether nothing more can be told of these tables, so that further rows of them are no news.
func (t *transaction) toldAll(tables []table) bool {
	return len(t.levels) > 0 && !slices.ContainsFunc(tables, func(target table) bool {
		return !slices.ContainsFunc(t.levels[len(t.levels)-1].tables, func(w written) bool {
			return w.bare && w.schema == target.schema && strings.EqualFold(w.name, target.name)
		})
	})
}

// changing notes what a statement does that no hook tells of.
func (t *transaction) changing(a *access) {
	t.schema = t.schema || a.schema
	t.pragma = t.pragma || a.pragma
	if len(t.targets) == 0 {
		t.targets = slices.Clip(a.writes)
		return
	}
	for _, target := range a.writes {
		t.targets = add(t.targets, target)
	}
}

// tables is all that was written.
func (t *transaction) tables() []written {
	if len(t.levels) == 1 {
		return t.levels[0].tables
	}
	var all level
	for _, l := range t.levels {
		for _, w := range l.tables {
			all.at(w.table).merge(&w.facts)
		}
	}
	return all.tables
}

// savepoint follows a statement that has made, released or gone back to a savepoint.
func (t *transaction) savepoint(what, name string) {
	at := len(t.levels) - 1
	for at > 0 && t.levels[at].savepoint != name {
		at--
	}
	switch {
	case what == begin:
		if len(t.levels) == 0 {
			t.levels = []level{{}}
		}
		t.levels = append(t.levels, level{savepoint: name})
		if !t.open {
			t.open, t.started, t.byPoint = true, true, true
		}
	case at > 0 && what == release:
		t.merge(at)
	case at > 0 && !t.loose:
		t.discard(at)
	}
	if what == release && t.byPoint && len(t.levels) <= 1 {
		t.open, t.started, t.byPoint = false, false, false
	}
}

// discard forgets what was written since a savepoint.
func (t *transaction) discard(at int) {
	for _, l := range t.levels[at:] {
		t.discarded = t.discarded || len(l.tables) > 0
	}
	t.levels = append(t.levels[:at], level{savepoint: t.levels[at].savepoint})
}

// merge counts what was written since a savepoint as written before.
func (t *transaction) merge(at int) {
	below := &t.levels[at-1]
	for _, l := range t.levels[at:] {
		for _, w := range l.tables {
			below.at(w.table).merge(&w.facts)
		}
	}
	t.levels = t.levels[:at]
}

// ends forgets a transaction that has ended, but for what is to be published.
func (t *transaction) ends() { *t = transaction{pending: t.pending, done: t.done} }

// commit is what SQLite commits.
type commit struct {
	transaction
	claims []claim
	first  [1]claim // memory for claims: most connections have one file
	pages  int      // that the connection had written before
}

// claim is the number of a commit, of one file.
type claim struct {
	file   *file
	number commits
	taken  bool
}

// settle ends the claims. A commit that wrote a page has taken its numbers.
func (p *commit) settle(wrote bool) {
	for i := range p.claims {
		p.claims[i].taken = p.claims[i].file.settle(p.claims[i].number, wrote)
	}
}

// unseen reports whether a commit of which no hook has told has written to the file: its counter has moved. Where there is
// none, a pragma may have written.
func (p *commit) unseen(f *file) bool {
	if f.counter.Load() == nil {
		return p.pragma
	}
	return !p.discarded && slices.ContainsFunc(p.claims, func(c claim) bool { return c.file == f && c.taken })
}
