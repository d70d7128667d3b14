package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// isOfCache reports whether pgx has given a prepared statement its name.
func isOfCache(name string) bool { return strings.HasPrefix(name, "stmtcache_") }

// sqlOf is the text of a statement as the server gets it.
func (c *watched) sqlOf(ctx context.Context, sql string, args []any) string {
	if prepared, ok := c.prepared[sql]; ok {
		return prepared
	}
	for _, arg := range args {
		switch arg := arg.(type) {
		case pgx.QueryRewriter:
			if rewritten, _, err := arg.RewriteQuery(ctx, c.conn, sql, nil); err == nil {
				return rewritten
			}
			return sql
		case pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID:
		default:
			return sql
		}
	}
	return sql
}

// prepare is called before a statement runs, on a connection that does nothing else.
func (c *watched) prepare(ctx context.Context) {
	w := c.watcher
	c.recording = w.reads.recording(ctx)
	c.before = c.status()
	c.rows.ignore()
	if c.recording || w.options.PublishWrites {
		c.unable = w.current(ctx)
	}
}

// begin is called before a statement runs, or a batch of them.
func (c *watched) begin(ctx context.Context, args []any, texts ...*text) {
	c.running = append(c.running[:0], texts...)
	for _, t := range texts {
		if t.reads && c.recording {
			c.follow(ctx, args, t)
		}
		if t.writes && c.watcher.options.PublishWrites {
			c.notes(ctx, t)
		}
	}
}

// end is called when a statement has run.
func (c *watched) end(ctx context.Context, tag pgconn.CommandTag, err error) {
	c.rows.ignore()
	if len(c.running) == 0 {
		return
	}
	t := c.running[0]
	c.running = c.running[:0]
	c.settle(ctx, outcome{text: t, wrote: t.writes && (tag.RowsAffected() > 0 || !t.countsRows()), tag: tag.String(), err: err})
	c.ended(t, c.before, tag.String())
	c.watchSchema()
}

func (c *watched) endBatch(ctx context.Context, err error) {
	c.rows.ignore()
	all, began := outcome{text: &text{}, tag: "BATCH", err: err}, c.before != idle
	for _, t := range c.running {
		all.wrote = all.wrote || t.writes
		all.commits = all.commits || t.first == "commit" || t.first == "end"
	}
	c.settle(ctx, all)
	tag := all.tag
	if err != nil {
		tag = ""
	}
	for _, t := range c.running {
		c.ended(t, c.before, tag)
		c.before = c.status()
	}
	c.began = c.began && began // what began a transaction in a batch is not known
	c.running = c.running[:0]
	c.watchSchema()
}

// watchSchema has the schema looked at where a statement has changed it, once that is committed.
func (c *watched) watchSchema() {
	if c.schema && c.status() == idle {
		c.schema = false
		c.watcher.lookSoon()
	}
}

// countsRows reports whether the statement's tag tells how many rows it has written.
func (t *text) countsRows() bool {
	return !t.many && (t.first == "insert" || t.first == "update" || t.first == "delete" || t.first == "merge")
}
