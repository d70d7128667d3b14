package paging_test

import (
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/paging"
)

// typed is a row of a table with one column of whatever type.
type typed[V any] struct {
	ID int64 `db:"id"`
	V  V     `db:"v"`
}

// uuid is what the packages of UUIDs have: an array of bytes that gives itself as text, and reads both.
type uuid [16]byte //nolint:recvcheck // its methods have the receivers that those of the packages have

func (u uuid) Value() (driver.Value, error) { return hex.EncodeToString(u[:]), nil }

func (u *uuid) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok {
		return fmt.Errorf("a %T is no UUID", v)
	}
	if len(b) != len(u) {
		_, err := hex.Decode(u[:], b)
		return err
	}
	copy(u[:], b)
	return nil
}

// walkType makes a table with a column of a type that has each value three times, walks it by two in both orders and both
// ways, and compares the walks with the order that the database has. The error is the first one of a page.
func walkType[V any](t *testing.T, db *sql.DB, d paging.Dialect, kind string, k paging.Key, values ...string) error {
	t.Helper()
	exec(t, db, "DROP TABLE IF EXISTS typed")
	exec(t, db, "CREATE TABLE typed (id INTEGER NOT NULL PRIMARY KEY, v "+kind+")")
	for i, v := range slices.Concat(values, values, values) {
		exec(t, db, fmt.Sprintf("INSERT INTO typed VALUES (%d, %s)", (i*7)%23, v))
	}
	k.Column = "v"
	for _, way := range []bool{false, true} {
		k.Desc = way
		if k.Nulls != paging.NotNull { // where the database has them by itself
			k.Nulls = map[bool]paging.Nulls{false: paging.NullsFirst, true: paging.NullsLast}[way]
		}
		l, err := paging.New[typed[V]](paging.Config{
			Name:    "rows",
			Dialect: d, Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{k, {Column: "id"}}}}, Limit: 2, Codec: testCodec,
		})
		if err != nil {
			return err
		}
		want := query(t, db, "SELECT id FROM typed ORDER BY v"+map[bool]string{true: " DESC"}[way]+", id")
		for _, direction := range []paging.Direction{paging.Next, paging.Prev} {
			got, err := walkTyped(t, db, l, direction, len(want))
			if err != nil {
				return err
			}
			if direction == paging.Prev {
				slices.Reverse(got)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s descending %t, way %d:\ngot  %v\nwant %v", kind, way, direction, got, want)
			}
		}
	}
	return nil
}

func walkTyped[V any](t *testing.T, db *sql.DB, l *paging.List[typed[V]], way paging.Direction, most int) ([]string, error) {
	t.Helper()
	start := map[paging.Direction]string{paging.Next: "", paging.Prev: "before=end"}[way]
	o, err := l.Parse(paging.ParseQuery(start), "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for more := true; more && len(got) <= most; {
		stmt, args := l.SQL(o, paging.Query{From: "typed", Key: "id"})
		rows, err := db.QueryContext(t.Context(), stmt, args...)
		if err != nil {
			return got, err
		}
		p, err := l.Scan(o, rows)
		if err != nil {
			return got, err
		}
		items := p.Items
		if way == paging.Prev {
			slices.Reverse(items)
		}
		for _, item := range items {
			got = append(got, fmt.Sprint(item.ID))
		}
		o, more = p.Target(way)
	}
	return got, nil
}

func exec(t *testing.T, db *sql.DB, stmt string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), stmt); err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
}

