package paging_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/paging"
)

// Rows as programs have them: the key is in the row, in what it embeds, or behind a pointer that it embeds.
type (
	plainRow struct {
		ID int64 `db:"id"`
	}
	Keyed struct {
		ID int64 `db:"id"`
	}
	keyed struct {
		ID int64 `db:"id"`
	}
	embeddingRow struct {
		keyed

		Status string `db:"status"`
	}
	pointingRow struct {
		*Keyed

		Status string `db:"status"`
	}
	hidingRow struct { // Go's ID is the text, and the column is the embedded one
		Keyed

		ID string
	}
	overridingRow struct {
		Keyed

		ID int64 `db:"id"`
	}
	optionRow struct {
		ID int64 `db:"id,omitempty"`
	}
	genericRow[K any] struct {
		ID K `db:"id"`
	}
	recursiveRow struct {
		*recursiveRow

		ID int64 `db:"id"`
	}
	datedRow struct {
		sql.NullString `db:"status" nulls:"last"`

		ID int64 `db:"id"`
	}
)

// rowConfig sorts by id on SQLite, three rows a page.
func rowConfig(keys ...string) paging.Config {
	return paging.Config{
		Name: "rows", Dialect: paging.SQLite, Limit: 3, Codec: testCodec, Sorts: []paging.Sort{{Name: "it", Keys: paging.Keys(keys...)}},
	}
}

func TestAListOfAnyRow(t *testing.T) {
	db := openDB(t, "sqlite", ":memory:")
	mustExec(t, db, "CREATE TABLE t AS SELECT column1 AS id, 'x' AS status FROM (VALUES (1), (2), (3), (4), (5), (6), (7))")
	t.Run("a pointer", func(t *testing.T) { walkRows(t, db, func(r *plainRow) int64 { return r.ID }) })
	t.Run("an embedded struct", func(t *testing.T) { walkRows(t, db, func(r embeddingRow) int64 { return r.ID }) })
	t.Run("a pointer to an embedded struct", func(t *testing.T) { walkRows(t, db, func(r *embeddingRow) int64 { return r.ID }) })
	t.Run("an embedded pointer", func(t *testing.T) { walkRows(t, db, func(r pointingRow) int64 { return r.ID }) })
	t.Run("a hidden field", func(t *testing.T) { walkRows(t, db, func(r hidingRow) int64 { return r.Keyed.ID }) })
	t.Run("an overridden field", func(t *testing.T) { walkRows(t, db, func(r overridingRow) int64 { return r.ID }) })
	t.Run("options in the tag", func(t *testing.T) { walkRows(t, db, func(r optionRow) int64 { return r.ID }) })
	t.Run("a generic struct", func(t *testing.T) { walkRows(t, db, func(r genericRow[int64]) int64 { return r.ID }) })
	t.Run("an interface", func(t *testing.T) {
		walkRows(t, db, func(r genericRow[any]) int64 { n, _ := r.ID.(int64); return n })
	})
	t.Run("a struct that embeds itself", func(t *testing.T) {
		walkRows(t, db, func(r recursiveRow) int64 {
			if r.recursiveRow != nil {
				return 0
			}
			return r.ID
		})
	})
	t.Run("an embedded value", func(t *testing.T) { walkRows(t, db, func(r datedRow) int64 { return r.ID }) })
}

