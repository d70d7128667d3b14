package paging_test

import (
	"database/sql"
	"errors"
	"math"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/paging"
)

// anyOrder is a list of one column that may hold anything, and the id.
func anyOrder(codec *paging.Codec) paging.Config {
	return paging.MustConfig(paging.Config{
		Name: "rows",
		Sorts: []paging.Sort{
			{Name: "v", Keys: []paging.Key{{Column: "v", Nulls: paging.NullsLast}, {Column: "id"}}},
			{Name: "w", Keys: []paging.Key{{Column: "w", Nulls: paging.NullsLast}, {Column: "id"}}},
			{Name: "f", Keys: []paging.Key{{Column: "v", Nulls: paging.NullsFirst}, {Column: "id"}}},
		},
		Filters: []string{"status", "q"}, Limit: 1, Codec: codec,
	})
}

// seal makes the cursor of a row with this value, by what a user would call.
func seal(t failer, c paging.Config, query, scope string, v any) (token string, err error) {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatalf("%v", err)
	}
	o, err := c.Parse(q, scope)
	if err != nil {
		t.Fatalf("%v", err)
	}
	value := func(_ int, column string) any {
		if column == "id" {
			return int64(7)
		}
		return v
	}
	p, err := paging.NewPage(o, []int{0, 1}, value, paging.Unknown())
	if err != nil {
		return "", err
	}
	u, err := url.Parse(p.Links().Next.URL)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return u.Query().Get("after"), nil
}

// open is what a page gets from a cursor.
func open(c paging.Config, query, scope, token string) ([]any, error) {
	q, err := url.ParseQuery(query)
	if err != nil {
		return nil, err
	}
	q.Set("after", token)
	o, err := c.Parse(q, scope)
	values, _ := o.Cursor()
	return values, err
}

type named string

func TestCursorsKeepValuesExactly(t *testing.T) {
	c := anyOrder(testCodec)
	zone := time.FixedZone("", -(3*3600 + 1800))
	when := time.Date(2026, 7, 8, 9, 10, 11, 123456789, time.UTC)
	n := 5
	for _, test := range []struct{ in, out any }{
		{nil, nil},
		{"", ""},
		{"\x00\xff日本", "\x00\xff日本"},
		{[]byte(nil), nil},
		{[]byte{}, []byte{}},
		{[]byte{0, 255}, []byte{0, 255}},
		{[16]byte{1, 15: 2}, []byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}},
		{true, true},
		{false, false},
		{int64(math.MaxInt64), int64(math.MaxInt64)},
		{int64(math.MinInt64), int64(math.MinInt64)},
		{int64(1<<53 + 1), int64(1<<53 + 1)},
		{uint64(math.MaxUint64), uint64(math.MaxUint64)},
		{uint8(200), int64(200)},
		{-3, int64(-3)},
		{&n, int64(5)},
		{(*int)(nil), nil},
		{named("open"), "open"},
		{float32(0.1), float64(float32(0.1))},
		{math.Inf(-1), math.Inf(-1)},
		{math.SmallestNonzeroFloat64, math.SmallestNonzeroFloat64},
		{when, when},
		{when.In(zone), when.In(zone)},
		{when.In(time.FixedZone("CET", 3600)), when.In(time.FixedZone("CET", 3600))},
		{&when, when},
		{time.Time{}, time.Time{}},
		{time.Date(-4712, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-4712, 1, 1, 0, 0, 0, 0, time.UTC)},
		{time.Date(294276, 12, 31, 0, 0, 0, 1, time.UTC), time.Date(294276, 12, 31, 0, 0, 0, 1, time.UTC)},
		{sql.NullString{}, nil},
		{sql.NullString{Valid: true}, ""},
		{(*sql.NullString)(nil), nil},
		{sql.Null[int64]{V: 3, Valid: true}, int64(3)},
	} {
		token, err := seal(t, c, "", "", test.in)
		if err != nil {
			t.Errorf("%#v: %v", test.in, err)
			continue
		}
		got, err := open(c, "", "", token)
		if err != nil {
			t.Errorf("%#v: %v", test.in, err)
			continue
		}
		if want := []any{test.out, int64(7)}; !same(got, want) {
			t.Errorf("%#v came back as %#v, want %#v", test.in, got[0], test.out)
		}
	}
}

