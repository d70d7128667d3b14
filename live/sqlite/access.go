package sqlite

import (
	"context"
	"slices"
	"strings"

	"modernc.org/sqlite"
)

// access is what a statement does, as SQLite says when it prepares it.
type access struct {
	text      string
	functions []string // that it calls

	reads   []table
	writes  []table // those that the statement names
	unknown bool    // it reads what is in no table
	schema  bool    // it changes a schema
	pragma  bool
	attach  bool // it changes which databases the connection has
	temp    bool // it changes the schema of temporary tables
	late    bool // SQLite called the authorizer while it ran

	transaction string // BEGIN, COMMIT or ROLLBACK
	savepoint   string // BEGIN, RELEASE or ROLLBACK
	name        string // of the savepoint

	topics []string  // of what it reads
	tables []tracked // those among it that are tables
	all    bool      // the topics are of everything
	asOf   *names    // that the topics were made with
}

// tracked is a table that a statement reads.
type tracked struct {
	table
	topic string
	names []string // that an author may call it by
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
	stale  int    // rows that were written and tell nothing new
	checks []check
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
	case sqlite.AuthSelect, sqlite.AuthRecursive:
	case sqlite.AuthFunction:
		if function := strings.ToLower(arg2); !slices.Contains(a.functions, function) {
			a.functions = append(a.functions, function)
		}
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
	a.late = true
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
	if a.schema || a.temp {
		c.layouts = nil
	}
	unsure := action == sqlite.AuthRead && c.names != nil && c.names.unsure(table{schema: schema, name: strings.ToLower(arg1)})
	if len(a.reads) == known && !unsure || a.all || !c.db.reads.recording(c.running.ctx) {
		return
	}
	a.topics = nil
	topics, tables, ok := c.topicsOf(a.reads[known:])
	if !ok || unsure {
		topics, tables, a.all = c.everything(), nil, true
	}
	c.db.reads.snapshot(c.running.ctx, c.narrow(c.running, topics, tables)...)
}
