package paging_test

import (
	"database/sql"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/paging"
)

// SQLite keeps anything in any column, and its drivers make of it what a field asks for: where that is not what the column
// compares with, the first page says so.
func TestValuesInAnotherFormInSQLite(t *testing.T) {
	db := openDB(t, "sqlite", ":memory:")
	walk := paging.Key{}
	for name, test := range map[string]struct {
		err   error
		fails string
	}{
		"times as text":                 {walkType[string](t, db, paging.SQLite, "TIMESTAMP NOT NULL", walk, "'2026-01-01 00:00:00'", "'2026-01-01 00:00:01'"), "that a driver made of the column's text"},
		"dates as text":                 {walkType[string](t, db, paging.SQLite, "DATE NOT NULL", walk, "'2026-01-01'", "'2026-01-02'"), "that a driver made of the column's text"},
		"times as bytes":                {walkType[[]byte](t, db, paging.SQLite, "TIMESTAMP NOT NULL", walk, "'2026-01-01 00:00:00'"), "another form than bytes"},
		"text as bytes":                 {walkType[[]byte](t, db, paging.SQLite, "TEXT NOT NULL", walk, "'a'", "'b'"), "another form than bytes"},
		"bytes as text":                 {walkType[string](t, db, paging.SQLite, "BLOB NOT NULL", walk, "x'61'", "x'62'"), "another form than text"},
		"numbers of no type as text":    {walkType[string](t, db, paging.SQLite, "NOT NULL", walk, "1", "9", "10"), "another form than text"},
		"text as bool":                  {walkType[bool](t, db, paging.SQLite, "TEXT NOT NULL", walk, "'true'", "'false'"), "another form than a number"},
		"a UUID without a type":         {walkType[uuid](t, db, paging.SQLite, "BLOB NOT NULL", walk, "x'30313233343536373839303132333435'"), "Text or Binary"},
		"a UUID in text, said to be":    {walkType[uuid](t, db, paging.SQLite, "TEXT NOT NULL", paging.Key{Type: paging.Binary}, "'30313233343536373839303132333435'"), "another form than bytes"},
		"text that looks like times":    {walkType[string](t, db, paging.SQLite, "TEXT NOT NULL", paging.Key{Type: paging.Text}, "'2026-01-01T00:00:00Z'", "'2026-01-01T00:00:01Z'"), ""},
		"text":                          {walkType[string](t, db, paging.SQLite, "TEXT NOT NULL", walk, "''", "'a'", "'10'"), ""},
		"text that can be NULL":         {walkType[*string](t, db, paging.SQLite, "TEXT", paging.Key{Nulls: paging.NullsLast}, "''", "'a'", "NULL"), ""},
		"numbers of a column of them":   {walkType[string](t, db, paging.SQLite, "INTEGER NOT NULL", walk, "1", "9", "10"), ""},
		"decimals of a column of them":  {walkType[string](t, db, paging.SQLite, "NUMERIC NOT NULL", walk, "1.5", "9", "10.25"), ""},
		"bytes":                         {walkType[[]byte](t, db, paging.SQLite, "BLOB NOT NULL", walk, "x'00'", "x'ff'", "x''"), ""},
		"bool":                          {walkType[bool](t, db, paging.SQLite, "BOOLEAN NOT NULL", walk, "true", "false"), ""},
		"integers as floats":            {walkType[float64](t, db, paging.SQLite, "INTEGER NOT NULL", walk, "9007199254740993", "9007199254740994", "9007199254740995"), "into an int64"},
		"small integers as floats":      {walkType[float64](t, db, paging.SQLite, "INTEGER NOT NULL", walk, "1", "9", "10", "9007199254740992"), ""},
		"numbers as floats":             {walkType[float64](t, db, paging.SQLite, "NUMERIC NOT NULL", walk, "1", "0.1", "0.30000000000000004", "0.3", "1e300"), ""},
		"numbers as float32":            {walkType[float32](t, db, paging.SQLite, "REAL NOT NULL", walk, "0.1", "0.1000000001"), "is a float32"},
		"text as floats":                {walkType[float64](t, db, paging.SQLite, "TEXT NOT NULL", walk, "'1'", "'9'", "'10'"), "another form than a number"},
		"text of no type as numbers":    {walkType[int64](t, db, paging.SQLite, "NOT NULL", walk, "'1'", "'9'", "'10'"), "another form than a number"},
		"text with zeros as numbers":    {walkType[int64](t, db, paging.SQLite, "TEXT NOT NULL", walk, "'007'", "'08'", "'9'"), "another form than a number"},
		"numbers and one text":          {walkType[int64](t, db, paging.SQLite, "NOT NULL", walk, "1", "2", "'3'"), "another form than a number"},
		"reals as integers":             {walkType[int64](t, db, paging.SQLite, "REAL NOT NULL", walk, "1", "9", "10"), ""},
		"empty bytes beside NULL":       {walkType[[]byte](t, db, paging.SQLite, "BLOB", paging.Key{Nulls: paging.NullsFirst}, "x''", "x'00'", "NULL"), "no empty BLOB beside NULL"},
		"bytes beside NULL":             {walkType[[]byte](t, db, paging.SQLite, "BLOB", paging.Key{Nulls: paging.NullsFirst}, "x'61'", "x'00'", "NULL"), ""},
		"bytes as a text or NULL":       {walkType[sql.NullString](t, db, paging.SQLite, "BLOB", paging.Key{Nulls: paging.NullsFirst}, "x'61'", "x'62'", "NULL"), "another form than text"},
		"text as a number or NULL":      {walkType[sql.NullInt64](t, db, paging.SQLite, "TEXT", paging.Key{Nulls: paging.NullsFirst}, "'007'", "'08'", "NULL"), "another form than a number"},
		"a number or NULL":              {walkType[sql.Null[int64]](t, db, paging.SQLite, "INTEGER", paging.Key{Nulls: paging.NullsFirst}, "1", "9", "10", "NULL"), ""},
		"a duration, which can be NULL": {walkType[*time.Duration](t, db, paging.SQLite, "INTEGER", paging.Key{Nulls: paging.NullsLast}, "NULL"), "a time.Duration is a number"},
		"an address":                    {walkType[netip.Addr](t, db, paging.SQLite, "TEXT NOT NULL", walk), "which a cursor cannot hold"},
	} {
		if test.fails == "" && test.err != nil || test.fails != "" && (test.err == nil || !strings.Contains(test.err.Error(), test.fails)) {
			t.Errorf("%s: %v, want %q", name, test.err, test.fails)
		}
	}
}

// Without a List the same shows in the statement of the second page.
func TestATextLikeATimeWithoutAType(t *testing.T) {
	c := paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{key("v"), key("id")}}}, Limit: 1, Codec: testCodec})
	p, err := paging.NewPage(mustParse(t, c, ""), []int{1, 2}, func(id int, column string) any {
		return map[string]any{"v": "2026-01-01T00:00:00Z", "id": id}[column]
	}, paging.Unknown())
	if err != nil {
		t.Fatal(err)
	}
	next, _ := p.Target(paging.Next)
	if stmt, _ := next.SQL(paging.SQLite, paging.Query{Select: "id", From: "t"}); !strings.Contains(stmt, "needs_Key_Layout_or_Type_on_SQLite") {
		t.Error(stmt)
	}
}
