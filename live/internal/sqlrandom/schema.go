package sqlrandom

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Schema is some tables and what belongs to them.
type Schema struct {
	Dialect Dialect
	Tables  []*Table
	Views   []*View
	// Statements make the schema, and Rows its first rows.
	Statements, Rows []string

	random
}

// Table has a column id, which is its primary key, and some others.
type Table struct {
	Name     string // in lower case
	Columns  []Column
	Declared []string // columns, besides id, that a driver may be told of

	key     []string // the columns of the primary key
	unique  bool     // there is another key
	written string   // the name as the schema writes it
}

// Column is a column of a table or of a query.
type Column struct {
	Name string
	Text bool

	wild  bool            // of no type: it has values of all types (SQLite)
	reads map[string]bool // tables that its value depends on, besides those of its rows
}

// View is a view of some tables.
type View struct {
	Name    string
	Columns []Column
	reads   map[string]bool // tables that its rows depend on
	all     map[string]bool // tables that it names
}

// Names are some of which an alias, a common table expression or a column has one as well.
var tableNames = [...]string{"orders", "lines", "people", "p", "q", "r", "log", "Stock", "teams", "x"} //nolint:gochecknoglobals // nobody changes them

// NewSchema draws a schema.
func NewSchema(seed *rand.Rand, dialect Dialect) *Schema {
	s := &Schema{Dialect: dialect, random: random{seed}}
	for _, i := range s.Perm(len(tableNames))[:4+s.IntN(3)] {
		s.addTable(tableNames[i])
	}
	for i := range 3 + s.IntN(2) {
		s.addView(fmt.Sprint("v", i))
	}
	for i := range 1 + s.IntN(3) {
		s.addTrigger(fmt.Sprint("t", i))
	}
	for _, t := range s.Tables {
		for range 6 {
			s.Rows = append(s.Rows, s.insert(t))
		}
	}
	return s
}

func (s *Schema) addTable(name string) {
	t := &Table{Name: strings.ToLower(name), written: name, key: []string{"id"}, Columns: []Column{{Name: "id"}}}
	definitions := []string{"id " + s.integer() + " NOT NULL"}
	for _, name := range [][]string{{"n", "x"}, {"n", "m", "y"}, {"x", "y", "z"}}[s.IntN(3)] {
		t.Columns = append(t.Columns, Column{Name: name})
		definitions = append(definitions, name+" "+s.integer())
	}
	for _, name := range [][]string{{"s"}, {"s", "state"}}[s.IntN(2)] {
		c := Column{Name: name, Text: true}
		definition := "TEXT"
		if s.Dialect == SQLite {
			definition = s.of("TEXT", "TEXT COLLATE NOCASE", "")
			c.wild = definition == ""
		}
		t.Columns = append(t.Columns, c)
		definitions = append(definitions, name+" "+definition)
	}
	if len(s.Tables) > 0 && s.chance(2) {
		if parent := pick(s.random, s.Tables); len(parent.key) == 1 {
			t.Columns = append(t.Columns, Column{Name: "parent"})
			definitions = append(definitions, "parent "+s.integer()+" REFERENCES "+parent.written+" ON DELETE "+s.of("CASCADE", "SET NULL")+" ON UPDATE CASCADE")
		}
	}
	s.define(t, definitions)
	for _, c := range t.Columns[1:] {
		if s.chance(2) {
			t.Declared = append(t.Declared, c.Name)
		}
	}
	s.Tables = append(s.Tables, t)
}

// integer is the type of a column of integers.
func (s *Schema) integer() string {
	if s.Dialect == SQLite {
		return s.of("INTEGER", "INT", "NUMERIC")
	}
	return s.of("bigint", "integer")
}

