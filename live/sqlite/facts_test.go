package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/sqlite"
)

// teller writes, and says which facts that publishes: of each change its table, key, old and new values.
type teller struct {
	do   func(b *bed) error
	want []string
}

// desk is a schema of every kind of table that facts have to be right about.
const desk = `CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT);
	CREATE TABLE tickets (id INTEGER PRIMARY KEY, team_id INTEGER REFERENCES teams ON DELETE SET NULL ON UPDATE CASCADE, title TEXT UNIQUE, status TEXT COLLATE NOCASE);
	CREATE TABLE comments (id INTEGER PRIMARY KEY, ticket INTEGER REFERENCES tickets ON DELETE CASCADE, body TEXT);
	CREATE TABLE codes (code TEXT PRIMARY KEY, team_id, n INTEGER) WITHOUT ROWID;
	CREATE TABLE pairs (b, a, team_id, PRIMARY KEY (a, b)) WITHOUT ROWID;
	CREATE TABLE backwards (x, y, team_id, k TEXT, PRIMARY KEY (k)) WITHOUT ROWID;
	CREATE TABLE words (w TEXT PRIMARY KEY, team_id);
	CREATE TABLE loose (team_id, what);
	CREATE TABLE sums (v INTEGER AS (team_id + 1) VIRTUAL, id INTEGER PRIMARY KEY, team_id INTEGER, doubled INTEGER AS (team_id * 2) STORED, w AS (1), status TEXT);
	CREATE TABLE seen (id INTEGER PRIMARY KEY, team_id);
	INSERT INTO teams VALUES (1, 'one'), (2, 'two'), (9, 'nine');
	INSERT INTO tickets VALUES (1, 1, 'a', 'open'), (2, 2, 'b', 'open'), (3, 9, 'c', 'closed');
	INSERT INTO comments VALUES (1, 3, 'hello');
	INSERT INTO codes VALUES ('x', 1, 1), ('y', 2, 2);
	INSERT INTO pairs VALUES (1, 2, 3);
	INSERT INTO backwards VALUES (1, 2, 3, 'k');
	INSERT INTO words VALUES ('w', 1);
	INSERT INTO loose VALUES (1, 'l');
	INSERT INTO sums (id, team_id, status) VALUES (1, 3, 'open');
	CREATE TRIGGER on_comment AFTER INSERT ON comments BEGIN UPDATE tickets SET status = 'answered' WHERE id = new.ticket; END`

var deskColumns = []sqlite.Option{
	sqlite.Columns("tickets", "team_id", "STATUS"), sqlite.Columns("codes", "team_id"), sqlite.Columns("pairs", "team_id"), sqlite.Columns("Backwards", "team_id", "x"),
	sqlite.Columns("words", "team_id"), sqlite.Columns("loose", "team_id"), sqlite.Columns("sums", "team_id", "doubled", "status"), sqlite.Columns("teams"),
}

