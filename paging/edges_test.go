package paging_test

import (
	"database/sql"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/paging"
)

// event is a row of a table that SQLite fills with times in text.
type event struct {
	ID int64
	At time.Time
}

func eventColumn(e event, column string) any {
	if column == "at_" {
		return e.At
	}
	return e.ID
}

// walkEvents walks a table from page to page and gives the ids in the order they were shown.
func walkEvents(t *testing.T, db *sql.DB, c paging.Config) ([]int64, error) {
	t.Helper()
	var got []int64
	for o, more := mustParse(t, c, ""), true; more && len(got) < 100; {
		stmt, args := o.SQL(paging.SQLite, paging.Query{Select: "id, at_", From: "events", Key: "id"})
		events, err := scanEvents(t, db, stmt, args)
		if err != nil {
			return got, err
		}
		p, err := paging.NewPage(o, events, eventColumn, paging.Unknown())
		if err != nil {
			return got, err
		}
		for _, e := range p.Items {
			got = append(got, e.ID)
		}
		o, more = p.Target(paging.Next)
	}
	return got, nil
}

func scanEvents(t *testing.T, db *sql.DB, stmt string, args []any) ([]event, error) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), stmt, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var events []event
	for rows.Next() {
		var e event
		if err := rows.Scan(&e.ID, &e.At); err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

// SQLite compares times as the text they are stored in, and every writer has its own.
func TestSQLiteTimesInText(t *testing.T) {
	for name, test := range map[string]struct {
		insert string
		layout string
		fails  string
	}{
		"by CURRENT_TIMESTAMP":         {"datetime('2026-01-01', (id / 2) || ' seconds')", paging.LayoutSQLite, ""},
		"by mattn":                     {"strftime('%Y-%m-%d %H:%M:%f', '2026-01-01', (id / 2 + 0.25) || ' seconds') || '+02:00'", "2006-01-02 15:04:05.000-07:00", ""},
		"as JSON has it":               {"strftime('%Y-%m-%dT%H:%M:%SZ', '2026-01-01', (id / 2) || ' seconds')", time.RFC3339, ""},
		"by modernc":                   {"datetime('2026-01-01', (id / 2) || ' seconds') || ' +0000 UTC'", paging.LayoutModernc, ""},
		"by modernc, with a fraction":  {"datetime('2026-01-01', (id / 2) || ' seconds') || '.25 +0000 UTC'", paging.LayoutModernc, ""},
		"a layout that is not its own": {"datetime('2026-01-01', (id / 2) || ' seconds')", paging.LayoutModernc, "in another form"},
		"zeros that a layout leaves":   {"datetime('2026-01-01', (id / 2) || ' seconds') || '.50 +0000 UTC'", paging.LayoutModernc, "in another form"},
		"another writer's row":         {"datetime('2026-01-01', (id / 2) || ' seconds') || CASE id WHEN 5 THEN '.5' ELSE '' END", paging.LayoutSQLite, "in another form"},
		"no layout":                    {"datetime('2026-01-01', (id / 2) || ' seconds')", "", "Key.Layout"},
	} {
		t.Run(name, func(t *testing.T) {
			db := openDB(t, "sqlite", ":memory:")
			db.SetMaxOpenConns(1)
			mustExec(t, db, "CREATE TABLE events (id INTEGER PRIMARY KEY, at_ TIMESTAMP DEFAULT CURRENT_TIMESTAMP)")
			mustExec(t, db, "INSERT INTO events WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 6) SELECT id, "+test.insert+" FROM n")
			for _, descending := range []bool{false, true} {
				want := []int64{1, 2, 3, 4, 5, 6}
				if descending {
					slices.Reverse(want)
				}
				at := paging.Key{Column: "at_", Desc: descending, Layout: test.layout}
				c := paging.MustConfig(paging.Config{
					Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{at, {Column: "id", Desc: descending}}}}, Limit: 2, Codec: testCodec, Dialect: paging.SQLite,
				})
				got, err := walkEvents(t, db, c)
				if test.fails == "" && (err != nil || !slices.Equal(got, want)) || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
					t.Errorf("descending %t: %v (%v), want %v %s", descending, got, err, want, test.fails)
				}
			}
			// Without Config.Dialect nothing shows on the first page, and the second is refused.
			late := paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{{Column: "at_"}, {Column: "id"}}}}, Limit: 2, Codec: testCodec})
			if got, err := walkEvents(t, db, late); err == nil || !strings.Contains(err.Error(), "a_time_needs_Key_Layout_on_SQLite") {
				t.Errorf("%v (%v), want a refusal", got, err)
			}
		})
	}
}