// same compares as databases do, but tells apart what they can: zones of equal times and the sign of zero.
func same(a, b []any) bool {
	for i := range a {
		if x, ok := a[i].(time.Time); ok {
			y, ok := b[i].(time.Time)
			if !ok || !x.Equal(y) || x.String() != y.String() {
				return false
			}
			continue
		}
		if x, ok := a[i].(float64); ok {
			y, ok := b[i].(float64)
			if !ok || math.Float64bits(x) != math.Float64bits(y) {
				return false
			}
			continue
		}
		if !reflect.DeepEqual(a[i], b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

func TestCursorsRoundTripAnything(t *testing.T) {
	c := anyOrder(testCodec)
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.OneOf(
			rapid.Int64().AsAny(), rapid.String().AsAny(), rapid.SliceOf(rapid.Byte()).AsAny(), rapid.Just(math.NaN()).AsAny(),
			rapid.Custom(func(t *rapid.T) float64 { return math.Float64frombits(rapid.Uint64().Draw(t, "bits")) }).AsAny(),
			rapid.Custom(func(t *rapid.T) time.Time {
				return time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
			}).AsAny(),
		).Draw(t, "value")
		if b, ok := v.([]byte); ok && b == nil {
			v = []byte{}
		}
		token, err := seal(t, c, "", "s", v)
		if err != nil {
			if len(token) == 0 && strings.Contains(err.Error(), "shorter expression") {
				return
			}
			t.Fatalf("%v", err)
		}
		got, err := open(c, "", "s", token)
		if err != nil || !same(got, []any{v, int64(7)}) {
			t.Fatalf("%#v came back as %#v (%v)", v, got, err)
		}
		if again, _ := seal(t, c, "", "s", v); again != token {
			t.Fatalf("the same place has two cursors: %s and %s", token, again)
		}
	})
}

func TestCursorsAreShort(t *testing.T) {
	c := anyOrder(testCodec)
	token, err := seal(t, c, "", "", baseTime)
	if err != nil || len(token) > 72 {
		t.Errorf("a time and an id make %d characters (%v)", len(token), err)
	}
	// The longest that is made can be read again; one more is an error of the program, not a broken link.
	longest := 0
	for n := 600; n < 800; n++ {
		token, err := seal(t, c, "", "", strings.Repeat("é", n/2)+strings.Repeat("x", n%2))
		if err != nil {
			if e, ok := errors.AsType[*paging.Error](err); ok {
				t.Fatalf("the request is blamed: %v", e)
			}
			continue
		}
		longest = max(longest, len(token))
		if _, err := open(c, "", "", token); err != nil {
			t.Fatalf("%d characters cannot be read: %v", len(token), err)
		}
	}
	if longest > paging.MaxCursor || longest < paging.MaxCursor-4 {
		t.Errorf("the longest cursor has %d characters, want about %d", longest, paging.MaxCursor)
	}
}

func TestValuesThatACursorCannotHold(t *testing.T) {
	c := anyOrder(testCodec)
	for _, v := range []any{struct{ X int }{1}, []int{1}, map[string]int{}, make(chan int), complex(1, 2)} {
		if _, err := seal(t, c, "", "", v); err == nil {
			t.Errorf("%T was taken", v)
		}
	}
	notNull := c
	notNull.Sorts = []paging.Sort{{Name: "v", Keys: []paging.Key{{Column: "v"}, {Column: "id"}}}}
	if _, err := seal(t, paging.MustConfig(notNull), "", "", nil); err == nil || !strings.Contains(err.Error(), "NotNull") {
		t.Errorf("NULL in a column that says NotNull: %v", err)
	}
}