// walkRows walks the table to its end, finds the rows of each page again, and does the same in memory.
func walkRows[T any](t *testing.T, db *sql.DB, id func(T) int64) {
	t.Helper()
	l, err := paging.New[T](rowConfig("id"))
	if err != nil {
		t.Fatal(err)
	}
	var all []T
	fetch := func(o paging.Options) (paging.Page[T], error) {
		stmt, args := l.SQL(o, paging.Query{From: "t", Key: "id"})
		return l.Scan(o, rowsOf(t, db, stmt, args))
	}
	inMemory := func(o paging.Options) (paging.Page[T], error) {
		return l.Slice(o, all, func(row T) any { return id(row) })
	}
	for _, read := range []func(paging.Options) (paging.Page[T], error){fetch, inMemory} {
		var got []int64
		o, err := l.Parse(nil, "")
		for more := err == nil; more && len(got) < 9; {
			p, err := read(o)
			if err != nil {
				t.Fatal(err)
			}
			var keys []any
			for _, row := range p.Items {
				got, keys = append(got, id(row)), append(keys, id(row))
			}
			if again, err := read(o.Restrict(keys)); err != nil || len(again.Items) != len(keys) {
				t.Errorf("found %d of %d rows by their keys (%v)", len(again.Items), len(keys), err)
			}
			if len(all) < len(got) {
				all = append(all, p.Items...)
			}
			o, more = p.Target(paging.Next)
		}
		if want := []int64{1, 2, 3, 4, 5, 6, 7}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

// rowsOf is what a statement finds.
func rowsOf(t *testing.T, db *sql.DB, stmt string, args []any) paging.Rows {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), stmt, args...)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Two embedded structs of which Go hides the IDs from one another have two columns.
func TestColumnsThatGoCallsAmbiguous(t *testing.T) {
	type Team struct {
		ID int64 `db:"team_id"`
	}
	type row struct {
		Keyed
		Team
	}
	l := paging.MustNew[row](rowConfig("-team_id", "id"))
	o, err := l.Parse(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Page(o, []row{{Keyed{1}, Team{7}}, {Keyed{2}, Team{7}}, {Keyed{1}, Team{5}}, {}})
	next, _ := p.Target(paging.Next)
	if values, _ := next.Cursor(); err != nil || fmt.Sprint(values) != "[5 1]" {
		t.Errorf("the next page is after %v (%v)", values, err)
	}
	if stmt, _ := l.SQL(o, paging.Query{From: "t"}); !strings.Contains(stmt, "SELECT id, team_id FROM t") {
		t.Errorf("the columns: %s", stmt)
	}
}

func TestANilRowIsAnError(t *testing.T) {
	pointers := paging.MustNew[*plainRow](rowConfig("id"))
	values := paging.MustNew(rowConfig("id"), paging.Column[fmt.Stringer]{Name: "id", Value: func(s fmt.Stringer) any { return s.String() }})
	o, err := pointers.Parse(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range map[string]func() error{
		"a page":            func() error { _, err := pointers.Page(o, []*plainRow{{1}, nil}); return err },
		"a restricted page": func() error { _, err := pointers.Page(o.Restrict([]any{1}), []*plainRow{nil}); return err },
		"a slice":           func() error { _, err := pointers.Slice(o, []*plainRow{nil, {1}}, nil); return err },
		"interfaces":        func() error { _, err := values.Page(o, []fmt.Stringer{time.Second, nil}); return err },
	} {
		if err := page(); err == nil || !strings.Contains(err.Error(), "a row is nil") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p, err := pointers.Page(o, []*plainRow{{1}, {2}}); err != nil || len(p.Items) != 2 {
		t.Errorf("rows without a nil: %v", err)
	}
}

// A row without columns is for lists that say what to select, and read it themselves.
func TestARowWithoutColumns(t *testing.T) {
	db := openDB(t, "sqlite", ":memory:")
	mustExec(t, db, "CREATE TABLE t AS SELECT 1 AS id")
	l := paging.MustNew(rowConfig("id"), paging.Column[int64]{Name: "id", Value: func(id int64) any { return id }})
	o, err := l.Parse(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	stmt, args := l.SQL(o, paging.Query{From: "t"})
	if _, err := db.ExecContext(t.Context(), stmt, args...); err == nil || !strings.Contains(err.Error(), "Query_Select_is_empty") {
		t.Errorf("without a Select: %v", err)
	}
	stmt, args = l.SQL(o, paging.Query{Select: "id", From: "t"})
	if _, err := l.Scan(o, rowsOf(t, db, stmt, args)); err == nil || !strings.Contains(err.Error(), "int64 has none: read the rows and give them to Page") {
		t.Errorf("Scan: %v", err)
	}
}

// What is wrong with a row is a sentence of New.
func TestNewSaysWhatIsWrongWithARow(t *testing.T) {
	type (
		pointing struct{ *keyed }
		two      struct {
			Keyed
			keyed
		}
		empty struct {
			ID int64 `db:""`
		}
		spaced struct {
			ID int64 `db:" id"`
		}
		dash struct {
			ID int64 `db:"-"`
		}
		upper struct {
			ID int64 `db:"ID"`
		}
		json struct {
			ID int64 `json:"id"`
		}
		gorm struct {
			TeamID int64 `gorm:"column:team_id"`
		}
		unexported struct {
			id int64 `db:"id"`
		}
		prefixed struct {
			Keyed `db:"a"`
		}
	)
	_ = unexported{1}.id
	column := func(name string) paging.Column[plainRow] {
		return paging.Column[plainRow]{Name: name, Value: func(r plainRow) any { return r.ID }}
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{errOf(paging.New[pointing](rowConfig("id"))), "embeds *paging_test.keyed, a pointer that nothing can fill"},
		{errOf(paging.New[two](rowConfig("id"))), "two fields of the column id"},
		{errOf(paging.New[empty](rowConfig("id"))), "has the field ID with the tag db:\"\": want the name of a column"},
		{errOf(paging.New[spaced](rowConfig("id"))), "has the field ID with the tag db:\" id\": want the name of a column"},
		{errOf(paging.New[dash](rowConfig("id"))), "its field ID has the tag db:\"-\""},
		{errOf(paging.New[upper](rowConfig("t.id"))), "its field ID has the tag db:\"ID\""},
		{errOf(paging.New[json](rowConfig("id"))), "`db:\"id\"`, nor does New get such a Column: give its field ID that tag"},
		{errOf(paging.New[gorm](rowConfig("t.team_id"))), "give its field TeamID that tag"},
		{errOf(paging.New[unexported](rowConfig("id"))), "its field id has that tag, and must be exported"},
		{errOf(paging.New[prefixed](rowConfig("id"))), "embeds paging_test.Keyed with the tag db:\"a\""},
		{errOf(paging.New[**plainRow](rowConfig("id"))), "is neither a struct nor a pointer to one"},
		{errOf(paging.New[genericRow[[]int]](rowConfig("id"))), "cannot be in a cursor"},
		{errOf(paging.New(rowConfig("id"), column("idd"))), "the Column \"idd\", which is no key of a sort: the keys are \"id\""},
		{errOf(paging.New(rowConfig("t.id"), column("id"))), "the Column \"id\", which is no key of a sort: the keys are \"t.id\""},
		{errOf(paging.New(rowConfig("id"), column("id"), column("id"))), "two Columns of the name \"id\""},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%v, want %q", test.err, test.want)
		}
	}
}
