package paging_test

import (
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/paging"
)

// Times in SQLite in every form that its functions, its drivers and other programs write, read into a time.Time by
// modernc.org/sqlite: all rows come once, or the first page says what is wrong.
func TestFormsOfTimesInSQLite(t *testing.T) {
	seconds := []string{"1767225600", "1767225601", "1767229200"}
	for name, test := range map[string]struct {
		dsn    string
		layout string
		values []string
		fails  string
	}{
		"CURRENT_TIMESTAMP":             {"", paging.LayoutSQLite, []string{"CURRENT_TIMESTAMP", "'2026-01-01 00:00:00'", "'2026-01-01 00:00:01'"}, ""},
		"RFC 3339":                      {"", time.RFC3339, []string{"'2026-01-01T00:00:00Z'", "'2026-01-01T00:00:01Z'", "'2026-01-01T01:00:00Z'"}, ""},
		"with a zone":                   {"", time.RFC3339, []string{"'2026-01-01T00:00:00+02:00'", "'2026-01-01T00:00:01+02:00'", "'2026-01-01T01:00:00+02:00'"}, ""},
		"with several zones":            {"", time.RFC3339, []string{"'2026-01-01T00:00:00+02:00'", "'2026-01-01T00:00:01+01:00'", "'2026-01-01T01:00:00Z'"}, ""},
		"with a fraction":               {"", "2006-01-02 15:04:05.000", []string{"'2026-01-01 00:00:00.000'", "'2026-01-01 00:00:00.500'", "'2026-01-01 00:00:00.250'"}, ""},
		"with a fraction without zeros": {"", time.RFC3339Nano, []string{"'2026-01-01T00:00:00Z'", "'2026-01-01T00:00:00.5Z'", "'2026-01-01T00:00:00.25Z'"}, ""},
		"a date":                        {"", time.DateOnly, []string{"'2026-01-01'", "'2026-01-02'", "'1999-12-31'"}, ""},
		"minutes":                       {"", "2006-01-02 15:04", []string{"'2026-01-01 00:00'", "'2026-01-01 00:01'"}, ""},
		"modernc":                       {"", paging.LayoutModernc, []string{"'2026-01-01 00:00:00 +0000 UTC'", "'2026-01-01 00:00:00.5 +0100 CET'", "'2026-07-01 00:00:00.25 +0200 CEST'"}, ""},
		"mattn":                         {"", paging.LayoutMattn, []string{"'2026-01-01 00:00:00+00:00'", "'2026-01-01 00:00:00.5+00:00'", "'2026-01-01 00:00:00.25-03:00'"}, ""},
		"seconds":                       {"?_inttotime=1&_time_integer_format=unix", paging.LayoutUnix, seconds, ""},
		"milliseconds":                  {"?_inttotime=1&_time_integer_format=unix_milli", paging.LayoutUnixMilli, []string{"1767225600000", "1767225600001"}, ""},
		"microseconds":                  {"?_inttotime=1&_time_integer_format=unix_micro", paging.LayoutUnixMicro, []string{"1767225600000000", "1767225600000001"}, ""},
		"nanoseconds":                   {"?_inttotime=1&_time_integer_format=unix_nano", paging.LayoutUnixNano, []string{"1767225600000000000", "1767225600000000001"}, ""},
		"in the zone of the text":       {"?_timezone=Europe/Berlin", paging.LayoutSQLite, []string{"'2026-01-01 00:00:00'", "'2026-01-01 00:00:01'", "'2026-01-01 01:00:00'"}, ""},

		"a part of the fraction":             {"", "2006-01-02 15:04:05.9", []string{"'2026-01-01 00:00:00.25'", "'2026-01-01 00:00:00.27'", "'2026-01-01 00:00:00.2'"}, "drops a part"},
		"numbers, where text is promised":    {"", paging.LayoutSQLite, seconds, "in another form"},
		"text, where numbers are promised":   {"", paging.LayoutUnix, []string{"'2026-01-01 00:00:00'"}, "in another form"},
		"fractions of a number":              {"", paging.LayoutUnix, []string{"1767225600.5"}, "in another form"},
		"numbers without a layout":           {"?_inttotime=1", "", seconds, "say in Key.Layout"},
		"one row with a T":                   {"", paging.LayoutSQLite, []string{"'2026-01-01 00:00:00'", "'2026-01-01T00:00:00Z'"}, "in another form"},
		"a monotonic clock, as modernc does": {"", paging.LayoutModernc, []string{"'2026-01-01 00:00:00.5 +0000 UTC m=+0.001'"}, "in another form"},
		"converted to a zone":                {"?_timezone=Europe/Berlin", time.RFC3339, []string{"'2026-01-01T00:00:00Z'", "'2026-01-01T00:00:01Z'"}, "the driver has converted it"},
		"converted, with the zone's name":    {"?_timezone=Europe/Berlin", paging.LayoutModernc, []string{"'2026-01-01 00:00:00 +0000 UTC'"}, "the driver has converted it"},
	} {
		for _, kind := range []string{"TIMESTAMP", "DATETIME"} {
			t.Run(name+" in "+kind, func(t *testing.T) {
				err := walkType[time.Time](t, openDB(t, "sqlite", "file::memory:"+test.dsn), paging.SQLite, kind+" NOT NULL", paging.Key{Layout: test.layout}, test.values...)
				if test.fails == "" && err != nil || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
					t.Errorf("%v, want %q", err, test.fails)
				}
			})
		}
	}
}

// What modernc.org/sqlite writes for a time that time.Now gave ends in the reading of a clock, and is no form of a time.
func TestTimesThatTheDriverWrote(t *testing.T) {
	for _, test := range []struct {
		at    time.Time
		fails bool
	}{{time.Now(), true}, {time.Now().Round(0), false}, {time.Now().UTC().Round(0), false}} {
		db := openDB(t, "sqlite", ":memory:")
		mustExec(t, db, "CREATE TABLE typed (id INTEGER PRIMARY KEY, v TIMESTAMP NOT NULL)")
		for i := range 5 {
			if _, err := db.ExecContext(t.Context(), "INSERT INTO typed VALUES (?, ?)", i, test.at.Add(time.Duration(i/2)*time.Microsecond)); err != nil {
				t.Fatal(err)
			}
		}
		l := paging.MustNew[typed[time.Time]](paging.Config{
			Name:    "rows",
			Dialect: paging.SQLite, Limit: 2, Codec: testCodec,
			Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{{Column: "v", Layout: paging.LayoutModernc}, {Column: "id"}}}},
		})
		got, err := walkTyped(t, db, l, paging.Next, 5)
		if test.fails != (err != nil) || !test.fails && strings.Join(got, "") != "01234" {
			t.Errorf("%s: %v (%v)", test.at, got, err)
		}
	}
}
