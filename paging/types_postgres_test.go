package paging_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/htmxlive/htmxlive/internal/pgtest"
)

// readers are the types of Go that each column is read into.
var readers = map[string]func(t *testing.T, w pgWay, table string) walked{
	"string":     walkPostgres[string],
	"NullString": walkPostgres[sql.NullString],
	"pg.Text":    walkPostgres[pgtype.Text],
	"bytes":      walkPostgres[[]byte],
	"[16]byte":   walkPostgres[[16]byte],
	"int64":      walkPostgres[int64],
	"float64":    walkPostgres[float64],
	"NullFloat":  walkPostgres[sql.NullFloat64],
	"pg.Float8":  walkPostgres[pgtype.Float8],
	"float32":    walkPostgres[float32],
	"bool":       walkPostgres[bool],
	"time":       walkPostgres[time.Time],
	"any":        walkPostgres[any],
}

const (
	anyText    = "string NullString pg.Text any"
	anyInteger = "string NullString int64 any"
	anyFloat   = "float64 NullFloat pg.Float8"
	notText    = "string NullString pg.Text" // an error of the second page, as no row says of which type it is
)

// postgresColumns are types of columns, values, and the readers with which a walk has every row, at least where the driver can scan
// the value. All others are an error on the first page.
var postgresColumns = []struct {
	kind   string
	values string
	walks  string
	later  string // an error at the first value that the reader cannot hold, on whatever page
}{
	{kind: "text", values: "'a'; 'B'; '10'; '9'; ''; '2026-01-01'", walks: anyText},
	{kind: "text /* of digits */", values: "'1'; '9'; '10'", walks: anyText},
	{kind: "text /* of bools */", values: "'t'; 'f'; '1'; '0'", walks: anyText},
	{kind: `text COLLATE "en-US-x-icu"`, values: "'a'; 'B'; 'A'; 'b'", walks: anyText},
	{kind: "text COLLATE caseless", values: "'a'; 'B'; 'A'; 'b'", walks: anyText},
	{kind: "citext", values: "'a'; 'B'; 'A'; 'b'", walks: anyText},
	{kind: "varchar(10)", values: "'a'; 'B'; '10'; '9'", walks: anyText},
	{kind: "char(5)", values: "'a'; 'a '; 'B'; 'b'; ''", walks: anyText},
	{kind: `"char"`, values: "'a'; 'b'; 'Z'", walks: "string NullString pg.Text"},
	{kind: "name", values: "'a'; 'B'; 'b'", walks: anyText},
	{kind: "words", values: "'a'; 'B'; 'b'", walks: anyText},
	{kind: "boolean", values: "true; false", walks: "string NullString bool any"},
	{kind: "smallint", values: "1; 9; 10; 7", walks: anyInteger + " float32 " + anyFloat},
	{kind: "integer", values: "1; 9; 16777217; 16777216", walks: anyInteger + " " + anyFloat},
	{kind: "bigint", values: "1; 9; 10; 9007199254740992; 9007199254740993; 9007199254740994", walks: anyInteger + "", later: anyFloat},
	{kind: "numeric", values: "0.1; 1234567890123456789.1; 1234567890123456789.2; 1234567890123456789.3", walks: "string NullString any", later: anyFloat},
	{kind: "numeric /* of 17 digits */", values: "0.12345678901234567; 0.12345678901234568; 0.12345678901234569; 1", walks: "string NullString any", later: anyFloat},
	{kind: "numeric(10,2)", values: "0.1; 9.99; 10; -1.5", walks: "string NullString any " + anyFloat},
	{kind: "numeric(15,2)", values: "9999999999999.99; 9999999999999.98; 0.01", walks: "string NullString any " + anyFloat},
	{kind: "numeric /* NaN */", values: "1; 'NaN'; -1.5", walks: "string NullString any " + anyFloat},
	{kind: "cents", values: "0.1; 1234567890123456789.1; 1234567890123456789.2; 1234567890123456789.3", walks: "string NullString any", later: anyFloat},
	{kind: "real", values: "0.1; 16777217; 16777216; 3.4e38; 0.3", walks: "string NullString any float32 " + anyFloat},
	{kind: "double precision", values: "0.1; 0.30000000000000004; 0.3; 'NaN'; '-Infinity'; 1e300", walks: "string NullString any " + anyFloat},
	{kind: "double precision /* of one float32 */", values: "0.1; 0.1000000001; 0.10000000009; 2", walks: "string NullString any " + anyFloat},
	{kind: "measure", values: "0.1; 0.30000000000000004; 0.3; 1e300", walks: "string NullString any " + anyFloat},
	{kind: "money", values: "1.5; 9.99; 1000.25; -3; 10", walks: "string NullString pg.Text any"},
	{kind: "date", values: "'2026-01-01'; '2026-01-02'; '1999-12-31'", walks: "string NullString pg.Text time any"},
	{kind: "timestamp", values: "'2026-01-01'; '2026-03-29 02:30'; '2026-03-29 03:15'; '2026-10-25 02:30'; '2026-01-01 00:00:00.000001'", walks: "string NullString pg.Text time any"},
	{kind: "timestamptz", values: "'2026-01-01'; '2026-10-25 00:30Z'; '2026-10-25 01:15Z'; '2026-03-29 02:30Z'; '2026-01-01 00:00:00.000001'", walks: "string NullString pg.Text time any"},
	{kind: "time", values: "'00:00'; '23:59:59.999999'; '09:00'; '10:00'", walks: "string NullString pg.Text time any"},
	{kind: "timetz", values: "'00:00+00'; '23:00-02'; '09:00+02'; '09:00+01'; '08:00+00'", walks: anyText},
	{kind: "interval", values: "'1 day'; '23 hours'; '25 hours'; '1 mon'; '30 days'; '29 days'", walks: anyText},
	{kind: "bytea", values: `'\x00'; '\xff'; '\x'; '\x61'; '\x7f'; '\x5c3030'`, walks: "bytes any", later: notText},
	{kind: "bytea /* of text */", values: `'\x61'; '\x5c303031'; '\x5c303032'`, walks: "bytes any", later: notText},
	{kind: "hash", values: `'\x00'; '\xff'; '\x5c3030'`, walks: "bytes any", later: notText},
	{kind: "uuid", values: "'00000000-0000-1000-8000-000000000000'; 'ff000000-0000-4000-8000-000000000001'; '61000000-0000-7000-8000-000000000000'", walks: "string NullString pg.Text [16]byte any"},
	{kind: "bit(4)", values: "B'0101'; B'1000'; B'0000'", walks: "string NullString pg.Text any"},
	{kind: "varbit", values: "B'0101'; B'1'; B''", walks: "string NullString pg.Text any"},
	{kind: "inet", values: "'10.0.0.1'; '9.0.0.1'; '10.0.0.0/8'; '::1'", walks: anyText},
	{kind: "cidr", values: "'10.0.0.0/8'; '9.0.0.0/8'; '10.0.0.0/16'", walks: anyText},
	{kind: "macaddr", values: "'08:00:2b:01:02:03'; 'ff:00:2b:01:02:03'", walks: anyText},
	{kind: "jsonb", values: `'1'; '9'; '10'; '"a"'; '{"b": 1}'; '[1]'; 'true'`, walks: "string NullString pg.Text", later: "time int64"},
	{kind: "jsonb /* of numbers */", values: `'1'; '9'; '10'`, walks: "string NullString pg.Text"},
	{kind: "mood", values: "'sad'; 'ok'; 'happy'", walks: anyText},
	{kind: "oid", values: "1; 9; 10; 4294967295", walks: "string NullString int64 any"},
	{kind: "xid8", values: "'1'; '9'; '10'", walks: anyText},
	{kind: "pg_lsn", values: "'0/1'; '0/9'; '1/0'", walks: anyText},
	{kind: "int[]", values: "'{1}'; '{9}'; '{10}'; '{}'", walks: anyText},
	{kind: "int4range", values: "'[1,5)'; '[9,10)'; '[10,20)'; 'empty'; '(,)'", later: notText},
	{kind: "tsvector", values: "'a b'; 'b'; 'aa'", walks: anyText},
	{kind: "ltree", values: "'a.b'; 'a'; 'B'; 'a.aa'", walks: anyText},
	{kind: "hstore", values: "'a=>1'; 'a=>2'; 'b=>1'", later: notText + " any"}, // which hide what they are until a cursor is compared
	{kind: "pair", values: "'(1,a)'; '(9,a)'; '(10,a)'", later: notText + " any"},
}