// define writes a table's statements.
func (s *Schema) define(t *Table, definitions []string) {
	options := ""
	if s.chance(5) {
		t.key = append(t.key, t.Columns[1].Name)
	}
	if s.Dialect == SQLite && s.chance(4) {
		options = " WITHOUT ROWID"
	}
	definitions = append(definitions, "PRIMARY KEY ("+strings.Join(t.key, ", ")+")")
	if s.chance(5) {
		t.unique = true
		definitions = append(definitions, "UNIQUE ("+t.Columns[1].Name+", "+t.Columns[2].Name+")")
	}
	s.Statements = append(s.Statements, "CREATE TABLE "+t.written+" ("+strings.Join(definitions, ", ")+")"+options)
	for i := range s.IntN(3) {
		some := s.Perm(len(t.Columns))[:1+s.IntN(3)]
		names := make([]string, len(some))
		for i, at := range some {
			names[i] = t.Columns[at].Name
		}
		where := s.of("", "", " WHERE "+t.Columns[1].Name+" > 1")
		s.Statements = append(s.Statements, fmt.Sprintf("CREATE INDEX %s_%d ON %s (%s)%s", t.Name, i, t.written, strings.Join(names, ", "), where))
	}
}

func (s *Schema) addView(name string) {
	b := s.builder()
	q := b.selects(2)
	names := make([]string, len(q.columns))
	for i := range q.columns {
		names[i] = q.columns[i].Name
	}
	v := &View{Name: name, Columns: q.columns, reads: b.reads, all: b.all}
	s.Statements = append(s.Statements, fmt.Sprintf("CREATE VIEW %s (%s) AS %s", name, strings.Join(names, ", "), q.sql))
	s.Views = append(s.Views, v)
}

// addTrigger makes a write of one table one of a later table as well, so that no trigger causes itself.
func (s *Schema) addTrigger(name string) {
	at := s.IntN(len(s.Tables) - 1)
	on, to := s.Tables[at], s.Tables[at+1+s.IntN(len(s.Tables)-at-1)]
	row := "new"
	what := s.of("INSERT", "UPDATE", "DELETE")
	if what == "DELETE" {
		row = "old"
	}
	when := fmt.Sprintf("%s.%s > 2", row, on.Columns[1].Name)
	do := fmt.Sprintf("UPDATE %s SET %s = coalesce(%s, 0) %% 5 + 1 WHERE id = %s.id", to.written, to.Columns[2].Name, to.Columns[2].Name, row)
	if s.chance(2) || slices.Contains(to.key, to.Columns[2].Name) || to.unique {
		do = fmt.Sprintf("DELETE FROM %s WHERE id = %s.id", to.written, row)
	}
	if s.Dialect == SQLite {
		s.Statements = append(s.Statements, fmt.Sprintf("CREATE TRIGGER %s AFTER %s ON %s WHEN %s BEGIN %s; END", name, what, on.written, when, do))
		return
	}
	s.Statements = append(s.Statements,
		fmt.Sprintf("CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN %s; RETURN NULL; END $$", name, do),
		fmt.Sprintf("CREATE TRIGGER %s AFTER %s ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION %s()", name, what, on.written, when, name))
}

// Declared is the columns that a driver is told of, by table.
func (s *Schema) Declared() map[string][]string {
	all := map[string][]string{}
	for _, t := range s.Tables {
		if len(t.Declared) > 0 {
			all[t.Name] = t.Declared
		}
	}
	return all
}

// value is a value of a column, as SQL. Some integers are NULL, but for those of a key.
func (s *Schema) value(t *Table, c Column) string {
	switch {
	case c.Name == "id":
		return strconv.Itoa(s.IntN(keys))
	case slices.Contains(t.key, c.Name):
		return s.number()
	case s.chance(6):
		return "NULL"
	case c.Name == "parent":
		return strconv.Itoa(s.IntN(keys))
	case c.wild:
		return s.of("'a'", "'A'", "'b'", "'3'", "3", "3.0", "0", "x'61'", "''", "'"+strings.Repeat("long", 30)+"'")
	case c.Text:
		return s.of("'a'", "'A'", "'b'", "'3'", "''")
	default:
		return s.number()
	}
}

// row is a row of a table, as SQL.
func (s *Schema) row(t *Table) string {
	values := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		values[i] = s.value(t, c)
	}
	return "(" + strings.Join(values, ", ") + ")"
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
