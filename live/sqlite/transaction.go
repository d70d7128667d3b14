package sqlite

import (
	"slices"
	"strings"

	"modernc.org/sqlite"
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
	tables    []*written
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
	for _, w := range l.tables {
		if w.table == one {
			return w
		}
	}
	w := &written{table: one}
	l.tables = append(l.tables, w)
	return w
}

// toldAll reports whether nothing more can be told of these tables, so that further rows of them are no news.
func (t *transaction) toldAll(tables []table) bool {
	return len(t.levels) > 0 && !slices.ContainsFunc(tables, func(target table) bool {
		return !slices.ContainsFunc(t.levels[len(t.levels)-1].tables, func(w *written) bool {
			return w.bare && w.schema == target.schema && strings.EqualFold(w.name, target.name)
		})
	})
}

// changing notes what a statement does that no hook tells of.
func (t *transaction) changing(a *access) {
	t.schema = t.schema || a.schema
	t.pragma = t.pragma || a.pragma
	for _, target := range a.writes {
		t.targets = add(t.targets, target)
	}
}

// tables is all that was written.
func (t *transaction) tables() []*written {
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
	pages  int // that the connection had written before
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

// preUpdate hears of each row before it is written.
func (c *conn) preUpdate(row sqlite.SQLitePreUpdateData) {
	c.confirm()
	news := row.DatabaseName != temp && c.wrote(&row)
	if c.user.preUpdate != nil {
		c.user.preUpdate(row)
		return
	}
	if news || c.running == nil {
		return
	}
	if c.running.stale++; c.running.stale%staleMost == 0 && c.tx.toldAll(c.running.access.writes) {
		c.deaf = true
		c.rawConn.RegisterPreUpdateHook(nil)
	}
}

// wrote notes a row, and reports whether that may be news.
func (c *conn) wrote(row *sqlite.SQLitePreUpdateData) bool {
	t := table{schema: row.DatabaseName, name: row.TableName}
	w := c.tx.wrote(t)
	if w.bare {
		return false
	}
	if one, ok := c.tellRow(t, row); ok {
		w.add(one)
	} else {
		w.forget()
	}
	return true
}

// staleMost is how many rows of a statement may be no news, before the hook asks whether any can be.
const staleMost = 16

// listen registers the hook again, which a statement of many rows has done without. A statement that is prepared has to
// find it registered: what deletes all rows of a table tells nobody otherwise. A virtual table is no table of which a row is
// noted, so while one is written to the hook stays.
func (c *conn) listen() {
	if c.deaf {
		c.deaf = false
		c.rawConn.RegisterPreUpdateHook(c.preUpdate)
	}
}

// commit hears that SQLite is about to commit. The connection holds the write locks.
func (c *conn) commit() int32 {
	if c.internal {
		return 0
	}
	if c.user.commit != nil {
		if code := c.user.commit(); code != 0 {
			return code // it becomes a rollback
		}
	}
	c.confirm()
	p := &commit{transaction: c.tx, pages: c.pagesWritten()}
	p.done = nil
	all := p.tables()
	for _, a := range c.files {
		if p.schema || len(all) == 0 || slices.ContainsFunc(all, func(w *written) bool { return w.schema == a.schema }) {
			if number, ok := a.file.claim(); ok {
				p.claims = append(p.claims, claim{file: a.file, number: number})
			}
		}
	}
	c.tx = transaction{pending: p, done: c.tx.done, open: c.tx.open, started: c.tx.started, byPoint: c.tx.byPoint}
	return 0
}

// pagesWritten counts the pages that the connection has written so far. A commit that moves the counter of a file writes
// at least one.
func (c *conn) pagesWritten() int {
	n, _, _ := c.rawConn.Status(sqlite.DBStatusCacheWrite, false) // SQLite knows the counter
	return n
}

// rollback hears that a transaction is rolled back: that which SQLite was about to commit, if there is one.
func (c *conn) rollback() {
	if c.internal {
		return
	}
	if c.tx.pending != nil {
		c.tx.pending.settle(false)
		c.tx.pending = nil
	}
	c.tx.ends()
	if c.user.rollback != nil {
		c.user.rollback()
	}
}

// confirm is called when what SQLite was about to commit has been committed.
func (c *conn) confirm() {
	p := c.tx.pending
	if p == nil {
		return
	}
	p.settle(c.pagesWritten() != p.pages)
	c.tx.pending = nil
	c.tx.open, c.tx.started, c.tx.byPoint = false, false, false
	c.tx.done = append(c.tx.done, p)
}