// Arguments go to the server apart from the statement, or inside it as text; what a query without arguments gives is always
// text. All of it must come out right.
func TestTypesOfMariaDB(t *testing.T) {
	for _, way := range []string{"interpolateParams=false", "interpolateParams=true"} {
		t.Run(way, func(t *testing.T) {
			db := openMariaDB(t, way)
			nullable, number, bytes := paging.Key{Nulls: paging.NullsLast}, paging.Key{Type: paging.Decimal}, paging.Key{Type: paging.Binary}
			ids := []string{"x'00000000000000000000000000000000'", "x'30313233343536373839303132333435'", "x'61000000000000000000000000000000'", "x'ff00000000000000000000000000ffff'", "x'7f000000000000000000000000000001'"}
			texts := []string{"'00000000000000000000000000000000'", "'30313233343536373839303132333435'", "'ff00000000000000000000000000ffff'"}
			for kind, err := range map[string]error{
				"BIGINT UNSIGNED": walkType[uint64](t, db, paging.MySQL, "BIGINT UNSIGNED NOT NULL", paging.Key{},
					"0", "1", "9223372036854775807", "9223372036854775808", "18446744073709551614", "18446744073709551615"),
				"BIGINT UNSIGNED as text": walkType[string](t, db, paging.MySQL, "BIGINT UNSIGNED NOT NULL", number,
					"0", "9223372036854775807", "18446744073709551614", "18446744073709551615"),
				"DATETIME(6)": walkType[time.Time](t, db, paging.MySQL, "DATETIME(6) NOT NULL", paging.Key{},
					"'2026-01-01 00:00:00'", "'2026-01-01 00:00:00.000001'", "'2026-01-01 00:00:00.000002'", "'2026-01-01 00:00:00.1'", "'1000-01-01'"),
				"DATETIME(6) that can be NULL": walkType[*time.Time](t, db, paging.MySQL, "DATETIME(6)", nullable,
					"'2026-01-01 00:00:00.000001'", "'2026-01-01 00:00:00.000002'", "NULL"),
				"TIMESTAMP(3)": walkType[time.Time](t, db, paging.MySQL, "TIMESTAMP(3) NOT NULL", paging.Key{},
					"'2026-01-01 00:00:00'", "'2026-01-01 00:00:00.001'", "'2026-07-01 00:00:00.002'"),
				"DATE": walkType[time.Time](t, db, paging.MySQL, "DATE NOT NULL", paging.Key{}, "'2026-01-01'", "'2026-01-02'", "'1999-12-31'"),
				"TIME(6)": walkType[string](t, db, paging.MySQL, "TIME(6) NOT NULL", paging.Key{},
					"'-838:59:59'", "'-00:00:00.000001'", "'00:00:00'", "'09:00:00'", "'10:00:00'", "'100:00:00'"),
				"a caseless collation": walkType[string](t, db, paging.MySQL, "VARCHAR(20) COLLATE utf8mb4_general_ci NOT NULL", paging.Key{},
					"'a'", "'A'", "'b'", "'B'", "'ä'", "''", "'a '"),
				"a collation of Latin 1": walkType[string](t, db, paging.MySQL, "VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_german2_ci NOT NULL", paging.Key{},
					"'a'", "'ä'", "'ae'", "'b'", "'ß'", "'ss'"),
				"DECIMAL(10,2)":    walkType[string](t, db, paging.MySQL, "DECIMAL(10,2) NOT NULL", paging.Key{}, "-1.50", "0.1", "0.10", "9.99", "10", "99999999.99"),
				"DECIMAL(10,2) as": walkType[float64](t, db, paging.MySQL, "DECIMAL(10,2) NOT NULL", paging.Key{}, "-1.50", "0.1", "9.99", "10", "99999999.99"),
				"DECIMAL(40,10)": walkType[string](t, db, paging.MySQL, "DECIMAL(40,10) NOT NULL", number,
					"123456789012345678901234567890.0000000001", "123456789012345678901234567890.0000000002", "123456789012345678901234567890.0000000003", "-1"),
				"DECIMAL(65,0)": walkType[string](t, db, paging.MySQL, "DECIMAL(65,0) NOT NULL", number,
					strings.Repeat("9", 65), strings.Repeat("9", 64)+"8", "-"+strings.Repeat("9", 65)),
				"DECIMAL(38,38)":       walkType[string](t, db, paging.MySQL, "DECIMAL(38,38) NOT NULL", number, "0.1", "0."+strings.Repeat("1", 38), "0."+strings.Repeat("1", 37)+"2"),
				"DOUBLE":               walkType[float64](t, db, paging.MySQL, "DOUBLE NOT NULL", paging.Key{}, "0.1", "0.30000000000000004", "0.3", "1e300", "-0.0", "0"),
				"BINARY(16)":           walkType[[]byte](t, db, paging.MySQL, "BINARY(16) NOT NULL", paging.Key{}, ids...),
				"BINARY(16) of a UUID": walkType[uuid](t, db, paging.MySQL, "BINARY(16) NOT NULL", bytes, ids...),
				"CHAR(32) of a UUID":   walkType[uuid](t, db, paging.MySQL, "CHAR(32) NOT NULL", paging.Key{Type: paging.Text}, texts...),
				"UUID":                 walkType[string](t, db, paging.MySQL, "UUID NOT NULL", paging.Key{}, "'00000000-0000-1000-8000-000000000000'", "'ff000000-0000-4000-8000-000000000001'", "'01900000-0000-7000-8000-000000000000'"),
				"INET6":                walkType[string](t, db, paging.MySQL, "INET6 NOT NULL", paging.Key{}, "'::1'", "'::ffff:10.0.0.1'", "'2001:db8::9'", "'2001:db8::10'"),
				"BOOLEAN":              walkType[bool](t, db, paging.MySQL, "BOOLEAN NOT NULL", paging.Key{}, "TRUE", "FALSE"),
				"YEAR":                 walkType[int](t, db, paging.MySQL, "YEAR NOT NULL", paging.Key{}, "1999", "2026"),
				"digits that are text": walkType[string](t, db, paging.MySQL, "VARCHAR(40) NOT NULL", paging.Key{Type: paging.Text}, "'12345678901234567'", "'9'", "'12345678901234568'"),
			} {
				if err != nil {
					t.Errorf("%s: %v", kind, err)
				}
			}
		})
	}
}

