package libraries_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/paging/libraries/tasksdb"
)

// Task is a row of the lists that the manual shows.
type Task struct {
	ID     int64      `db:"id"`
	Status string     `db:"status"`
	Due    *time.Time `db:"due"    nulls:"last"`
}

// Sixty tasks that tie, a third of them without a due date, and how they are listed.
const (
	moreTasks = `INSERT INTO tasks SELECT id, CASE WHEN id % 2 = 0 THEN 'open' ELSE 'closed' END,
		CASE WHEN id % 3 > 0 THEN timestamp '2026-01-01' + id / 4 * interval '1 microsecond' END FROM generate_series(1, 60) AS id`
	tasksInOrder = "SELECT id FROM tasks ORDER BY status, due DESC NULLS LAST, id DESC"
)

func tasksDatabase(t *testing.T) database {
	t.Helper()
	schema, err := os.ReadFile("tasksdb/schema.sql") // as sqlc reads it
	if err != nil {
		t.Fatal(err)
	}
	d := openPostgres(t)
	d.exec(t, "DROP TABLE IF EXISTS tasks")
	d.exec(t, string(schema))
	d.exec(t, moreTasks)
	return d
}

func TestListWithGorm(t *testing.T) {
	d := tasksDatabase(t)
	walkTasks(t, d, gormTasks, func(o paging.Options) (paging.Page[Task], error) { return listWithGorm(t.Context(), d.gorm, o) }, taskID)
}

func TestListWithBun(t *testing.T) {
	d := tasksDatabase(t)
	walkTasks(t, d, bunTasks, func(o paging.Options) (paging.Page[Task], error) { return listWithBun(t.Context(), d.bun, o) }, taskID)
}

func TestListWithSquirrel(t *testing.T) {
	d := tasksDatabase(t)
	walkTasks(t, d, squirrelTasks, func(o paging.Options) (paging.Page[Task], error) { return listWithSquirrel(t.Context(), d.sql, o) }, taskID)
}

func TestListWithSqlc(t *testing.T) {
	d, conn := tasksDatabase(t), openPgx(t, pgx.QueryExecModeCacheStatement)
	walkTasks(t, d, sqlcTasks, func(o paging.Options) (paging.Page[tasksdb.Task], error) { return listWithSqlc(t.Context(), conn, o) },
		func(task tasksdb.Task) int64 { return task.ID })
}

func taskID(task Task) int64 { return task.ID }

// walkTasks walks a list to its end and back, and looks for the rows of each page by their keys.
func walkTasks[T any](t *testing.T, d database, l *paging.List[T], fetch func(paging.Options) (paging.Page[T], error), id func(T) int64) {
	t.Helper()
	want := d.ids(t, tasksInOrder)
	for query, way := range map[string]paging.Direction{"limit=7": paging.Next, "limit=7&before=end": paging.Prev} {
		o, err := l.Parse(paging.ParseQuery(query), "")
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for more := true; more && len(got) <= len(want); {
			p, err := fetch(o)
			if err != nil {
				t.Fatal(err)
			}
			var ids []int64
			var keys []any
			for _, row := range p.Items {
				ids, keys = append(ids, id(row)), append(keys, id(row))
			}
			again, err := fetch(o.Restrict(keys))
			if err != nil || len(again.Items) != len(ids) {
				t.Fatalf("found %d of %d rows by their keys (%v)", len(again.Items), len(ids), err)
			}
			if way == paging.Prev {
				slices.Reverse(ids)
			}
			got = append(got, ids...)
			o, more = p.Target(way)
		}
		if way == paging.Prev {
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) || len(want) != 60 {
			t.Errorf("%s:\ngot  %v\nwant %v", query, got, want)
		}
	}
}

// What gorm-cursor-paginator does with the same list: forward and back, as its own documentation shows it.
func TestListWithPaginator(t *testing.T) {
	d := tasksDatabase(t)
	var got []int64
	var after, before *string
	for range 9 {
		tasks, cursor, err := listWithPaginator(t.Context(), d.gorm, after, nil, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			got = append(got, task.ID)
		}
		after, before = cursor.After, cursor.Before
	}
	if want := d.ids(t, tasksInOrder); !slices.Equal(got, want) || after != nil || before == nil {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	back, _, err := listWithPaginator(t.Context(), d.gorm, nil, before, 7)
	if want := got[49:56]; err != nil || len(back) != 7 || back[0].ID != want[0] {
		t.Errorf("back: %v (%v), want %v", back, err, want)
	}
}
