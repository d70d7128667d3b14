package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"slices"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/htmxlive/htmxlive/live"
)

// ended is called when a statement has run. It publishes what it has committed.
func (c *conn) ended(ctx context.Context, a *access, err error) {
	c.listen()
	c.settle(ctx, err)
	if err == nil {
		c.follows(a)
	}
	if !c.tx.open {
		c.tx.schema, c.tx.pragma, c.tx.targets = false, false, nil
	}
	if a.schema || a.temp {
		c.names = nil
		c.statements.close()
	}
	if a.attach {
		if c.findFiles(context.WithoutCancel(ctx)) != nil {
			c.names = nil
		}
		if len(a.reads) > 0 { // of a script, perhaps from the file that was unknown then
			c.db.reads.snapshot(ctx, c.everything()...)
		}
	}
}

// follows follows what a statement has done to the transaction.
func (c *conn) follows(a *access) {
	transaction := cmp.Or(c.running.last, a.transaction)
	switch {
	case a.savepoint != "":
		c.tx.savepoint(a.savepoint, a.name)
	case transaction == begin:
		c.tx.open, c.tx.started = true, true
	case transaction != "":
		c.tx.ends()
	}
}

// settle is called after everything that may commit. It publishes what has been committed.
func (c *conn) settle(ctx context.Context, err error) {
	if p := c.tx.pending; p != nil && err != nil {
		c.settleFailed(ctx, p)
	} else {
		c.confirm()
	}
	if len(c.tx.done) == 0 {
		return
	}
	done := c.tx.done
	c.tx.done = nil
	for _, p := range done {
		if changes, topics := c.written(ctx, p); len(topics) > 0 {
			c.db.publish(ctx, changes, topics...)
			clear(changes)
			c.changes, c.topics = changes[:0], topics[:0]
		}
		if len(c.tx.levels) == 0 { // or it is what p has written, and commits again
			c.spare = emptied(p.levels)
		}
	}
	clear(done)
	c.tx.done = done[:0] // nothing has been committed meanwhile
}

// settleFailed asks what has become of a commit when the answer is an error: the request may have ended after it, or the
// file was locked and the transaction is still open.
func (c *conn) settleFailed(ctx context.Context, p *commit) {
	open, known := c.inTransaction(ctx)
	if !open && known {
		c.confirm()
		return
	}
	again := p.transaction
	if known {
		p.settle(false)
	} else {
		c.confirm() // it is published, and once more if it commits again
	}
	again.done, again.open, again.started = c.tx.done, true, true
	c.tx = again
}

// inTransaction asks whether a transaction is open.
func (c *conn) inTransaction(ctx context.Context) (open, known bool) {
	ctx = context.WithoutCancel(ctx)
	err := c.query(ctx, "BEGIN", nil)
	if err == nil {
		return false, c.query(ctx, "ROLLBACK", nil) == nil
	}
	var failed *sqlite.Error
	return true, errors.As(err, &failed) && failed.Code() == sqlite3.SQLITE_ERROR
}

// ResetSession is called before a connection is used again.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.tx.open {
		if open, known := c.inTransaction(ctx); known && !open {
			c.tx.ends()
		}
	}
	return c.rawConn.ResetSession(ctx)
}

// written is what a commit wrote: the changes of rows, and the topics of which no more is known. There is always one of the
// file's, unless the commit has written nothing.
func (c *conn) written(ctx context.Context, p *commit) (changes []live.Change, topics []string) {
	tables := p.tables()
	changes, topics = c.changes, c.topics
	for _, a := range c.files {
		if p.schema {
			a.file.generation.Add(1)
		}
		if p.schema || len(tables) == 0 && p.unseen(a.file) {
			topics = append(topics, a.file.topic)
			continue
		}
		before := len(topics) + len(changes)
		changes, topics = c.tell(a, tables, changes, topics)
		if len(topics)+len(changes) > before || len(tables) == 0 && c.virtual(ctx, a.schema, p.targets) {
			topics = append(topics, a.file.each)
		}
	}
	return changes, topics
}

// tell adds what was written to the tables of a file: what is known of it.
func (c *conn) tell(of attached, tables []written, changes []live.Change, topics []string) ([]live.Change, []string) {
	for _, w := range tables {
		if w.schema != of.schema {
			continue
		}
		if topic := of.file.table(w.name); w.tells() {
			changes = w.changes(changes, topic, w.tableName())
		} else {
			topics = append(topics, topic)
		}
	}
	return changes, topics
}

// virtual reports whether a statement names a virtual table, of which no hook tells.
func (c *conn) virtual(ctx context.Context, schema string, targets []table) bool {
	if len(targets) == 0 {
		return false
	}
	c.refreshNames(ctx)
	return slices.ContainsFunc(targets, func(t table) bool {
		return t.schema == schema && (c.names == nil || c.names.kinds[t] == virtual)
	})
}

// BeginTx begins a transaction.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if c.db.reads.recording(ctx) {
		c.refreshNames(ctx) // as long as no transaction is open
	}
	inner, err := c.rawConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	c.tx.ends()
	c.forgetPassing()
	c.tx.open, c.tx.started = true, c.db.dsn.immediate && !opts.ReadOnly
	return &tx{inner: inner, c: c, ctx: context.WithoutCancel(ctx)}, nil
}

// Begin is BeginTx, for code that has no context.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{}) //nolint:forbidigo // driver.Conn has none
}

// tx is a transaction of database/sql.
type tx struct {
	inner driver.Tx
	c     *conn
	ctx   context.Context //nolint:containedctx // of BeginTx, as in the driver itself
}

// Commit commits, and publishes what was written.
func (t *tx) Commit() error {
	err := t.inner.Commit()
	t.c.settle(t.ctx, err)
	t.c.tx.ends()
	return err
}

// Rollback rolls back.
func (t *tx) Rollback() error {
	err := t.inner.Rollback()
	t.c.settle(t.ctx, err)
	t.c.tx.ends()
	return err
}
