package sqlite_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/sqlite"
)

type limits func(ctx context.Context) context.Context

func where(table, column string, values ...any) limits {
	return func(ctx context.Context) context.Context { return live.Where(ctx, table, column, values...) }
}

// under runs a query under conditions, to its end.
func (b *bed) under(sql string, all ...limits) error {
	rows, err := b.QueryContext(said(b.t.Context(), all...), sql)
	return drain(rows, err)
}

func said(ctx context.Context, all ...limits) context.Context {
	if len(all) == 0 {
		return ctx
	}
	return said(all[0](ctx), all[1:]...)
}

// What is followed under the conditions of a query's author, and what is an error.
func TestNarrow(t *testing.T) {
	three := where("tickets", "team_id", 3)
	for name, c := range map[string]struct {
		sql     string
		where   []limits
		follows []string
		refused string
	}{
		"a column":               {sql: "SELECT * FROM tickets WHERE team_id = 3", where: []limits{three}, follows: []string{"tickets?team_id=3"}},
		"another case":           {sql: "SELECT * FROM Tickets WHERE team_id = 3", where: []limits{where("TICKETS", "Team_ID", "3")}, follows: []string{"tickets?team_id=3"}},
		"its schema":             {sql: "SELECT count(*) FROM tickets WHERE team_id = 3", where: []limits{where("main.tickets", "team_id", 3)}, follows: []string{"tickets?team_id=3"}},
		"two columns":            {sql: "SELECT id FROM tickets", where: []limits{three, where("tickets", "status", "open")}, follows: []string{"tickets?status=open&team_id=3"}},
		"values":                 {sql: "SELECT id FROM tickets", where: []limits{where("tickets", "team_id", []int64{3, 1})}, follows: []string{"tickets?team_id=1&team_id=3"}},
		"the key":                {sql: "SELECT id, title FROM tickets WHERE id = 5", where: []limits{where("tickets", "id", 5)}, follows: []string{"tickets?id=5"}},
		"one that is not told":   {sql: "SELECT id FROM tickets", where: []limits{where("tickets", "title", "x")}, follows: []string{"tickets"}},
		"one of several":         {sql: "SELECT id FROM tickets", where: []limits{where("tickets", "title", "x"), three}, follows: []string{"tickets?team_id=3"}},
		"one of two tables":      {sql: "SELECT t.id FROM tickets t JOIN comments c ON c.ticket = t.id WHERE t.team_id = 3", where: []limits{three}, follows: []string{"comments", "tickets?team_id=3"}},
		"another table":          {sql: "SELECT id FROM comments", where: []limits{three}, follows: []string{"comments"}},
		"a view":                 {sql: "SELECT * FROM v", where: []limits{three}, follows: []string{"tickets?team_id=3"}},
		"a script":               {sql: "SELECT 1; SELECT id FROM tickets WHERE team_id = 3", where: []limits{three}, follows: []string{"tickets?team_id=3"}},
		"a subquery":             {sql: "SELECT 1 WHERE EXISTS (SELECT 1 FROM tickets WHERE team_id = 3)", where: []limits{three}, follows: []string{"tickets?team_id=3"}},
		"a column of the key":    {sql: "SELECT n FROM codes WHERE code = 'x'", where: []limits{where("codes", "code", "x")}, follows: []string{"codes?code=x"}},
		"one of a composite key": {sql: "SELECT a FROM pairs WHERE a = 2", where: []limits{where("pairs", "a", 2)}, follows: []string{"pairs"}},
		"an outer join's NULL":   {sql: "SELECT c.id, t.team_id FROM comments c LEFT JOIN tickets t ON t.id = c.ticket AND t.team_id = 3", where: []limits{three}, follows: []string{"comments", "tickets?team_id=3"}},
		"an expression":          {sql: "SELECT team_id + 1 FROM tickets WHERE team_id = 3", where: []limits{three}, follows: []string{"tickets?team_id=3"}},
		"a union":                {sql: "SELECT team_id FROM tickets WHERE team_id = 3 UNION ALL SELECT 7", where: []limits{three}, follows: []string{"tickets?team_id=3"}},
		"a union within":         {sql: "SELECT * FROM (SELECT team_id FROM tickets WHERE team_id = 3 UNION SELECT id FROM comments)", where: []limits{three}, follows: []string{"comments", "tickets?team_id=3"}},
		"values of the own":      {sql: "VALUES ((SELECT team_id FROM tickets WHERE team_id = 3)), (5)", where: []limits{three}, follows: []string{"tickets?team_id=3"}},
		"a recursion": {
			sql: "WITH RECURSIVE r(n) AS (SELECT team_id FROM tickets WHERE team_id = 3 UNION SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r", where: []limits{three},
			follows: []string{"tickets?team_id=3"},
		},

		"a wrong row":                 {sql: "SELECT * FROM tickets", where: []limits{three}, follows: []string{"tickets?team_id=3"}, refused: "tickets.team_id"},
		"a wrong row, of a view":      {sql: "SELECT * FROM v2", where: []limits{three}, follows: []string{"tickets?team_id=3"}, refused: "tickets.team_id"},
		"a wrong row, another name":   {sql: "SELECT t.team_id AS x FROM tickets t", where: []limits{three}, follows: []string{"tickets?team_id=3"}, refused: "tickets.team_id"},
		"a wrong row, of a subquery":  {sql: "SELECT * FROM (SELECT team_id, max(id) FROM tickets GROUP BY 1)", where: []limits{three}, follows: []string{"tickets?team_id=3"}, refused: "tickets.team_id"},
		"another use of the table":    {sql: "SELECT o.team_id FROM tickets t JOIN tickets o ON o.id <> t.id WHERE t.team_id = 3", where: []limits{three}, follows: []string{"tickets?team_id=3"}, refused: "tickets.team_id"},
		"a wrong row, of no interest": {sql: "SELECT title FROM tickets", where: []limits{where("tickets", "title", "x")}, follows: []string{"tickets"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := openWith(t, deskColumns)
			b.must(desk, "INSERT INTO teams VALUES (3, 'three')", "INSERT INTO tickets VALUES (5, 3, 't', 'open')", "INSERT INTO comments VALUES (7, 2, 'x')",
				"CREATE VIEW v AS SELECT id, team_id FROM tickets WHERE team_id = 3", "CREATE VIEW v2 AS SELECT team_id AS t FROM tickets")
			b.forget()
			err := b.under(c.sql, c.where...)
			if c.refused == "" && err != nil || c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)) {
				t.Errorf("the error is %v, want one of %q", err, c.refused)
			}
			fresh, older := b.followed()
			if got := append(fresh, older...); !slices.Equal(got, c.follows) {
				t.Errorf("follows %q, want %q", got, c.follows)
			}
		})
	}
}

