package main

import (
	"strings"
	"testing"
	"time"
)

// A flag that cannot be measured is an error that says what can.
func TestFlags(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", ""},
		{"-rows 51000 -limit 50 -only mariadb -seconds 0.4 -plans -random-page-cost 4", ""},
		{"-rows 2000 -limit 1", ""},
		{"-only typo", `paging: -only is one of sqlite, postgres, mariadb, not "typo"`},
		{"-only SQLite", `paging: -only is one of sqlite, postgres, mariadb, not "SQLite"`},
		{"-rows 50999", "paging: -rows is 51000 to 100000000 rows with -limit 50, not 50999"},
		{"-rows -1", "paging: -rows is 51000 to 100000000 rows with -limit 50, not -1"},
		{"-rows 100000001", "paging: -rows is 51000 to 100000000 rows with -limit 50, not 100000001"},
		{"-limit 0", "paging: -limit is 1 to 1000 rows, not 0"},
		{"-limit 1001", "paging: -limit is 1 to 1000 rows, not 1001"},
		{"-seconds 0", "paging: -seconds is more than 0 and at most 600, not 0"},
		{"-seconds NaN", "paging: -seconds is more than 0 and at most 600, not NaN"},
		{"-seconds 1e9", "paging: -seconds is more than 0 and at most 600, not 1e+09"},
		{"-random-page-cost NaN", "paging: -random-page-cost is 1 to 100, not NaN"},
		{"sqlite", `paging: "sqlite" is no flag: give -name value`},
	} {
		_, err := parse(strings.Fields(test.args))
		if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != test.want) {
			t.Errorf("%s: %v, want %s", test.args, err, test.want)
		}
	}
	if b, err := parse([]string{"-rows", "60000", "-only", "sqlite", "-seconds", "0.5"}); err != nil || b.rows != 60000 || b.only != "sqlite" || b.budget != 500*time.Millisecond {
		t.Errorf("%+v %v", b, err)
	}
}

// The first run warms up and is not counted.
func TestWhatRunsTook(t *testing.T) {
	got := (&run{times: []time.Duration{100, 7, 3, 9, 5}}).took()
	if want := (took{median: 7, quartile: 5}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	var v verdict
	v.note("even", []took{{10, 8}, {12, 9}})
	v.note("odd", []took{{5, 4}, {9, 5}})
	if got, want := v.median.ratio, 1.8; got != want || v.median.name != "odd" || v.median.slowest != 12 {
		t.Errorf("%+v, want odd and %v", v.median, want)
	}
	if v.quartile.ratio != 1.25 || v.quartile.name != "odd" || v.quartile.slowest != 9 {
		t.Errorf("%+v", v.quartile)
	}
}
