package libraries_test

import (
	"slices"
	"strings"
	"testing"

	sq "github.com/Masterminds/squirrel"

	"github.com/htmxlive/htmxlive/paging"
)

// gorm takes a slice that stands right behind a bracket for a list of its elements. Bytes are one value: in a row value, in
// every step of an order with NULLs, and as keys.
func TestGormTakesBytesForOneValue(t *testing.T) {
	type hash [4]byte
	for _, d := range []database{openPostgres(t), openSQLite(t), openMariaDB(t)} {
		d.exec(t, "DROP TABLE IF EXISTS files")
		d.exec(t, "CREATE TABLE files (hash "+map[paging.Dialect]string{paging.PostgreSQL: "bytea", paging.SQLite: "BLOB", paging.MySQL: "varbinary(4)"}[d.dialect]+" NOT NULL, id INTEGER PRIMARY KEY)")
		for id := range 60 {
			d.exec(t, "INSERT INTO files (hash, id) VALUES (?, ?)", []byte{byte(id * 7 % 20), byte(id % 3), 0, 255}, id)
		}
		type File struct {
			Hash []byte `db:"hash"`
			ID   int64  `db:"id"`
		}
		files := paging.MustNew[File](paging.Config{
			Name: "files", Dialect: d.dialect, Codec: testCodec, Sorts: []paging.Sort{{Name: "hash", Keys: paging.Keys("hash", "id")}},
		})
		fetch := func(key string, o paging.Options) paging.Page[File] {
			t.Helper()
			c, rows := o.Clauses(key), []File(nil)
			if err := d.gorm.WithContext(t.Context()).Where(c.Where, c.Args...).Order(c.OrderBy).Limit(c.Limit).Find(&rows).Error; err != nil {
				t.Fatal(err)
			}
			p, err := files.Page(o, rows)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		o, err := files.Parse(paging.ParseQuery("limit=7"), "")
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for more := true; more && len(got) <= 60; {
			p := fetch("hash", o)
			distinct := map[hash]bool{}
			var bytes, arrays []any
			for _, f := range p.Items {
				got = append(got, f.ID)
				if h := hash(f.Hash); !distinct[h] {
					distinct[h] = true
					bytes, arrays = append(bytes, f.Hash), append(arrays, h)
				}
			}
			for name, keys := range map[string][]any{"[]byte": bytes, "[4]byte": arrays} {
				if n := len(fetch("hash", o.Restrict(keys)).Items); n < len(p.Items) {
					t.Errorf("by keys of %s: %d of %d rows", name, n, len(p.Items))
				}
			}
			o, more = p.Target(paging.Next)
		}
		if want := d.ids(t, "SELECT id FROM files ORDER BY hash, id"); !slices.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	}
}

// A column with a question mark never reaches a query builder; what stands for it works in all of them, and so does an @.
func TestJSONKeyInAColumn(t *testing.T) {
	d := openPostgres(t)
	d.exec(t, "DROP TABLE IF EXISTS docs")
	d.exec(t, `CREATE TABLE docs AS SELECT id, CASE WHEN id % 2 = 0 THEN '{"urgent": 1}' ELSE '{}' END::jsonb AS doc FROM generate_series(1, 20) AS id`)
	if _, err := docsBy("(doc ? 'urgent')"); err == nil || !strings.Contains(err.Error(), "question mark") {
		t.Errorf("a column with a question mark: %v", err)
	}
	want := d.ids(t, "SELECT id FROM docs ORDER BY jsonb_exists(doc, 'urgent') DESC, id")
	for _, expression := range []string{"jsonb_exists(doc, 'urgent')", `(doc @> '{"urgent": 1}')`} {
		list, err := docsBy(expression)
		if err != nil {
			t.Fatal(err)
		}
		for name, find := range map[string]func(c paging.Clauses, ids *[]int64) error{
			"gorm": func(c paging.Clauses, ids *[]int64) error {
				return d.gorm.WithContext(t.Context()).Table("docs").Where(c.Where, c.Args...).Order(c.OrderBy).Limit(c.Limit).Pluck("id", ids).Error
			},
			"bun": func(c paging.Clauses, ids *[]int64) error {
				q := d.bun.NewSelect().Table("docs").Column("id").Where(c.Where, c.Args...)
				return q.OrderExpr(c.OrderBy).Limit(int64(c.Limit)).Scan(t.Context(), ids)
			},
			"squirrel": func(c paging.Clauses, ids *[]int64) error {
				q := sq.Select("id").From("docs").Where(c.Where, c.Args...).OrderBy(c.OrderBy).Limit(uint64(c.Limit))
				stmt, args, err := q.PlaceholderFormat(sq.Dollar).ToSql()
				*ids = d.ids(t, stmt, args...)
				return err
			},
		} {
			if got := walkDocs(t, list, find); !slices.Equal(got, want) {
				t.Errorf("%s by %s:\ngot  %v\nwant %v", name, expression, got, want)
			}
		}
	}
}

// docsBy lists documents by an expression that is true for every second one.
func docsBy(expression string) (*paging.List[int64], error) {
	return paging.New(paging.Config{
		Name: "docs", Dialect: paging.PostgreSQL, Codec: testCodec, Limit: 7,
		Sorts: []paging.Sort{{Name: "urgent", Keys: paging.Keys("-"+expression, "id")}},
	},
		paging.Column[int64]{Name: expression, Value: func(id int64) any { return id%2 == 0 }},
		paging.Column[int64]{Name: "id", Value: func(id int64) any { return id }})
}

func walkDocs(t *testing.T, list *paging.List[int64], find func(c paging.Clauses, ids *[]int64) error) (got []int64) {
	t.Helper()
	o, err := list.Parse(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	for more := true; more && len(got) <= 20; {
		var ids []int64
		if err := find(o.Clauses("id"), &ids); err != nil {
			t.Fatal(err)
		}
		p, err := list.Page(o, ids)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.Items...)
		o, more = p.Target(paging.Next)
	}
	return got
}
