package paging_test

import (
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/paging"
)

// What MySQL and MariaDB order by something else than what they compare a cursor with is refused, with arguments apart from the statement
// and inside it. The same types, read as they say, are walked by TestTypesOfMariaDB.
func TestTypesThatMariaDBOrdersOtherwise(t *testing.T) {
	for _, way := range []string{"interpolateParams=false", "interpolateParams=true"} {
		db := openMariaDB(t, way)
		asGiven, bytes, number := paging.Key{}, paging.Key{Type: paging.Binary}, paging.Key{Type: paging.Decimal}
		ids := []string{"'00000000-0000-1000-8000-000000000000'", "'ff000000-0000-4000-8000-000000000001'", "'01900000-0000-7000-8000-000000000000'", "'61000000-1234-1000-8000-000000000000'"}
		big := []string{"9007199254740992", "9007199254740993", "9007199254740994"}
		const text, float = "read it into a string, without the Key.Type Binary", "which no float64 holds exactly"
		for name, test := range map[string]struct {
			err   error
			fails string
		}{
			"UUID as bytes":           {walkType[[]byte](t, db, paging.MySQL, "UUID NOT NULL", asGiven, ids...), text},
			"UUID as Binary":          {walkType[[]byte](t, db, paging.MySQL, "UUID NOT NULL", bytes, ids...), text},
			"UUID as an array":        {walkType[array](t, db, paging.MySQL, "UUID NOT NULL", bytes, ids...), text},
			"UUID as text, Binary":    {walkType[string](t, db, paging.MySQL, "UUID NOT NULL", bytes, ids...), text},
			"INET6 as bytes":          {walkType[[]byte](t, db, paging.MySQL, "INET6 NOT NULL", asGiven, "'::1'", "'2001:db8::9'", "'2001:db8::10'"), text},
			"text as bytes":           {walkType[[]byte](t, db, paging.MySQL, "VARCHAR(20) COLLATE utf8mb4_general_ci NOT NULL", asGiven, "'a'", "'A'"), text},
			"DECIMAL as bytes":        {walkType[[]byte](t, db, paging.MySQL, "DECIMAL(10,2) NOT NULL", asGiven, "1", "9", "10"), text},
			"INT as bytes":            {walkType[[]byte](t, db, paging.MySQL, "INT NOT NULL", asGiven, "1", "9", "10"), text},
			"TIME as bytes":           {walkType[[]byte](t, db, paging.MySQL, "TIME NOT NULL", asGiven, "'09:00'", "'100:00:00'"), text},
			"BIGINT as float":         {walkType[float64](t, db, paging.MySQL, "BIGINT NOT NULL", asGiven, big...), float},
			"BIGINT UNSIGNED":         {walkType[float64](t, db, paging.MySQL, "BIGINT UNSIGNED NOT NULL", asGiven, big...), float},
			"DECIMAL(20) as float":    {walkType[float64](t, db, paging.MySQL, "DECIMAL(20,0) NOT NULL", number, big...), float},
			"bytes as bytes":          {walkType[[]byte](t, db, paging.MySQL, "VARBINARY(20) NOT NULL", asGiven, "x'00'", "x'ff'", "x''"), ""},
			"bytes beside NULL":       {walkType[[]byte](t, db, paging.MySQL, "BLOB", paging.Key{Nulls: paging.NullsLast}, "x'00'", "x'ff'", "x''", "NULL"), ""},
			"bytes as text":           {walkType[string](t, db, paging.MySQL, "VARBINARY(20) NOT NULL", asGiven, "x'61'", "x'ff'", "x'00'", "x''"), ""},
			"a number as text":        {walkType[string](t, db, paging.MySQL, "INT NOT NULL", asGiven, "1", "10", "9"), ""},
			"a small number as float": {walkType[float64](t, db, paging.MySQL, "INT NOT NULL", asGiven, "1", "10", "9"), ""},
		} {
			checkRefusal(t, name+", "+way, test.err, test.fails)
		}
	}
}

// array is bytes of a UUID, and reads both forms of it.
type array [16]byte

func (a *array) Scan(v any) error {
	text, _ := v.([]byte)
	return (*uuid)(a).Scan([]byte(strings.ReplaceAll(string(text), "-", "")))
}

// A DATETIME has no zone. Where the driver reads it in one that leaves out an hour in spring, the hour becomes another; the one that
// comes twice in autumn is written as it was read.
func TestDatetimesInAZoneWithSummerTime(t *testing.T) {
	const fails = "loc=UTC in the DSN"
	for zone, test := range map[string]struct{ left, around, twice string }{
		"Europe%2FBerlin":       {"'2026-03-29 02:30:00'", "'2026-03-29 01:59:59', '2026-03-29 04:00:00'", "'2026-10-25 01:59', '2026-10-25 02:00', '2026-10-25 02:30', '2026-10-25 02:59:59', '2026-10-25 03:00'"},
		"America%2FNew_York":    {"'2026-03-08 02:30:00'", "'2026-03-08 00:59:59', '2026-03-08 03:00:00'", "'2026-11-01 00:59', '2026-11-01 01:00', '2026-11-01 01:30', '2026-11-01 02:00'"},
		"Australia%2FLord_Howe": {"'2026-10-04 02:15:00'", "'2026-10-04 01:29:59', '2026-10-04 03:00:00'", "'2026-04-05 01:29', '2026-04-05 01:45', '2026-04-05 02:00'"},
	} {
		for _, way := range []string{"interpolateParams=false", "interpolateParams=true"} {
			db := openMariaDB(t, way, "parseTime=true", "loc="+zone)
			walk := func(values string) error {
				return walkType[time.Time](t, db, paging.MySQL, "DATETIME(6) NOT NULL", paging.Key{}, strings.Split(values, ", ")...)
			}
			checkRefusal(t, zone+" left out", walk(test.left), fails)
			checkRefusal(t, zone+" left out, among others", walk(test.around+", "+test.left), fails)
			checkRefusal(t, zone+" around", walk(test.around), "")
			checkRefusal(t, zone+" twice", walk(test.twice), "")
		}
		db := openMariaDB(t, "parseTime=true")
		checkRefusal(t, "in UTC", walkType[time.Time](t, db, paging.MySQL, "DATETIME(6) NOT NULL", paging.Key{}, test.left, "'2026-03-29 03:15:00'"), "")
	}
}

func checkRefusal(t *testing.T, name string, err error, fails string) {
	t.Helper()
	if fails == "" && err != nil || fails != "" && (err == nil || !strings.Contains(err.Error(), fails)) {
		t.Errorf("%s: %v, want %q", name, err, fails)
	}
}
