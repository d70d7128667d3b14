package paging_test

import (
	"context"
	"database/sql"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/paging"
)

// tasks are sixty rows that tie, a third of them without a due date; taskOrder is how they are listed.
const (
	tasks = `CREATE TABLE tasks AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 60)
		SELECT id, CASE WHEN id % 2 = 0 THEN 'open' ELSE 'closed' END AS status, `
	taskOrder = "SELECT id FROM tasks ORDER BY status, due DESC NULLS LAST, id DESC"
)

func TestListWithPgx(t *testing.T) {
	db, err := pgx.Connect(t.Context(), pgtest.Start(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.Background()) }()
	if _, err := db.Exec(t.Context(), tasks+"CASE WHEN id % 3 > 0 THEN timestamp '2026-01-01' + id / 4 * interval '1 microsecond' END AS due FROM n"); err != nil {
		t.Fatal(err)
	}
	rows, _ := db.Query(t.Context(), taskOrder)
	want, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		t.Fatal(err)
	}
	walkTasks(t, pgxTasks, want, func(o paging.Options) (paging.Page[Task], error) { return listWithPgx(t.Context(), db, o) })
}

func TestListWithDatabaseSQL(t *testing.T) {
	db := openDB(t, "sqlite", ":memory:")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT NOT NULL, due TIMESTAMP)")
	mustExec(t, db, "INSERT INTO tasks"+tasks[strings.Index(tasks, " WITH"):]+"CASE WHEN id % 3 > 0 THEN datetime('2026-01-01', (id / 4) || ' seconds') END FROM n")
	var want []int64
	for _, id := range query(t, db, taskOrder) {
		want = append(want, idOf(id))
	}
	walkTasks(t, sqlTasks, want, func(o paging.Options) (paging.Page[Task], error) { return listWithSQL(t.Context(), db, o) })
}

func idOf(s string) int64 {
	n := int64(0)
	for _, digit := range s {
		n = n*10 + int64(digit-'0')
	}
	return n
}

// walkTasks walks a list to its end and back.
func walkTasks(t *testing.T, l *paging.List[Task], want []int64, fetch func(paging.Options) (paging.Page[Task], error)) {
	t.Helper()
	for _, direction := range []paging.Direction{paging.Next, paging.Prev} {
		query := map[paging.Direction]string{paging.Next: "limit=7", paging.Prev: "limit=7&before=end"}[direction]
		o, err := l.Parse(paging.ParseQuery(query), "")
		var got []int64
		for more := err == nil; more && len(got) <= len(want); {
			o, more = nextOf(t, o, direction, &got, fetch)
		}
		if direction == paging.Prev {
			slices.Reverse(got)
		}
		if err != nil || !slices.Equal(got, want) || len(want) != 60 {
			t.Errorf("direction %d (%v):\ngot  %v\nwant %v", direction, err, got, want)
		}
	}
}

func nextOf(t *testing.T, o paging.Options, direction paging.Direction, got *[]int64, fetch func(paging.Options) (paging.Page[Task], error)) (paging.Options, bool) {
	t.Helper()
	p, err := fetch(o)
	if err != nil {
		t.Fatal(err)
	}
	items := slices.Clone(p.Items)
	if direction == paging.Prev {
		slices.Reverse(items)
	}
	for _, task := range items {
		*got = append(*got, task.ID)
	}
	return p.Target(direction)
}

// A list is short: what the manual says about lines is counted from the code that the tests above run.
func TestLinesOfAList(t *testing.T) {
	manual, err := os.ReadFile("../docs/paging.md")
	if err != nil {
		t.Fatal(err)
	}
	for file, most := range map[string]int{"list_pgx_test.go": 15, "list_sql_test.go": 18} {
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for _, d := range parsed.Decls {
			if g, ok := d.(*ast.GenDecl); ok && lines == 0 && (g.Tok == token.IMPORT || g.Tok == token.TYPE) {
				continue // imports, and the type that a program has anyway
			}
			lines += set.Position(d.End()).Line - set.Position(d.Pos()).Line + 1
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if code := text[strings.Index(string(text), "\nvar ")+1:]; !strings.Contains(string(manual), string(code)) {
			t.Errorf("docs/paging.md does not show %s as it is", file)
		}
		if lines > most || lines < 5 {
			t.Errorf("%s has %d lines, at most %d are promised", file, lines, most)
		}
		t.Logf("%s: %d lines", file, lines)
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	type pointer struct {
		ID  int64  `db:"id"`
		Due *int64 `db:"due"`
	}
	type twice struct {
		ID int64 `db:"id"`
		No int64 `db:"id"`
	}
	type placed struct {
		ID int64 `db:"id" nulls:"middle"`
	}
	sorted := func(keys ...string) paging.Config {
		return paging.Config{Name: "rows", Dialect: paging.PostgreSQL, Codec: testCodec, Sorts: []paging.Sort{{Name: "it", Keys: paging.Keys(keys...)}}}
	}
	unnamed := sorted("id")
	unnamed.Name = ""
	type null struct {
		ID  int64               `db:"id"`
		Due sql.Null[time.Time] `db:"due"`
	}
	for want, err := range map[string]error{
		"a sql.Null[time.Time]: say where": errOf(paging.New[null](sorted("due", "id"))),
		"can be NULL":                      errOf(paging.New[pointer](sorted("due", "id"))),
		"no field":                         errOf(paging.New[pointer](sorted("title", "id"))),
		"two fields":                       errOf(paging.New[twice](sorted("id"))),
		"first or last":                    errOf(paging.New[placed](sorted("id"))),
		"int no field":                     errOf(paging.New[int](sorted("id"))),
		"Name is empty":                    errOf(paging.New[Task](unnamed)),
		"Dialect":                          errOf(paging.New[Task](paging.Config{Name: "rows", Codec: testCodec, Sorts: sorted("id").Sorts})),
		"Codec is nil":                     errOf(paging.New[Task](paging.Config{Name: "rows", Dialect: paging.PostgreSQL, Sorts: sorted("id").Sorts})),
		"must be unique":                   errOf(paging.New[Task](sorted("id", "due"))),
		"Its own order has":                errOf(paging.New[Task](paging.Config{Name: "rows", Dialect: paging.SQLite, Codec: testCodec, Sorts: sorted("status", "due", "id").Sorts})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := paging.New[Task](sorted("t.status", "-t.due", "t.id")); err != nil {
		t.Errorf("columns with the name of their table: %v", err)
	}
}

func errOf[T any](_ *paging.List[T], err error) error { return err }