// A prepared statement remembers what it reads, and not under which conditions.
func TestNarrowPrepared(t *testing.T) {
	b := openWith(t, deskColumns)
	b.must(desk)
	s, err := b.PrepareContext(t.Context(), "SELECT id FROM tickets WHERE team_id = ?")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, team := range []int{1, 0, 2, 1} {
		b.forget()
		ctx, want := t.Context(), "tickets"
		if team > 0 {
			ctx, want = live.Where(ctx, "tickets", "team_id", team), "tickets?team_id="+string(rune('0'+team))
		}
		rows, err := s.QueryContext(ctx, team)
		if err := drain(rows, err); err != nil {
			t.Fatal(err)
		}
		if got, _ := b.followed(); !slices.Equal(got, []string{want}) {
			t.Errorf("follows %q, want %q", got, want)
		}
	}
}

// A table of the same name in an attached file is another table, unless its own name is said.
func TestNarrowAttached(t *testing.T) {
	stock := open(t)
	stock.must("CREATE TABLE tickets (id INTEGER PRIMARY KEY, team_id)", "INSERT INTO tickets VALUES (1, 8)", "CREATE TABLE parts (id INTEGER PRIMARY KEY, team_id)")
	b := openWith(t, append(deskColumns, sqlite.Columns("stock.tickets", "team_id"), sqlite.Columns("parts", "team_id")))
	b.SetMaxOpenConns(1)
	b.must(desk, "ATTACH '"+stock.path+"' AS stock")
	main, attached := "sqlite:"+b.path+"/tickets", "sqlite:"+stock.path+"/tickets"
	for _, c := range []struct {
		where limits
		want  []string
	}{
		{where("tickets", "team_id", 1), []string{main + "?team_id=1", attached}},
		{where("stock.tickets", "team_id", 8), []string{main, attached + "?team_id=8"}},
	} {
		b.forget()
		if err := b.under("SELECT count(*) FROM tickets t JOIN stock.tickets s ON s.team_id = t.team_id", c.where); err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(slices.Clone(b.read), func(topic string) bool { return !strings.Contains(topic, "/tickets") })
		slices.Sort(c.want)
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("follows %q, want %q", got, c.want)
		}
	}
	b.forget()
	b.must("INSERT INTO stock.tickets VALUES (2, 9)", "INSERT INTO parts VALUES (3, 4)")
	if len(b.changes) != 2 || b.changes[0].Topic != attached || b.changes[0].Table != "stock.tickets" || b.changes[0].New["team_id"] != int64(9) || b.changes[1].New["team_id"] != int64(4) {
		t.Errorf("told %+v", b.changes)
	}
}

// A column that is declared and not there is an error of the queries that read the table. The program may have added it by then.
func TestDeclaredColumnsAreThere(t *testing.T) {
	b := openWith(t, []sqlite.Option{sqlite.Columns("tickets", "team_id", "statsu"), sqlite.Columns("sums", "v"), sqlite.Columns("later", "x")})
	b.must(desk)
	for sql, want := range map[string]string{
		"SELECT id FROM tickets": "tickets.statsu", "SELECT id FROM sums": "sums.v", "SELECT id FROM comments": "", "SELECT 1 FROM comments, tickets": "tickets.statsu",
	} {
		err := b.under(sql)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: the error is %v, want one of %q", sql, err, want)
		}
	}
	b.must("ALTER TABLE tickets ADD COLUMN statsu", "UPDATE tickets SET statsu = 1")
	if err := b.under("SELECT id FROM tickets"); err != nil {
		t.Errorf("the column is there now: %v", err)
	}
}

// A path with the character that begins conditions is no condition.
func TestTopicsWithoutConditions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a?b.db")
	b := openDSN(t, path, "file:"+strings.ReplaceAll(path, "?", "%3f"))
	b.must("CREATE TABLE \"n?m\" (id)")
	for _, topic := range b.topicsOf("SELECT id FROM \"n?m\"") {
		if strings.Contains(topic, "?") {
			t.Errorf("follows %q", topic)
		}
	}
}
