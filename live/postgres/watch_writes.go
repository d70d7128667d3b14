package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// written is what a transaction has written and not yet published.
type written struct {
	topics []string
	any    bool // something that triggers tell of
}

// outcome is how a statement, or a batch, has ended.
type outcome struct {
	text    *text
	tag     string
	wrote   bool
	commits bool // a batch has a COMMIT
	err     error
}

// notes notes what a statement is about to write.
func (c *watched) notes(ctx context.Context, t *text) {
	w := c.watcher
	var found *accessOf
	if t.verb == query || t.many {
		found, _ = c.accessTo(ctx, t) // it is logged, and counts as everything
	}
	root := w.root()
	topics := []string{root}
	switch {
	case root == "":
		w.log.ErrorContext(ctx, "postgres: what a statement writes cannot be published", "sql", excerpt(t.sql), "error", c.unable)
		return
	case found == nil || found.access == nil || found.access.loud:
	case !found.access.writes:
		return
	default:
		topics[0] += "/*"
		for _, table := range found.access.written {
			topics = append(topics, topicOf(root, table))
		}
	}
	for _, topic := range topics {
		if !slices.Contains(c.written.topics, topic) {
			c.written.topics = append(c.written.topics, topic)
		}
	}
}

// settle publishes what has been committed, or forgets what has not.
func (c *watched) settle(ctx context.Context, o outcome) {
	c.written.any = c.written.any || o.wrote && (o.err == nil || c.before == idle)
	if c.status() != idle && !c.conn.IsClosed() {
		return // the transaction is open
	}
	all := c.written
	c.written = written{topics: all.topics[:0:0]}
	if !c.committed(o) {
		return
	}
	w := c.watcher
	if len(all.topics) > 0 {
		if o.err != nil {
			w.publishLate(ctx, all.topics)
		}
		w.publish(ctx, all.topics...)
	}
	if all.any && w.broker != nil && w.keeper.Follows(w.root()) {
		w.sync(ctx)
	}
}

// committed reports whether what was written may have been committed. That is not known where the answer is lost.
func (c *watched) committed(o outcome) bool {
	refused, is := errors.AsType[*pgconn.PgError](o.err)
	lost := o.err != nil && !is || is && (refused.Code[:2] == "08" || refused.Code[:2] == "57" || refused.Code == "40003")
	switch {
	case o.err == nil:
		return o.tag != "ROLLBACK"
	case o.commits, o.text.first == "commit", o.text.first == "end", o.text.first == "prepare", o.text.many:
		return true
	default:
		return lost && c.before == idle
	}
}

// publish publishes what has been written. The request that wrote it may have ended.
func (w *watcher) publish(ctx context.Context, topics ...string) {
	if err := w.keeper.Publish(context.WithoutCancel(ctx), topics...); err != nil {
		w.log.ErrorContext(ctx, "postgres: a commit could not be published", "topics", topics, "error", err)
	}
}

// sync waits until the keeper has heard of what is committed. Where it cannot, it hears later.
func (w *watcher) sync(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTimeout)
	defer cancel()
	if err := w.broker.Sync(ctx); err != nil {
		w.log.DebugContext(ctx, "postgres: a commit was not heard of in time", "error", err)
	}
}
