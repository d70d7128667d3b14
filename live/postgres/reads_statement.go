package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/htmxlive/htmxlive/live"
)

var errStandby = errors.New("postgres: a fetch reads from a standby, which may not have yet what was announced: read from the primary, " +
	"or set Standby of postgres.Watch and give the query a RefetchInterval")

// topicsMost leaves room for what else a query follows. A statement that reads more follows everything.
const topicsMost = 32

// root is the topic of everything in the database, "" while its name is not known.
func (w *watcher) root() string {
	if root := w.side.root.Load(); root != nil {
		return *root
	}
	return ""
}

// follow follows what a statement is about to read.
func (c *watched) follow(ctx context.Context, args []any, t *text) {
	w := c.watcher
	if c.status() != idle && c.status() != inTransaction {
		return // it fails
	}
	if !w.options.Standby && c.conn.PgConn().ParameterStatus("in_hot_standby") == "on" {
		w.reads.fail(ctx, errStandby)
		return
	}
	found, err := c.accessTo(ctx, t)
	if err != nil && w.root() == "" {
		w.reads.fail(ctx, err)
		return
	}
	if found.why != "" && !t.warned.Swap(true) {
		w.log.WarnContext(ctx, "postgres: a statement follows every change of the database", "sql", excerpt(t.sql), "because", found.why)
	}
	topics := found.topics
	if found.access != nil && found.why == "" {
		topics = found.narrowed(ctx, topics)
		c.check(ctx, found.access, args)
	}
	if c.older(t) {
		w.reads.snapshot(ctx, topics...)
	} else {
		w.reads.reads(ctx, topics...)
	}
	if a := found.access; a != nil {
		w.warnSilent(ctx, a)
		if what := cmp.Or(a.clock, w.silent(a)); what != "" {
			w.reads.clock(ctx, what)
		}
	}
}

// accessTo is what a statement reads and writes on this connection.
func (c *watched) accessTo(ctx context.Context, t *text) (*accessOf, error) {
	w := c.watcher
	if c.unable != nil {
		return w.unasked(ctx, t, c.unable), c.unable
	}
	if err := c.know(ctx); err != nil {
		return w.unasked(ctx, t, err), err
	}
	if c.temp || c.schema {
		return w.everything("it runs beside temporary tables, or a change of the schema that is not committed"), nil
	}
	version := w.schema.version.Load()
	t.mu.Lock()
	found := t.accesses[*c.session]
	t.mu.Unlock()
	if found != nil && found.schema == version {
		return found, nil
	}
	return w.ask(ctx, t, *c.session, version)
}

// ask asks the server what a statement reads, and remembers it.
func (w *watcher) ask(ctx context.Context, t *text, in session, version uint64) (*accessOf, error) {
	if t.verb == cursor && !t.many {
		return w.remember(t, in, w.everything("it is no query that a function can have"), version), nil
	}
	a, err := w.side.probe(ctx, in, t.sql)
	switch {
	case errors.Is(err, errUnknowable):
		return w.remember(t, in, w.everything(err.Error()), version), nil
	case err != nil:
		return w.unasked(ctx, t, err), nil
	}
	return w.remember(t, in, w.topicsOf(a), version), nil
}

func (w *watcher) remember(t *text, in session, found *accessOf, version uint64) *accessOf {
	found.schema = version
	t.mu.Lock()
	if len(t.accesses) >= sessionsMost {
		clear(t.accesses)
	}
	t.accesses[in] = found
	t.mu.Unlock()
	return found
}

// sessionsMost is in how many roles and search paths a statement is remembered.
const sessionsMost = 1000

// unasked is what a statement reads that could not be asked for this time.
func (w *watcher) unasked(ctx context.Context, t *text, err error) *accessOf {
	w.log.ErrorContext(ctx, "postgres: what a statement reads could not be asked, it follows everything", "sql", excerpt(t.sql), "error", err)
	return w.everything("")
}

// everything is what a statement reads of which nobody knows what it reads.
func (w *watcher) everything(why string) *accessOf {
	root := w.root()
	return &accessOf{topics: []string{root, root + "/*"}, why: why}
}

// topicsOf is the topics of what a statement reads.
func (w *watcher) topicsOf(a *access) *accessOf {
	root := w.root()
	found := &accessOf{access: a, topics: []string{root}}
	switch {
	case len(a.hidden) > 0:
		found.why = "it calls " + a.hidden[0] + ", which does not show what it reads: make it a function with BEGIN ATOMIC, declare it IMMUTABLE, or name it in Functions of postgres.Watch"
	case len(a.unheard) > 0:
		found.why = "it reads " + a.unheard[0] + ", of whose changes nothing can tell: publish them by hand, or set RefetchInterval"
	}
	for _, f := range a.families {
		for _, m := range f.heard {
			found.topics = append(found.topics, topicOf(root, m.topic))
		}
	}
	if len(a.families) > 0 {
		slices.Sort(found.topics)
		found.topics = slices.Compact(found.topics)
	}
	if len(found.topics) > topicsMost {
		found.why = "it reads too many tables"
	}
	if found.why != "" {
		if len(found.topics) > topicsMost {
			found.topics = []string{root}
		}
		found.topics = append(found.topics, root+"/*")
	}
	return found
}

// silent is a table that is read and of which nothing tells what is written to it; "" if there is none.
func (w *watcher) silent(a *access) string {
	if w.options.PublishWrites {
		return ""
	}
	for _, f := range a.families {
		switch {
		case f.silent:
			return "the table " + f.sql + ", which has no triggers"
		case w.unheard:
			return "the table " + f.sql + ", of which the triggers tell a broker that the keeper does not have"
		}
	}
	return ""
}

// warnSilent says, once for each table, that nothing tells what is written to it.
func (w *watcher) warnSilent(ctx context.Context, a *access) {
	if w.options.PublishWrites || a.warned.Swap(true) {
		return
	}
	if w.unheard && w.first("") {
		w.log.WarnContext(ctx, "postgres: triggers tell what is written, and the keeper has no broker that hears it: "+
			"give live.Config the Broker of postgres.Connect, or set PublishWrites to tell what this program writes")
	}
	for _, f := range a.families {
		if f.silent && w.first(f.sql) {
			w.log.WarnContext(ctx, "postgres: a query reads a table that has no triggers, so what is written to it is not noticed: "+
				"call postgres.InstallTriggers, or run the SQL of postgres.Triggers, which is logged at debug level", "table", f.sql)
			w.log.DebugContext(ctx, "postgres: the SQL that makes a table's triggers", "table", f.sql, "sql", Triggers(Table{Name: f.sql}))
		}
	}
}

// narrowed is the topics with what live.Where says of their tables.
func (a *accessOf) narrowed(ctx context.Context, topics []string) []string {
	var changed bool
	for _, f := range a.access.families {
		changed = changed || len(live.Conditions(ctx, f.names...)) > 0
	}
	if !changed {
		return topics
	}
	root := topics[0]
	narrow := []string{root}
	for _, f := range a.access.families {
		conditions := live.Conditions(ctx, f.names...)
		for _, m := range f.heard {
			of := slices.DeleteFunc(slices.Clone(conditions), func(c live.Condition) bool { return !slices.Contains(m.told, c.Column) })
			narrow = append(narrow, live.Narrow(topicOf(root, m.topic), of))
		}
	}
	return narrow
}

// excerpt is the beginning of a statement, for the log.
func excerpt(sql string) string {
	if len(sql) > 200 {
		return sql[:200] + "…"
	}
	return sql
}
