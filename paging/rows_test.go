package paging_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/paging"
)

// row has a column for everything that has been seen to go wrong with cursors.
type row struct {
	ID   int64
	Team int64
	Num  *int64    // NULLs and both ends of 64 bits
	Few  int64     // three values
	Text *string   // NULLs, empty, UTF-8, by bytes
	Word string    // under a linguistic collation
	Real *float64  // NULLs, NaN, infinities, both zeros
	At   time.Time // microseconds apart
	Flag bool
	Blob []byte
}

const rowColumns = "id, team, num, few, txt, word, real_, at_, flag, blob_"

// column is one column of row as the test understands it: the reference that paging is compared with.
type column struct {
	name     string
	nullable bool
	value    func(row) any
	compare  func(a, b row) int // of two that are not NULL
}

func isNull(c column, r row) bool {
	switch v := c.value(r).(type) {
	case *int64:
		return v == nil
	case *string:
		return v == nil
	case *float64:
		return v == nil
	}
	return false
}

// columns are the sortable columns; word is compared as the database does it.
func columns(word func(a, b string) int) []column {
	return []column{
		{"num", true, func(r row) any { return r.Num }, func(a, b row) int { return cmp.Compare(*a.Num, *b.Num) }},
		{"few", false, func(r row) any { return r.Few }, func(a, b row) int { return cmp.Compare(a.Few, b.Few) }},
		{"txt", true, func(r row) any { return r.Text }, func(a, b row) int { return cmp.Compare(*a.Text, *b.Text) }},
		{"word", false, func(r row) any { return r.Word }, func(a, b row) int { return word(a.Word, b.Word) }},
		{"real_", true, func(r row) any { return r.Real }, func(a, b row) int { return compareReals(*a.Real, *b.Real) }},
		{"at_", false, func(r row) any { return r.At }, func(a, b row) int { return a.At.Compare(b.At) }},
		{"flag", false, func(r row) any { return r.Flag }, func(a, b row) int { return boolInt(a.Flag) - boolInt(b.Flag) }},
		{"blob_", false, func(r row) any { return r.Blob }, func(a, b row) int { return strings.Compare(string(a.Blob), string(b.Blob)) }},
		{"id", false, func(r row) any { return r.ID }, func(a, b row) int { return cmp.Compare(a.ID, b.ID) }},
	}
}

// compareReals puts NaN above everything, which cmp.Compare does not.
func compareReals(a, b float64) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b):
		return -1
	}
	return cmp.Compare(a, b)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func rowKeyAny(r row) any { return r.ID }

var words = []string{
	"a", "A", "b", "B", "ä", "Ä", "z", "Z", "é", "e", "E", "résumé", "resume", "Résumé", "co-op", "coop", "Coop", "", "ß",
	"ss", "ñ", "n", "N", "ø", "o", "中", "ア", "a b", "ab", "a-b", "Ab",
}

var baseTime = time.Date(2026, 2, 28, 23, 59, 59, 999_999_000, time.UTC)

// drawRow makes rows that tie a lot and hit every edge.
func drawRow(id int64, zone *time.Location) *rapid.Generator[row] {
	return rapid.Custom(func(t *rapid.T) row {
		r := row{
			ID:   id,
			Team: rapid.SampledFrom([]int64{1, 1, 1, 1, 2}).Draw(t, "team"),
			Few:  rapid.Int64Range(0, 2).Draw(t, "few"),
			Word: rapid.SampledFrom(words).Draw(t, "word"),
			At:   baseTime.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "at")) * time.Microsecond).In(zone),
			Flag: rapid.Bool().Draw(t, "flag"),
			Blob: rapid.SampledFrom([][]byte{{}, {0}, {0, 255}, {255}}).Draw(t, "blob"),
		}
		if rapid.IntRange(0, 3).Draw(t, "num?") > 0 {
			r.Num = new(rapid.SampledFrom([]int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, 1<<53 + 1, 1 << 53, math.MaxInt64 - 1, math.MaxInt64}).Draw(t, "num"))
		}
		if rapid.IntRange(0, 3).Draw(t, "txt?") > 0 {
			r.Text = new(rapid.SampledFrom([]string{"", " ", "a", "A", "é", "e\u0301", "中", "𝛑", "a\tb", "'; DROP TABLE rows; --", "?", "$1"}).Draw(t, "txt"))
		}
		if rapid.IntRange(0, 3).Draw(t, "real?") > 0 {
			r.Real = new(rapid.SampledFrom([]float64{math.Inf(-1), -1.5, math.Copysign(0, -1), 0, 0.1, 0.1 + 1e-17, 0.30000000000000004, 0.3, math.MaxFloat64, math.Inf(1), math.NaN()}).Draw(t, "real"))
		}
		return r
	})
}

func drawRows(t *rapid.T, most int, zone *time.Location) []row {
	n := rapid.IntRange(0, most).Draw(t, "rows")
	rows := make([]row, n)
	for i := range rows {
		rows[i] = drawRow(int64(i)*3-5, zone).Draw(t, "row")
	}
	return rows
}

// drawSort makes an order of up to three columns and the id.
func drawSort(t *rapid.T, cols []column, e engine) paging.Sort {
	s := paging.Sort{Name: "it"}
	order := []int{0, 1, 2, 3, 4, 5, 6, 7}
	picked := rapid.Permutation(order).Draw(t, "columns")[:rapid.IntRange(0, 3).Draw(t, "keys")]
	for _, i := range append(slices.Clone(picked), len(cols)-1) {
		c := cols[i]
		k := paging.Key{Column: c.name, Desc: rapid.Bool().Draw(t, "desc")}
		if c.nullable {
			k.Nulls = rapid.SampledFrom([]paging.Nulls{paging.NullsFirst, paging.NullsLast}).Draw(t, "nulls")
		}
		if c.name == "word" {
			k.Compare = e.word
		}
		if c.name == "at_" && e.dialect == paging.SQLite {
			k.Layout = paging.LayoutModernc
		}
		s.Keys = append(s.Keys, k)
	}
	return s
}

// reference sorts rows by s in the plainest way there is: what everything else is compared with.
func reference(rows []row, s paging.Sort, cols []column) []row {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b row) int {
		for _, k := range s.Keys {
			c := cols[slices.IndexFunc(cols, func(c column) bool { return c.name == k.Column })]
			if n := compareByKey(c, k, a, b); n != 0 {
				return n
			}
		}
		return 0
	})
	return sorted
}

func compareByKey(c column, k paging.Key, a, b row) int {
	switch an, bn := isNull(c, a), isNull(c, b); {
	case an && bn:
		return 0
	case an != bn && an == (k.Nulls == paging.NullsFirst):
		return -1
	case an != bn:
		return 1
	}
	if k.Desc {
		return -c.compare(a, b)
	}
	return c.compare(a, b)
}

func valueOf(cols []column) func(row, string) any {
	return func(r row, name string) any {
		for _, c := range cols {
			if c.name == name {
				return c.value(r)
			}
		}
		panic("no column " + name)
	}
}

func ids(rows []row) []int64 {
	out := make([]int64, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out
}

func describe(s paging.Sort) string {
	var b strings.Builder
	for _, k := range s.Keys {
		fmt.Fprintf(&b, "%s desc=%t nulls=%d; ", k.Column, k.Desc, k.Nulls)
	}
	return b.String()
}