// What a database does not understand is refused with the first page, not with the second.
func TestTypesThatADatabaseTakesOtherwise(t *testing.T) {
	c := paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{key("v"), key("id")}}}, Codec: testCodec})
	for _, v := range []any{time.Second, new(time.Second), net.ParseIP("10.0.0.1"), net.HardwareAddr{1, 2, 3, 4, 5, 6}} {
		_, err := paging.NewPage(mustParse(t, c, ""), []int{1}, func(id int, column string) any {
			return map[string]any{"v": v, "id": id}[column]
		}, paging.Unknown())
		if err == nil || !strings.Contains(err.Error(), "sort key v") {
			t.Errorf("%T: %v", v, err)
		}
	}
}

// Keys of a fixed number of bytes are bytes: database/sql takes no arrays.
func TestRestrictByBytes(t *testing.T) {
	db := openDB(t, "sqlite", ":memory:")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "CREATE TABLE t (id BLOB PRIMARY KEY)")
	id := [16]byte{0, 1, 2, 255}
	mustExec(t, db, "INSERT INTO t VALUES (x'000102ff000000000000000000000000')")
	for _, k := range []any{id, id[:], [1][16]byte{id}} {
		o := mustParse(t, paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{key("id")}}}, Codec: testCodec}), "")
		stmt, args := o.Restrict([]any{k}).SQL(paging.SQLite, paging.Query{Select: "count(*)", From: "t", Key: "id"})
		var n int
		if err := db.QueryRowContext(t.Context(), stmt, args...).Scan(&n); err != nil || n != 1 {
			t.Errorf("%T finds %d rows (%v), want 1", k, n, err)
		}
	}
}

// Mistakes of a program that lose rows, of which the rows of a page are the proof.
func TestRowsThatProveAMistake(t *testing.T) {
	c := paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{key("few"), key("id")}}}, Limit: 3, Codec: testCodec})
	all := valueOf(columns(strings.Compare))
	forgot := func(r row, _ string) any { return r.ID }
	null := func(r row, column string) any {
		if column == "few" && r.ID == 2 {
			return nil
		}
		return all(r, column)
	}
	good := []row{{ID: 3, Few: 1}, {ID: 2, Few: 2}, {ID: 5, Few: 2}, {ID: 4, Few: 3}}
	next, ok := newPage(t, mustParse(t, c, ""), good, all).Target(paging.Next)
	if !ok {
		t.Fatal("no next page")
	}
	prev, _ := newPage(t, next, good[3:], all).Target(paging.Prev)
	for name, test := range map[string]struct {
		o     paging.Options
		rows  []row
		value func(row, string) any
		want  string
	}{
		"a forgotten column":      {mustParse(t, c, ""), good, forgot, "not in the order of the sort"},
		"a JOIN that fans out":    {mustParse(t, c, ""), []row{good[0], good[1], good[1]}, all, "Does a JOIN"},
		"NULL between the edges":  {mustParse(t, c, ""), good[:3], null, "is NULL, but says NotNull"},
		"a query without order":   {mustParse(t, c, ""), []row{good[1], good[0]}, all, "not in the order of the sort"},
		"the cursor's row again":  {next, good[2:], all, "Does a JOIN"},
		"a row before the cursor": {next, good[1:2], all, "not in the order of the sort"},
		"a row after the cursor":  {prev, good[3:], all, "Does a JOIN"},
	} {
		_, err := paging.NewPage(test.o, test.rows, test.value, paging.Unknown())
		if _, isRequest := errors.AsType[*paging.Error](err); err == nil || isRequest || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func newPage(t *testing.T, o paging.Options, rows []row, value func(row, string) any) paging.Page[row] {
	t.Helper()
	p, err := paging.NewPage(o, rows, value, paging.Unknown())
	if err != nil {
		t.Fatal(err)
	}
	return p
}
