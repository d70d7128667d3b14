package sqlite

import (
	"context"
	"slices"
	"strings"

	"modernc.org/sqlite"
)

// access is what a statement does, as SQLite says when it prepares it.
type access struct {
	reads   []table
	writes  []table // those that the statement names
	unknown bool    // it reads what is in no table
	schema  bool    // it changes a schema
	pragma  bool
	attach  bool // it changes which databases the connection has
	temp    bool // it changes the schema of temporary tables

	transaction string // BEGIN, COMMIT or ROLLBACK
	savepoint   string // BEGIN, RELEASE or ROLLBACK
	name        string // of the savepoint

	topics []string // of what it reads
	all    bool     // those are of everything
	asOf   *names   // that the topics were made with
}

// table is a name as SQLite says it. The schema is empty where the statement names none and reads no column.
type table struct{ schema, name string }

const (
	begin    = "BEGIN" // of a transaction or a savepoint
	rollback = "ROLLBACK"
	release  = "RELEASE"
)

// run is a statement that runs under a context.
type run struct {
	ctx    context.Context //nolint:containedctx // for the authorizer, which is given none
	access *access
	last   string // BEGIN, COMMIT or ROLLBACK of a script, the last of them
	stale  int    // rows that were written to tables that are noted already
}

// authorize hears from SQLite what a statement does. SQLite calls it while it prepares a statement: before the statement
// runs, for each statement of a script, and again when a schema has changed.
func (c *conn) authorize(action sqlite.AuthorizerActionCode, arg1, arg2, schema, trigger string) sqlite.AuthorizerReturnCode {
	if c.internal {
		return sqlite.AuthorizerOK
	}
	c.listen()
	if c.user.authorizer != nil {
		if code := c.user.authorizer(action, arg1, arg2, schema, trigger); code != sqlite.AuthorizerOK {
			return code
		}
	}
	if action != sqlite.AuthTransaction || arg1 != rollback { // it may be what follows a commit that failed
		c.confirm()
	}
	switch {
	case c.asking != nil:
		c.asking.note(action, arg1, arg2, schema)
	case c.running != nil:
		c.noteLate(action, arg1, arg2, schema)
	}
	return sqlite.AuthorizerOK
}

// note notes one thing that a statement does.
func (a *access) note(action sqlite.AuthorizerActionCode, arg1, arg2, schema string) {
	name := strings.ToLower(arg1)
	switch action {
	case sqlite.AuthRead:
		a.reads = add(a.reads, table{schema: schema, name: name})
	case sqlite.AuthInsert, sqlite.AuthUpdate, sqlite.AuthDelete:
		if schema != temp {
			a.writes = add(a.writes, table{schema: schema, name: name})
			a.schema = a.schema || name == "sqlite_master" || name == "sqlite_schema"
		}
	case sqlite.AuthSelect, sqlite.AuthFunction, sqlite.AuthRecursive:
	case sqlite.AuthTransaction:
		a.transaction = arg1
	case sqlite.AuthSavepoint:
		a.savepoint, a.name = arg1, strings.ToLower(arg2)
	case sqlite.AuthPragma:
		a.unknown, a.pragma = true, true
	case sqlite.AuthAttach, sqlite.AuthDetach:
		a.attach = true
	case sqlite.AuthCreateTempIndex, sqlite.AuthCreateTempTable, sqlite.AuthCreateTempTrigger, sqlite.AuthCreateTempView,
		sqlite.AuthDropTempIndex, sqlite.AuthDropTempTable, sqlite.AuthDropTempTrigger, sqlite.AuthDropTempView:
		a.temp = true
	default:
		if schema == temp || arg1 == temp {
			a.temp = true
		} else {
			a.schema = true
		}
	}
}

func add(tables []table, t table) []table {
	if slices.Contains(tables, t) {
		return tables
	}
	return append(tables, t)
}

// noteLate notes what SQLite says while a statement runs: another statement of a script, one that is prepared anew, or
// what a virtual table does inside. What it reads is followed before it reads it.
func (c *conn) noteLate(action sqlite.AuthorizerActionCode, arg1, arg2, schema string) {
	a := c.running.access
	known := len(a.reads)
	switch action {
	case sqlite.AuthSavepoint:
		c.tx.loose, c.tx.open = true, true
	case sqlite.AuthTransaction:
		c.running.last = arg1
		if arg1 == begin {
			c.tx.open, c.tx.started = true, true
		}
	default:
		a.note(action, arg1, arg2, schema)
		c.tx.changing(a)
	}
	if len(a.reads) == known || a.all || !c.db.reads.recording(c.running.ctx) {
		return
	}
	a.topics = nil
	topics, ok := c.topicsOf(a.reads[known:])
	if !ok {
		topics, a.all = c.everything(), true
	}
	c.db.reads.snapshot(c.running.ctx, topics...)
}

// begin is called before a statement runs, and what it returns when it has run.
func (c *conn) begin(ctx context.Context, a *access) (end func()) {
	if !c.tx.open && c.open == 0 {
		c.forgetPassing()
	}
	before := c.running
	c.running = &run{ctx: ctx, access: a}
	c.tx.changing(a)
	if (len(a.reads) > 0 || a.unknown) && c.db.reads.recording(ctx) {
		c.follow(ctx, a)
	} else if a.transaction == begin && c.db.reads.recording(ctx) {
		c.refreshNames(ctx) // as long as no transaction is open
	}
	if c.tx.open {
		c.tx.started = true
	}
	return func() { c.running = before }
}

// follow follows what a statement is about to read.
func (c *conn) follow(ctx context.Context, a *access) {
	c.db.watched() //nolint:contextcheck // the watcher outlives the fetch
	older := c.open > 0 || c.tx.open && c.tx.started
	if c.refreshNames(ctx) && c.tx.open {
		older = true // asking has begun to read
	}
	if a.topics == nil || a.asOf != c.names {
		topics, known := c.topicsOf(a.reads)
		a.topics, a.all, a.asOf = topics, a.unknown || !known, c.names
		if a.all {
			a.topics = c.everything()
		}
	}
	if older {
		c.db.reads.snapshot(ctx, a.topics...)
	} else {
		c.db.reads.reads(ctx, a.topics...)
	}
}

// everything is the topics of a statement of which nobody knows what it reads.
func (c *conn) everything() (topics []string) {
	for _, a := range c.files {
		topics = append(topics, a.file.topic, a.file.each)
	}
	return topics
}

// topicsOf is the topics of the tables. It is not known where one of them is no
// table, and where they are too many.
func (c *conn) topicsOf(reads []table) (topics []string, known bool) {
	if c.names == nil {
		return nil, false
	}
	for _, t := range reads {
		more, known := c.topicsOfTable(t)
		if !known {
			return nil, false
		}
		topics = append(topics, more...)
	}
	slices.Sort(topics)
	topics = slices.Compact(topics)
	return topics, len(topics) <= topicsMost
}

// topicsMost leaves room for what else a query follows. A statement that reads more follows everything.
const topicsMost = 32

func (c *conn) topicsOfTable(t table) (topics []string, known bool) {
	schema, what := c.names.find(t)
	if schema == temp {
		return nil, what != virtual // what a temporary view reads is named, too
	}
	f := c.fileOf(schema)
	switch {
	case what == nothing:
		return nil, true
	case f == nil || what == virtual:
		return nil, false
	case what == view: // what it reads is named, too
		return []string{f.topic}, true
	case what == catalog:
		return []string{f.topic}, true
	}
	return []string{f.topic, f.table(t.name)}, true
}
