package postgres

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
)

var (
	_ pgx.QueryTracer    = (*watcher)(nil)
	_ pgx.BatchTracer    = (*watcher)(nil)
	_ pgx.CopyFromTracer = (*watcher)(nil)
	_ pgx.PrepareTracer  = (*watcher)(nil)
	_ pgx.ConnectTracer  = (*watcher)(nil)
)

type snifferKey struct{}

// TraceConnectStart sees to it that the rows of the connection can be seen.
func (w *watcher) TraceConnectStart(ctx context.Context, data pgx.TraceConnectStartData) context.Context {
	w.side.configure(data.ConnConfig)
	rows := &sniffer{}
	build := data.ConnConfig.BuildFrontend
	data.ConnConfig.BuildFrontend = func(r io.Reader, out io.Writer) *pgproto3.Frontend {
		rows.from(r)
		return build(rows, out)
	}
	return context.WithValue(ctx, snifferKey{}, rows)
}

// TraceConnectEnd begins to watch a connection.
func (w *watcher) TraceConnectEnd(ctx context.Context, data pgx.TraceConnectEndData) {
	if data.Err != nil {
		return
	}
	w.of(data.Conn).rows, _ = ctx.Value(snifferKey{}).(*sniffer)
}

// TraceQueryStart follows what a statement is about to read.
func (w *watcher) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	c := w.of(conn)
	c.prepare(ctx)
	c.begin(ctx, data.Args, w.textOf(c.sqlOf(ctx, data.SQL, data.Args)))
	return ctx
}

// TraceQueryEnd publishes what a statement has committed.
func (w *watcher) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryEndData) {
	w.of(conn).end(ctx, data.CommandTag, data.Err)
}

// TraceBatchStart follows what the statements of a batch are about to read.
func (w *watcher) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	c := w.of(conn)
	c.prepare(ctx)
	var texts []*text
	for _, q := range data.Batch.QueuedQueries {
		texts = append(texts, w.textOf(c.sqlOf(ctx, q.SQL, q.Arguments)))
	}
	c.begin(ctx, nil, texts...)
	return ctx
}

// TraceBatchQuery does nothing: TraceBatchEnd knows.
func (w *watcher) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd publishes what a batch has committed.
func (w *watcher) TraceBatchEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchEndData) {
	w.of(conn).endBatch(ctx, data.Err)
}

// TraceCopyFromStart notes the table that is written to.
func (w *watcher) TraceCopyFromStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	c := w.of(conn)
	c.prepare(ctx)
	c.begin(ctx, nil, w.textOf("INSERT INTO "+data.TableName.Sanitize()+" DEFAULT VALUES")) // it writes what a COPY writes
	return ctx
}

// TraceCopyFromEnd publishes what has been committed.
func (w *watcher) TraceCopyFromEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromEndData) {
	w.of(conn).end(ctx, data.CommandTag, data.Err)
}

// TracePrepareStart remembers the statement, which the program may run by its name.
func (w *watcher) TracePrepareStart(ctx context.Context, conn *pgx.Conn, data pgx.TracePrepareStartData) context.Context {
	if data.Name != "" && data.Name != data.SQL && !isOfCache(data.Name) {
		c := w.of(conn)
		if c.prepared == nil {
			c.prepared = map[string]string{}
		}
		c.prepared[data.Name] = data.SQL
	}
	return ctx
}

// TracePrepareEnd does nothing.
func (w *watcher) TracePrepareEnd(context.Context, *pgx.Conn, pgx.TracePrepareEndData) {}
