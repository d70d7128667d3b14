package sqlite

import (
	"slices"

	"modernc.org/sqlite"
)

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
	if len(c.tx.levels) == 0 {
		c.tx.levels, c.spare = c.spare, nil
	}
	w := c.tx.wrote(t)
	if w.nothingNoted() && !c.heard(t) { // nobody hears more of it than that there was something
		w.forget()
		return true
	}
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

// heard reports whether anybody hears of a table now. A query that comes before the commit hears that there was something.
func (c *conn) heard(t table) bool {
	f := c.fileOf(t.schema)
	return f != nil && c.db.keeper.Heard(f.table(t.name))
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
	p.done, p.claims = nil, p.first[:0]
	all := p.tables()
	for _, a := range c.files {
		if p.schema || len(all) == 0 || slices.ContainsFunc(all, func(w written) bool { return w.schema == a.schema }) {
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
