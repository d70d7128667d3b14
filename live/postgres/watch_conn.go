package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// watched is what is known of a connection. One goroutine at a time uses it, as the connection itself.
type watched struct {
	watcher  *watcher
	conn     *pgx.Conn
	rows     *sniffer          // sees the rows that come
	prepared map[string]string // statements, by the names that the program gave them

	session   *session // nil: it is to be asked
	asOf      uint64   // the schema, by whose functions it is known
	isolation string   // by default
	temp      bool     // it may have temporary tables

	// Of the transaction that is open.
	began   bool   // it was seen to begin
	as      string // its isolation; "": that of the default
	changed bool   // it may have changed the session
	schema  bool   // it may have changed the schema
	started bool   // a statement has run in it
	written written

	// Of the statement that runs, or the batch.
	running   []*text
	before    byte  // the state in which it began
	recording bool  // a fetch records what it reads
	unable    error // why the server cannot be asked
}

// customKey is where a connection's own data has what is known of it.
const customKey = "github.com/htmxlive/htmxlive/live/postgres"

// of is what is known of a connection.
func (w *watcher) of(conn *pgx.Conn) *watched {
	data := conn.PgConn().CustomData()
	if c, ok := data[customKey].(*watched); ok && c.watcher == w {
		return c
	}
	c := &watched{watcher: w, conn: conn}
	data[customKey] = c
	return c
}

// The states of a connection, as the server says them.
const (
	idle          = 'I'
	inTransaction = 'T'
)

func (c *watched) status() byte { return c.conn.PgConn().TxStatus() }

// know asks for the session, where it is not known. SHOW takes no snapshot of the data.
func (c *watched) know(ctx context.Context) error {
	version := c.watcher.schema.version.Load()
	if c.session != nil && c.asOf == version {
		return nil
	}
	ask := "SHOW session_authorization; SHOW role; SHOW search_path; SHOW default_transaction_isolation"
	if c.temp && c.status() == idle {
		ask += "; SELECT count(*) FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema()"
	}
	if c.status() == inTransaction {
		ask += "; SHOW transaction_isolation"
	}
	results, err := c.conn.PgConn().Exec(ctx, ask).ReadAll()
	if err != nil {
		return err
	}
	answers := make([]string, len(results))
	for i, r := range results {
		answers[i] = string(r.Rows[0][0])
	}
	c.session = &session{user: answers[0], role: answers[1], path: answers[2]}
	c.isolation, c.asOf = answers[3], version
	if more := answers[4:]; len(more) > 0 {
		if c.status() == inTransaction {
			c.as = more[0]
		} else {
			c.temp = more[0] != "0"
		}
	}
	return nil
}

// older reports whether the next statement may read from a snapshot that is older than it is.
func (c *watched) older(t *text) bool {
	if t.first == "fetch" || t.first == "move" {
		return true // the cursor's
	}
	if c.status() == idle || c.began && !c.started {
		return false
	}
	as := c.as
	if as == "" {
		as = c.isolation
	}
	return !c.began || as != "read committed" && as != "read uncommitted"
}

// ended follows what a statement has done to the session and to the transaction.
func (c *watched) ended(t *text, before byte, tag string) {
	if t.session || tag == "" {
		c.session, c.changed = nil, true
	}
	c.temp = c.temp || t.temp
	c.schema = c.schema || t.schema
	now := c.status()
	switch {
	case now == idle:
		if c.changed {
			c.session = nil
		}
		c.began, c.as, c.changed, c.started = false, "", false, false
	case before == idle:
		c.began, c.as = !t.many, isolationOf(t.sql)
	case t.first == "rollback" && c.changed:
		c.session = nil
	case t.first == "set":
		c.as = "" // asked with the session
	}
	if now != idle && before != idle && t.verb != nothing {
		c.started = true
	}
}

// isolationOf is what a BEGIN says of its transaction. It may say what is not known, which counts as older.
func isolationOf(begin string) string {
	words := wordsOf(begin)
	switch {
	case !hasAny(words, "isolation"):
		return ""
	case hasAny(words, "committed"):
		return "read committed"
	default:
		return strings.Join(words, " ")
	}
}
