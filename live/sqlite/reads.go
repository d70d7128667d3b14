package sqlite

import (
	"context"
	"database/sql/driver"
	"slices"
)

// begin is called before a statement runs. The one that was running until then runs again when it has run.
func (c *conn) begin(ctx context.Context, a *access, args []driver.NamedValue) (before *run, err error) {
	if !c.tx.open && c.open == 0 {
		c.forgetPassing()
	}
	before = c.running
	if c.running = &c.outermost; before != nil {
		c.running = new(run)
	}
	*c.running = run{ctx: ctx, access: a}
	c.tx.changing(a)
	if a.schema || a.temp {
		c.layouts = nil
	}
	if c.db.reads.recording(ctx) {
		if len(a.reads) > 0 || a.unknown {
			err = c.follow(ctx, a)
		} else {
			c.refreshNames(ctx) // as long as no transaction is open: a script's later statements may read
		}
		c.followClocks(ctx, a, args)
	}
	if c.tx.open {
		c.tx.started = true
	}
	return before, err
}

// follow follows what a statement is about to read.
func (c *conn) follow(ctx context.Context, a *access) error {
	c.db.watched() //nolint:contextcheck // the watcher outlives the fetch
	older := c.open > 0 || c.tx.open && c.tx.started
	if c.refreshNames(ctx) && c.tx.open {
		older = true // asking has begun to read
	}
	asked, err := c.learn(ctx, a)
	if err != nil {
		return err
	}
	older = older || asked && c.tx.open
	topics := c.narrow(c.running, a.topics, a.tables)
	if older {
		c.db.reads.snapshot(ctx, topics...)
	} else {
		c.db.reads.reads(ctx, topics...)
	}
	return nil
}

// learn finds the topics of what a statement reads, unless that is known. It reports whether it has asked the database anything.
func (c *conn) learn(ctx context.Context, a *access) (asked bool, err error) {
	if a.topics != nil && a.asOf == c.names {
		return false, nil
	}
	asked = c.verifyNames(ctx, a.reads)
	topics, tables, known := c.topicsOf(a.reads)
	a.topics, a.tables, a.all, a.asOf = topics, tables, a.unknown || !known, c.names
	if a.all {
		a.topics, a.tables = c.everything(), nil
	}
	if err = c.checkColumns(ctx, a.tables, len(a.writes) == 0 && !a.schema); err != nil {
		a.topics = nil
	}
	return asked, err
}

// everything is the topics of a statement of which nobody knows what it reads.
func (c *conn) everything() (topics []string) {
	for _, a := range c.files {
		topics = append(topics, a.file.topic, a.file.each)
	}
	return topics
}

// topicsOf is the topics of what is read, and the tables among it. It is not known where one of them is no
// table, and where they are too many.
func (c *conn) topicsOf(reads []table) (topics []string, tables []tracked, known bool) {
	if c.names == nil {
		return nil, nil, false
	}
	for _, t := range reads {
		more, one, known := c.topicsOfTable(t)
		if !known {
			return nil, nil, false
		}
		topics = append(topics, more...)
		if one.topic != "" && !slices.ContainsFunc(tables, func(t tracked) bool { return t.topic == one.topic }) {
			tables = append(tables, one)
		}
	}
	slices.Sort(topics)
	topics = slices.Compact(topics)
	return topics, tables, len(topics) <= topicsMost
}

// topicsMost leaves room for what else a query follows. A statement that reads more follows everything.
const topicsMost = 32

func (c *conn) topicsOfTable(t table) (topics []string, one tracked, known bool) {
	schema, what := c.names.find(t)
	if schema == temp {
		return nil, tracked{}, what != virtual // what a temporary view reads is named, too
	}
	f := c.fileOf(schema)
	switch {
	case what == nothing:
		return nil, tracked{}, true
	case f == nil || what == virtual:
		return nil, tracked{}, false
	case what == view: // what it reads is named, too
		return []string{f.topic}, tracked{}, true
	case what == catalog:
		return []string{f.topic}, tracked{}, true
	}
	one = tracked{table: table{schema: schema, name: t.name}, topic: f.table(t.name)}
	one.names = []string{schema + "." + t.name}
	if bare, _ := c.names.find(table{name: t.name}); bare == schema {
		one.names = append(one.names, t.name)
	}
	return []string{f.topic, one.topic}, one, true
}