var telling = map[string]teller{
	"insert":                   {sqls("INSERT INTO tickets VALUES (4, 1, 'd', 'open')"), []string{"tickets 4 + id=4 status=open team_id=1"}},
	"update":                   {sqls("UPDATE tickets SET title = 'z' WHERE id = 1"), []string{"tickets 1 id=1 status=open team_id=1 > id=1 status=open team_id=1"}},
	"a row moves":              {sqls("UPDATE tickets SET team_id = 2 WHERE id = 1"), []string{"tickets 1 id=1 status=open team_id=1 > id=1 status=open team_id=2"}},
	"delete":                   {sqls("DELETE FROM tickets WHERE id = 1"), []string{"tickets 1 - id=1 status=open team_id=1"}},
	"another key":              {sqls("UPDATE tickets SET id = 7 WHERE id = 1"), []string{"tickets 1 - id=1 status=open team_id=1", "tickets 7 + id=7 status=open team_id=1"}},
	"a text that is a number":  {sqls("UPDATE tickets SET team_id = '2' WHERE id = 1"), []string{"tickets 1 id=1 status=open team_id=1 > id=1 status=open team_id=2"}},
	"two rows":                 {sqls("UPDATE tickets SET status = NULL WHERE id < 3"), []string{"tickets 1 id=1 status=open team_id=1 > id=1 status=<nil> team_id=1", "tickets 2 id=2 status=open team_id=2 > id=2 status=<nil> team_id=2"}},
	"replace, by its key":      {sqls("REPLACE INTO tickets VALUES (1, 2, 'x', 'new')"), []string{"tickets 1 + id=1 status=new team_id=2", "tickets 1 - id=1 status=open team_id=1"}},
	"replace, by a unique one": {sqls("REPLACE INTO tickets VALUES (5, 2, 'a', 'new')"), []string{"tickets 1 - id=1 status=open team_id=1", "tickets 5 + id=5 status=new team_id=2"}},
	"update or replace":        {sqls("UPDATE OR REPLACE tickets SET title = 'a' WHERE id = 2"), []string{"tickets 1 - id=1 status=open team_id=1", "tickets 2 id=2 status=open team_id=2 > id=2 status=open team_id=2"}},
	"upsert":                   {sqls("INSERT INTO tickets VALUES (1, 2, 'q', 'q') ON CONFLICT DO UPDATE SET status = excluded.status"), []string{"tickets 1 id=1 status=open team_id=1 > id=1 status=q team_id=1"}},
	"cascade":                  {sqls("DELETE FROM tickets WHERE id = 3"), []string{"comments 1 - id=1", "tickets 3 - id=3 status=closed team_id=9"}},
	"set null":                 {sqls("DELETE FROM teams WHERE id = 9"), []string{"teams 9 - id=9", "tickets 3 id=3 status=closed team_id=9 > id=3 status=closed team_id=<nil>"}},
	"on update cascade":        {sqls("UPDATE teams SET id = 8 WHERE id = 9"), []string{"teams 8 + id=8", "teams 9 - id=9", "tickets 3 id=3 status=closed team_id=9 > id=3 status=closed team_id=8"}},
	"trigger":                  {sqls("INSERT INTO comments (ticket) VALUES (2)"), []string{"comments 2 + id=2", "tickets 2 id=2 status=open team_id=2 > id=2 status=answered team_id=2"}},
	"truncating delete":        {sqls("DELETE FROM codes"), []string{"codes x - code=x team_id=1", "codes y - code=y team_id=2"}},

	"without row id, insert":      {sqls("INSERT INTO codes VALUES ('z', 3, 3)"), []string{"codes z + code=z team_id=3"}},
	"without row id, update":      {sqls("UPDATE codes SET team_id = 5 WHERE code = 'x'"), []string{"codes x code=x team_id=1 > code=x team_id=5"}},
	"without row id, another key": {sqls("UPDATE codes SET code = 'q' WHERE code = 'x'"), []string{"codes q + code=q team_id=1", "codes x - code=x team_id=1"}},
	"without row id, replace":     {sqls("REPLACE INTO codes VALUES ('x', 7, 7)"), []string{"codes x + code=x team_id=7", "codes x - code=x team_id=1"}},
	"without row id, two columns": {sqls("UPDATE pairs SET team_id = 4"), []string{"pairs  team_id=3 > team_id=4"}},
	"the key is the last column":  {sqls("UPDATE backwards SET x = 'X'"), []string{"backwards k k=k team_id=3 x=1 > k=k team_id=3 x=X"}},
	"the key is no row id":        {sqls("UPDATE words SET team_id = 2"), []string{"words w team_id=1 w=w > team_id=2 w=w"}},
	"no key":                      {sqls("UPDATE loose SET team_id = 2"), []string{"loose  team_id=1 > team_id=2"}},
	"generated columns":           {sqls("UPDATE sums SET team_id = 4, status = 'x'"), []string{"sums 1 doubled=6 id=1 status=open team_id=3 > doubled=8 id=1 status=x team_id=4"}},
	"generated columns, insert":   {sqls("INSERT INTO sums (id, team_id, status) VALUES (2, 5, 's')"), []string{"sums 2 + doubled=10 id=2 status=s team_id=5"}},
	"not declared":                {sqls("INSERT INTO seen VALUES (1, 2)"), []string{"seen 1 + id=1"}},

	"no number that looks the same everywhere": {sqls("PRAGMA foreign_keys = OFF; UPDATE tickets SET team_id = 1.5, status = 2.0 WHERE id = 1", "UPDATE loose SET team_id = x'41'"), []string{"loose  team_id=1 > ", "tickets 1 id=1 status=open team_id=1 > id=1 status=2.0"}},
	"long texts": {
		sqls("INSERT INTO words VALUES ('"+strings.Repeat("w", 64)+"', '"+strings.Repeat("t", 65)+"')", "INSERT INTO words VALUES ('"+strings.Repeat("w", 65)+"', 't')"),
		[]string{"words  + team_id=t", "words " + strings.Repeat("w", 64) + " + w=" + strings.Repeat("w", 64)},
	},

	"a savepoint is rolled back": {
		conn("BEGIN", "UPDATE loose SET team_id = 2", "SAVEPOINT a", "UPDATE tickets SET status = 'x'", "UPDATE loose SET team_id = 3", "ROLLBACK TO a", "UPDATE words SET team_id = 4", "COMMIT"),
		[]string{"loose  team_id=1 > team_id=2", "words w team_id=1 w=w > team_id=4 w=w"},
	},
	"a savepoint is released": {
		conn("BEGIN", "UPDATE loose SET team_id = 2", "SAVEPOINT a", "UPDATE loose SET team_id = 3", "RELEASE a", "UPDATE loose SET team_id = 4", "COMMIT"),
		[]string{"loose  team_id=1 > team_id=2", "loose  team_id=2 > team_id=3", "loose  team_id=3 > team_id=4"},
	},
	"a savepoint in a script":             {sqls("BEGIN; SAVEPOINT a; UPDATE loose SET team_id = 2; ROLLBACK TO a; UPDATE words SET team_id = 4; COMMIT"), []string{"loose  team_id=1 > team_id=2", "words w team_id=1 w=w > team_id=4 w=w"}},
	"rolled back":                         {sqls("BEGIN; UPDATE loose SET team_id = 2; ROLLBACK"), nil},
	"what a schema changes is everything": {sqls("BEGIN; UPDATE loose SET team_id = 2; CREATE TABLE more (id); COMMIT"), []string{"BARE "}},
	"a column is dropped before":          {sqls("ALTER TABLE sums DROP COLUMN v", "UPDATE sums SET status = 'x'"), []string{"BARE ", "sums 1 doubled=6 id=1 status=open team_id=3 > doubled=6 id=1 status=x team_id=3"}},
	"a column is dropped before, prepared": {func(b *bed) error {
		return inConn(b, func(c *sql.Conn) error {
			s, err := c.PrepareContext(b.t.Context(), "UPDATE sums SET status = ?")
			if err != nil {
				return err
			}
			defer s.Close()
			_, err1 := s.ExecContext(b.t.Context(), "x")
			_, err2 := c.ExecContext(b.t.Context(), "ALTER TABLE sums DROP COLUMN w")
			_, err3 := s.ExecContext(b.t.Context(), "y")
			return errors.Join(err1, err2, err3)
		})
	}, []string{"BARE ", "sums 1 doubled=6 id=1 status=open team_id=3 > doubled=6 id=1 status=x team_id=3", "sums 1 doubled=6 id=1 status=x team_id=3 > doubled=6 id=1 status=y team_id=3"}},
	"a column is added and has a default": {sqls("ALTER TABLE seen ADD COLUMN more DEFAULT 5", "INSERT INTO seen (id) VALUES (1)", "DELETE FROM seen"), []string{"BARE ", "seen 1 + id=1", "seen 1 - id=1"}},
	"a column is renamed":                 {sqls("ALTER TABLE loose RENAME team_id TO other", "UPDATE loose SET other = 2"), []string{"BARE ", "BARE loose"}},
	"another table of the same name":      {sqls("DROP TABLE loose", "CREATE TABLE loose (what, x, id PRIMARY KEY, team_id)", "INSERT INTO loose VALUES (1, 2, 3, 4)"), []string{"BARE ", "BARE ", "loose 3 + id=3 team_id=4"}},
}