// Each type of column is read into each type of Go, by pgx in all its modes and through database/sql: all rows come once, or the first
// page is an error. Where a value decides, the error comes before a row is lost.
func TestTypesOfPostgreSQL(t *testing.T) {
	url := pgtest.Start(t).URL()
	db := openDB(t, "pgx", url)
	mustExec(t, db, `CREATE EXTENSION citext; CREATE EXTENSION ltree; CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
		CREATE DOMAIN cents AS numeric; CREATE DOMAIN words AS text; CREATE DOMAIN measure AS double precision; CREATE DOMAIN hash AS bytea;
		CREATE TYPE pair AS (a int, b text); CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
	ways := pgWays(t, url)
	for i, c := range postgresColumns {
		table := fmt.Sprintf("typed%d", i)
		values := "(" + strings.ReplaceAll(c.values, "; ", "), (") + ")"
		mustExec(t, db, "CREATE TABLE "+table+" (id serial PRIMARY KEY, v "+c.kind+" NOT NULL)")
		for range 3 {
			mustExec(t, db, "INSERT INTO "+table+" (v) VALUES "+values)
		}
		for name, walk := range readers {
			succeeded := false
			for _, w := range ways {
				got := walk(t, w, table)
				succeeded = succeeded || got.err == nil
				switch says := fmt.Sprintf("%s, %s by %s: page %d: %v", c.kind, name, w.name, got.page, got.err); {
				case !slices.Equal(got.ids, got.want[:min(len(got.ids), len(got.want))]) || got.err == nil && len(got.ids) != len(got.want):
					t.Errorf("%s\ngot  %v\nwant %v", says, got.ids, got.want)
				case got.err != nil && got.page > 1 && !slices.Contains(strings.Fields(c.later), name):
					t.Errorf("%s: want it on the first page", says)
				}
			}
			if !succeeded && slices.Contains(strings.Fields(c.walks), name) {
				t.Errorf("%s, %s: no way walks", c.kind, name)
			}
		}
	}
}
