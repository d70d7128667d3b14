package paging_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/paging"
)

// Ten rows by three, from the end: 9 8 7, 6 5 4, 3 2 1, and then row 0 alone, which is not page 1.
func TestTheRowsLeftOverAtTheBeginning(t *testing.T) {
	for _, mode := range []paging.Mode{paging.Keyset, paging.Either} {
		c := inOrder(mode)
		p := load(t, c, 10, "limit=3&before=end")
		for p.HasPrev() {
			p = load(t, c, 10, queryOf(t, p.Links().Prev))
		}
		l := p.Links()
		if !slices.Equal(ids(p.Items), []int64{0}) || l.Number != 0 || p.OnPage(1) || l.First == nil || l.First.URL != "/t?limit=3" || l.First.Number != 1 {
			t.Errorf("left over: %v, number %d, first %+v", ids(p.Items), l.Number, l.First)
		}
		if l.Next == nil || l.Next.Number != 0 || len(l.Numbers) > 0 {
			t.Errorf("its next page has a number: %+v of %v", l.Next, l.Numbers)
		}
		if whole := load(t, c, 3, "limit=3&before=end"); whole.Number() != 1 || whole.Links().First != nil {
			t.Errorf("a list of one page, from its end: number %d, first %+v", whole.Number(), whole.Links().First)
		}
		full := load(t, c, 9, "limit=3&before=end")
		for full.HasPrev() {
			full = load(t, c, 9, queryOf(t, full.Links().Prev))
		}
		if full.Number() != 1 {
			t.Errorf("the first three rows, from the end, are page %d", full.Number())
		}
	}
}

func TestACursorOfAnotherList(t *testing.T) {
	tickets, people := inOrder(paging.Keyset), inOrder(paging.Keyset)
	tickets.Name, people.Name = "tickets", "people"
	next := queryOf(t, load(t, tickets, 30, "").Links().Next)
	q := paging.ParseQuery(next)
	if _, err := tickets.Parse(q, "team:3"); err != nil {
		t.Fatal(err)
	}
	_, err := people.Parse(q, "team:3")
	if bad, ok := errors.AsType[*paging.Error](err); !ok || !errors.Is(err, paging.ErrOutdated) || bad.StatusCode() != 400 {
		t.Errorf("another list opens the cursor: %v", err)
	}
}

// Where an offset may not go the list says that it goes on, and leads on by keyset where it can.
func TestDeeperThanMaxOffset(t *testing.T) {
	c := inOrder(paging.Offset)
	c.MaxOffset = 20
	if l := load(t, c, 100, "offset=20").Links(); l.Next != nil || !l.TooDeep {
		t.Errorf("at the greatest depth: next %+v, too deep %t", l.Next, l.TooDeep)
	}
	for query, n := range map[string]int{"offset=10": 100, "offset=20": 30} {
		if l := load(t, c, n, query).Links(); l.TooDeep {
			t.Errorf("%s of %d rows is too deep", query, n)
		}
	}
	c = inOrder(paging.Either)
	c.MaxOffset = 20
	l := load(t, c, 100, "offset=20").Links()
	if l.Next == nil || l.TooDeep || !strings.HasPrefix(l.Next.URL, "/t?after=") {
		t.Fatalf("no way on: %+v", l.Next)
	}
	if got := ids(load(t, c, 100, queryOf(t, l.Next)).Items); got[0] != 30 || len(got) != 10 {
		t.Errorf("the way on leads to %v, want 30 to 39", got)
	}
	if l := load(t, c, 100, "offset=10").Links(); l.Next.URL != "/t?offset=20" {
		t.Errorf("where there are numbers the next page is %s", l.Next.URL)
	}
	// The last page is found from the end, where no number leads to it or none is known.
	for query, want := range map[string]string{"offset=20": "before=end", "offset=10": "before=end", "offset=10&count=true": "before=end&count=true"} {
		l := load(t, c, 100, query).Links()
		if got := ids(load(t, c, 100, queryOf(t, l.Last)).Items); l.Last.URL != "/t?"+want || got[9] != 99 {
			t.Errorf("%s: the last page is %s, with the rows %v", query, l.Last.URL, got)
		}
	}
	if l := load(t, c, 25, "offset=10&count=true").Links(); l.Last == nil || l.Last.URL != "/t?count=true&offset=20" {
		t.Errorf("where a number leads to the last page it is %+v", l.Last)
	}
}