// A UUID that writes itself as text, in a column of bytes: as a sort key, and as a key that a live page asks for.
func TestUUIDsInBytes(t *testing.T) {
	for _, test := range []struct {
		db   *sql.DB
		d    paging.Dialect
		kind string
	}{
		{openDB(t, "sqlite", ":memory:"), paging.SQLite, "BLOB NOT NULL"},
		{openMariaDB(t), paging.MySQL, "BINARY(16) NOT NULL"},
	} {
		k := paging.Key{Type: paging.Binary}
		err := walkType[uuid](t, test.db, test.d, test.kind, k, "x'ff000000000000000000000000000001'", "x'61000000000000000000000000000000'", "x'00000000000000000000000000000000'")
		if err != nil {
			t.Errorf("%s: %v", test.d, err)
		}
		c := paging.MustConfig(paging.Config{Name: "rows", Dialect: test.d, Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{{Column: "v", Type: paging.Binary}}}}, Codec: testCodec})
		stmt, args := mustParse(t, c, "").Restrict([]any{uuid{0xff, 15: 1}, new(uuid)}).SQL(test.d, paging.Query{Select: "count(*)", From: "typed", Key: "v"})
		if got := query(t, test.db, stmt, args...); !slices.Equal(got, []string{"6"}) {
			t.Errorf("%s: %v rows have these keys, want 6", test.d, got)
		}
	}
}

// What MySQL orders by something else than what it compares a cursor with is refused, with a sentence on the first page.
func TestTypesThatMySQLComparesOtherwise(t *testing.T) {
	db := openMariaDB(t)
	for want, err := range map[string]error{
		"type ENUM":        walkType[string](t, db, paging.MySQL, "ENUM('new', 'open', 'closed') NOT NULL", paging.Key{}, "'new'", "'open'", "'closed'"),
		"type SET":         walkType[string](t, db, paging.MySQL, "SET('new', 'open') NOT NULL", paging.Key{}, "'new'", "'open'"),
		"type BIT":         walkType[[]byte](t, db, paging.MySQL, "BIT(1) NOT NULL", paging.Key{}, "0", "1"),
		"make it a DOUBLE": walkType[float64](t, db, paging.MySQL, "FLOAT NOT NULL", paging.Key{}, "16777215", "16777213", "0.1"),
		"is a float32":     walkType[float32](t, db, paging.MySQL, "DOUBLE NOT NULL", paging.Key{}, "0.1", "0.2"),
		"set Key.Type":     walkType[string](t, db, paging.MySQL, "DECIMAL(40,10) NOT NULL", paging.Key{}, "1", "2"),
		"Decimal or Text":  walkType[string](t, db, paging.MySQL, "BIGINT UNSIGNED NOT NULL", paging.Key{}, "18446744073709551614", "18446744073709551615"),
		"Text or Binary":   walkType[uuid](t, db, paging.MySQL, "BINARY(16) NOT NULL", paging.Key{}, "x'30313233343536373839303132333435'"),
		"orders as text":   walkType[int](t, db, paging.MySQL, "VARCHAR(10) NOT NULL", paging.Key{}, "'1'", "'10'", "'9'"),
		"a time.Duration":  walkType[time.Duration](t, db, paging.MySQL, "BIGINT NOT NULL", paging.Key{}, "1000"),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Without a List the same shows in the statement of the second page.
func TestALongNumberWithoutAType(t *testing.T) {
	c := paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{key("v"), key("id")}}}, Limit: 1, Codec: testCodec})
	p, err := paging.NewPage(mustParse(t, c, ""), []int{1, 2}, func(id int, column string) any {
		return map[string]any{"v": "18446744073709551614", "id": id}[column]
	}, paging.Unknown())
	if err != nil {
		t.Fatal(err)
	}
	next, _ := p.Target(paging.Next)
	if stmt, _ := next.SQL(paging.MySQL, paging.Query{Select: "id", From: "t"}); !strings.Contains(stmt, "a_long_number_needs_Key_Type_on_MySQL") {
		t.Error(stmt)
	}
}
