package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
)

const temp = "temp"

// kind is what a name means.
type kind int

const (
	nothing  kind = iota // a common table expression, or a table-valued function that reads nothing
	ordinary             // a table whose rows the hooks tell of
	view
	virtual // or another table whose rows no hook tells of
	catalog // the schema
)

// names is what the names in a connection's databases mean. It is asked once, and again when a schema has changed.
type names struct {
	generation uint64
	passing    bool      // asked in a transaction, which may be older than the generation
	counts     []commits // of the files, when the names were known to be right
	versions   string    // schema_version of each file, which a change by any program moves
	order      []string
	kinds      map[table]kind
	modules    map[string]struct{}
	told       map[table][]string  // columns of which changes tell the values
	origins    map[string][]origin // of the columns that a statement returns, by its text
	clocks     map[string][]string // what a statement reads of which no change is told, by its text
	fickle     map[string]struct{} // functions of the program; nil: to be asked
}

// refreshNames asks for the names where it has to, and reports whether it has. Where they cannot be had there are none.
func (c *conn) refreshNames(ctx context.Context) bool {
	generation := c.generation()
	snapshot := c.open > 0 || c.tx.open
	if n := c.names; n != nil && n.generation == generation {
		return false
	}
	n := &names{
		generation: generation, passing: snapshot, order: []string{temp}, kinds: map[table]kind{}, modules: map[string]struct{}{},
		told: map[table][]string{}, origins: map[string][]origin{}, clocks: map[string][]string{},
		counts: c.commitCounts(), versions: c.versions(ctx),
	}
	for _, a := range c.files {
		n.order = append(n.order, a.schema)
	}
	c.names = nil
	for _, schema := range n.order {
		if c.query(ctx, "SELECT type, name, rootpage FROM "+quote(schema)+".sqlite_schema WHERE type IN ('table', 'view')", func(row []driver.Value) {
			n.add(schema, text(row[0]), text(row[1]), row[2])
		}) != nil {
			return true
		}
	}
	if c.query(ctx, "PRAGMA module_list", func(row []driver.Value) { n.modules[strings.ToLower(text(row[0]))] = struct{}{} }) == nil {
		c.names = n
	}
	return true
}

// verifyNames asks for the names again where one of the reads is unsure, and a file has been committed to since with a change of
// its schema. It reports whether it has asked the database anything.
func (c *conn) verifyNames(ctx context.Context, reads []table) (asked bool) {
	if c.names == nil || !slices.ContainsFunc(reads, c.names.unsure) {
		return false
	}
	now := c.commitCounts()
	if slices.Equal(now, c.names.counts) {
		return false
	}
	if c.names.versions == c.versions(ctx) {
		if c.open == 0 && !c.tx.open { // or the versions are those of an older snapshot
			c.names.counts = now
		}
		return true
	}
	c.names = nil
	return c.refreshNames(ctx)
}

// commitCounts is the numbers of commits of the files that other programs may write.
func (c *conn) commitCounts() (all []commits) {
	for _, a := range c.files {
		if counter := a.file.counter.Load(); counter != nil {
			now, _ := counter.read() // zero where it cannot be read
			all = append(all, now)
		}
	}
	return all
}

// versions is schema_version of each file.
func (c *conn) versions(ctx context.Context) string {
	var all strings.Builder
	for _, a := range c.files {
		_ = c.query(ctx, "PRAGMA "+quote(a.schema)+".schema_version", func(row []driver.Value) { fmt.Fprint(&all, row[0]) })
		all.WriteByte(' ') // nothing else where that fails: the names cannot be asked then either
	}
	return all.String()
}

// generation moves with each change of a schema that is noticed, and only forwards.
func (c *conn) generation() (sum uint64) {
	for _, a := range c.files {
		sum += a.file.generation.Load()
	}
	return sum
}

// forgetPassing forgets names that were asked in a transaction that has ended.
func (c *conn) forgetPassing() {
	if c.names != nil && c.names.passing {
		c.names = nil
	}
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (n *names) add(schema, what, name string, rootpage driver.Value) {
	k := ordinary
	page, _ := rootpage.(int64)
	switch {
	case what == "view":
		k = view
	case page == 0, strings.HasPrefix(strings.ToLower(name), "sqlite_"): // AUTOINCREMENT and ANALYZE write theirs behind the hooks
		k = virtual
	}
	n.kinds[table{schema: schema, name: strings.ToLower(name)}] = k
}

// find says what a name means, and in which database. Names without one are looked up as SQLite does.
func (n *names) find(t table) (schema string, what kind) {
	if t.schema != "" {
		if k, ok := n.kinds[t]; ok {
			return t.schema, k
		}
		return t.schema, n.findNone(t.name, virtual)
	}
	for _, schema := range n.order {
		if k, ok := n.kinds[table{schema: schema, name: t.name}]; ok {
			return schema, k
		}
	}
	return "main", n.findNone(t.name, nothing)
}

// unsure reports whether a name without a database may mean a table that was made after the names were asked.
func (n *names) unsure(t table) bool {
	if t.schema != "" {
		return false
	}
	_, what := n.find(t)
	return len(n.order) > 2 || what == nothing && !readsNothing(t.name)
}

// readsNothing reports whether a name is that of a table-valued function that reads no table.
func readsNothing(name string) bool {
	switch name {
	case "json_each", "json_tree", "jsonb_each", "jsonb_tree":
		return true
	}
	return false
}

// findNone says what a name means that no database has.
func (n *names) findNone(name string, otherwise kind) kind {
	switch name {
	case "sqlite_schema", "sqlite_master", "sqlite_temp_schema", "sqlite_temp_master":
		return catalog
	}
	if readsNothing(name) {
		return nothing
	}
	if _, ok := n.modules[name]; ok || strings.HasPrefix(name, "pragma_") {
		return virtual
	}
	return otherwise
}