// Two keys that differ are two IDs, whatever methods their types have.
func TestIDsOfKeysThatAreStructs(t *testing.T) {
	type stamped struct {
		time.Time

		ID int64
	}
	type pointed struct{ ID *int64 }
	o := mustParse(t, inOrder(paging.Keyset), "")
	at := time.Unix(1, 0)
	seen := map[string]string{}
	for _, k := range []any{
		stamped{at, 1},
		stamped{at, 2},
		stamped{at.Add(1), 1},
		pointed{new(int64(1))},
		pointed{new(int64(2))},
		pointed{},
		[2]string{"a,", "b"},
		[2]string{"a", ",b"},
		[1]any{int64(1)},
		[1]any{"1"},
		quiet{1},
		quiet{2},
	} {
		id, what := o.Restrict([]any{k}).ID(), fmt.Sprintf("%T", k)
		if other, twice := seen[id]; twice {
			t.Errorf("a %s has the ID of a %s", what, other)
		}
		seen[id] = what
	}
	one, other := o.Restrict([]any{pointed{new(int64(1))}}), o.Restrict([]any{pointed{new(int64(1))}})
	if one.ID() != other.ID() {
		t.Error("equal keys have two IDs")
	}
}

// quiet says nothing of what it holds.
type quiet struct{ n int }

func (quiet) GoString() string { return "quiet" }

// Whatever a page is made of, its columns are called the same.
func TestSQLiteNamesColumnsAlikeOnEveryPage(t *testing.T) {
	e := sqliteEngine(t)
	e.insert(t, row{ID: 1, Blob: []byte{}}, row{ID: 2, Blob: []byte{}}, row{ID: 3, Blob: []byte{}})
	c := paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{key("r.few"), key("r.id")}}}, Limit: 1, Codec: testCodec})
	first := mustParse(t, c, "")
	next, _ := newPage(t, first, []row{{ID: 1}, {ID: 2}}, func(r row, column string) any {
		return map[string]any{"r.few": r.Few, "r.id": r.ID}[column]
	}).Target(paging.Next)
	var names []string
	for _, o := range []paging.Options{first, next, first.Restrict([]any{1})} {
		stmt, args := o.SQL(paging.SQLite, paging.Query{Select: "r.id, s.id", From: "entries r JOIN entries s ON r.id = s.id", Key: "r.id"})
		got := columnNames(t, e.db, stmt, args)
		if names == nil {
			names = got
		}
		if !slices.Equal(got, names) {
			t.Errorf("columns %q, on the first page %q", got, names)
		}
	}
}

func columnNames(t *testing.T, db *sql.DB, stmt string, args []any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), stmt, args...)
	if err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err := errors.Join(err, rows.Err()); err != nil {
		t.Fatal(err)
	}
	return names
}

// An order that SQLite would sort for every page is a choice of the program, not an accident.
func TestOrdersWithoutAnIndex(t *testing.T) {
	for _, test := range []struct {
		due   paging.Key
		want  string
		allow bool
	}{
		{paging.Key{Column: "due", Desc: true, Nulls: paging.NullsFirst}, "NULLS LAST", false},
		{paging.Key{Column: "due", Nulls: paging.NullsLast}, "Its own order has NULLS FIRST there", false},
		{paging.Key{Column: "due", Nulls: paging.NullsLast}, "", true},
		{paging.Key{Column: "due", Nulls: paging.NullsFirst}, "", false},
		{paging.Key{Column: "due", Desc: true, Nulls: paging.NullsLast}, "", false},
	} {
		c := paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{key("few"), test.due, key("id")}}}, Codec: testCodec, AllowSort: test.allow}
		if _, err := c.Parse(nil, ""); err != nil {
			t.Errorf("PostgreSQL has an index for all: %v", err)
		}
		c.Dialect = paging.SQLite
		_, err := c.Parse(nil, "")
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v allowed %t: %v, want %q", test.due, test.allow, err, test.want)
		}
		c.Dialect = 0
		stmt, _ := mustParse(t, c, "").SQL(paging.SQLite, paging.Query{Select: "id", From: "t"})
		if refused := strings.Contains(stmt, "this_sort_needs_Config_AllowSort"); refused != (test.want != "") {
			t.Errorf("%+v allowed %t: refused %t: %s", test.due, test.allow, refused, stmt)
		}
	}
	if _, err := (paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{key("doc ? 'a'"), key("id")}}}, Codec: testCodec}).Parse(nil, ""); err == nil || !strings.Contains(err.Error(), "jsonb_exists") {
		t.Errorf("a question mark in a column: %v", err)
	}
}