// Facts are what was done to each row, whatever kind of table it is in, and whatever the encoding of its texts.
func TestFacts(t *testing.T) {
	for _, encoding := range []string{"UTF-8", "UTF-16"} {
		for name, c := range telling {
			t.Run(encoding+"/"+name, func(t *testing.T) {
				b := openWith(t, deskColumns, "_pragma=encoding('"+encoding+"')")
				b.must(desk)
				b.forget()
				if err := c.do(b); err != nil {
					t.Fatal(err)
				}
				if got := b.told(); !slices.Equal(got, c.want) {
					t.Errorf("tells\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
				}
			})
		}
	}
}

// A commit tells of 64 rows of a table, and of more only that there was something.
func TestFactsOfManyRows(t *testing.T) {
	insert := func(into string, n int) string {
		return fmt.Sprintf("INSERT INTO %s SELECT id, id FROM (%s) LIMIT %d;", into, numbers, n)
	}
	for name, c := range map[string]struct {
		sql  string
		n    int
		want string // the first of them
	}{
		"as many as are told":  {insert("loose", 64), 64, "loose  + team_id=0"},
		"one more":             {insert("loose", 65), 1, "BARE loose"},
		"one more, later":      {"BEGIN;" + insert("loose", 64) + insert("loose", 1) + "COMMIT", 1, "BARE loose"},
		"one more, since":      {"BEGIN;" + insert("loose", 64) + "SAVEPOINT s;" + insert("loose", 1) + "COMMIT", 1, "BARE loose"},
		"rolled back, loosely": {"BEGIN;" + insert("loose", 64) + "SAVEPOINT s;" + insert("loose", 1) + "ROLLBACK TO s; COMMIT", 1, "BARE loose"},
		"no columns":           {"INSERT INTO comments (ticket) SELECT NULL FROM (" + numbers + ")", 1, "BARE comments"},
		"sixty-four of each":   {"BEGIN;" + insert("loose", 64) + insert("words", 64) + "COMMIT", 128, "loose  + team_id=0"},
		"many of one of them":  {"BEGIN;" + insert("loose", 65) + insert("words", 1) + "COMMIT", 2, "BARE loose"},
	} {
		t.Run(name, func(t *testing.T) {
			b := openWith(t, deskColumns)
			b.must(desk)
			b.forget()
			b.must(c.sql)
			got := b.told()
			if len(got) != c.n || got[0] != c.want {
				t.Errorf("%d changes, %q; want %d, the first %q", len(got), got[:min(len(got), 3)], c.n, c.want)
			}
		})
	}
}

// told is the changes that were published since the last call, sorted, but for the topics of every commit.
func (b *bed) told() (all []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	told := map[string]bool{"*": true}
	for _, c := range b.changes {
		topic := b.short([]string{c.Topic})[0]
		if told[topic] = true; c.Table != topic {
			b.t.Errorf("the topic of %s is %q", c.Table, topic)
		}
		all = append(all, c.Table+" "+c.Key+valuesOf(c))
	}
	for _, p := range b.publ {
		for _, topic := range b.short(strings.Split(p, " ")) {
			if !told[topic] {
				all = append(all, strings.TrimSuffix("BARE "+topic, "ALL"))
			}
		}
	}
	b.publ, b.changes = nil, nil
	slices.Sort(all)
	return all
}

func valuesOf(c live.Change) string {
	list := func(values map[string]any) string {
		var all []string
		for _, name := range slices.Sorted(maps.Keys(values)) {
			all = append(all, fmt.Sprintf("%s=%v", name, values[name]))
		}
		return strings.Join(all, " ")
	}
	switch {
	case c.Old == nil:
		return " + " + list(c.New)
	case c.New == nil:
		return " - " + list(c.Old)
	}
	return " " + list(c.Old) + " > " + list(c.New)
}

// What nobody hears when it is written is told without facts, also to who comes before the commit.
func TestFactsThatNobodyHears(t *testing.T) {
	b := openWith(t, deskColumns)
	b.must(desk)
	hear := func(heard bool) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.unwatched = !heard
	}
	b.forget()
	if err := inTx(b, func(tx *sql.Tx) error {
		hear(false)
		_, err := tx.ExecContext(t.Context(), "UPDATE words SET team_id = 2; UPDATE loose SET team_id = 2")
		hear(true)
		return errors.Join(err, sqlsIn(tx, "UPDATE words SET team_id = 3", "UPDATE codes SET team_id = 2 WHERE code = 'x'"))
	}); err != nil {
		t.Fatal(err)
	}
	if got, want := b.told(), []string{"BARE loose", "BARE words", "codes x code=x team_id=1 > code=x team_id=2"}; !slices.Equal(got, want) {
		t.Errorf("tells %q, want %q", got, want)
	}
}

func sqlsIn(tx *sql.Tx, statements ...string) (err error) {
	for _, s := range statements {
		_, failed := tx.ExecContext(context.Background(), s)
		err = errors.Join(err, failed)
	}
	return err
}
