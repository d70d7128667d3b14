package paging_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// tickets is a list as a user would set it up.
func tickets(mode paging.Mode) paging.Config {
	return paging.MustConfig(paging.Config{
		Name: "tickets",
		Mode: mode,
		Sorts: []paging.Sort{
			{Name: "created", Keys: []paging.Key{{Column: "created"}, {Column: "id"}}},
			{Name: "priority", Keys: []paging.Key{{Column: "priority", Nulls: paging.NullsLast}, {Column: "id"}}},
		},
		Sort:      "-created",
		Filters:   []string{"status", "q"},
		Limit:     10,
		MaxLimit:  50,
		MaxOffset: 200,
		Count:     paging.CountAllowed,
		Codec:     testCodec,
	})
}

func mustParse(t *testing.T, c paging.Config, query string) paging.Options {
	t.Helper()
	o, err := c.Parse(values(t, query), "team:3")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func values(t *testing.T, query string) url.Values {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// cursor is a real cursor of the default order: where the first page ends.
func cursor(t *testing.T, c paging.Config, query string) string {
	t.Helper()
	rows := make([]row, 100)
	for i := range rows {
		rows[i] = row{ID: int64(i), At: baseTime}
	}
	p, err := paging.Slice(mustParse(t, c, query), rows, ticketColumn, nil)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(p.Links().Next.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get(c.Prefix + "after")
}

func ticketColumn(r row, column string) any {
	switch column {
	case "created":
		return r.At
	case "priority":
		return r.Num
	default:
		return r.ID
	}
}

func TestParseRefuses(t *testing.T) {
	c := tickets(paging.Either)
	keyset, offset := tickets(paging.Keyset), tickets(paging.Offset)
	uncounted := tickets(paging.Either)
	uncounted.Count = paging.CountNever
	cur := cursor(t, c, "")
	for _, test := range []struct {
		name, query, param string
		c                  paging.Config
		kind               error
	}{
		{"limit zero", "limit=0", "limit", c, paging.ErrInvalid},
		{"limit negative", "limit=-5", "limit", c, paging.ErrInvalid},
		{"limit not a number", "limit=ten", "limit", c, paging.ErrInvalid},
		{"limit with a sign", "limit=%2B5", "limit", c, paging.ErrInvalid},
		{"limit with a fraction", "limit=1.5", "limit", c, paging.ErrInvalid},
		{"limit with an exponent", "limit=1e3", "limit", c, paging.ErrInvalid},
		{"limit in hexadecimal", "limit=0x10", "limit", c, paging.ErrInvalid},
		{"limit in other digits", "limit=٣", "limit", c, paging.ErrInvalid},
		{"limit with a space", "limit=+5", "limit", c, paging.ErrInvalid},
		{"limit zero in many digits", "limit=0000", "limit", c, paging.ErrInvalid},
		{"limit twice", "limit=5&limit=6", "limit", c, paging.ErrInvalid},
		{"offset negative", "offset=-1", "offset", c, paging.ErrInvalid},
		{"offset not a number", "offset=x", "offset", c, paging.ErrInvalid},
		{"offset too deep", "offset=201", "offset", c, paging.ErrInvalid},
		{"offset beyond integers", "offset=99999999999999999999", "offset", c, paging.ErrInvalid},
		{"offset twice", "offset=1&offset=1", "offset", c, paging.ErrInvalid},
		{"offset in a keyset list", "offset=10", "offset", keyset, paging.ErrInvalid},
		{"cursor in an offset list", "after=" + cur, "after", offset, paging.ErrInvalid},
		{"end in an offset list", "before=end", "before", offset, paging.ErrInvalid},
		{"after with before", "after=" + cur + "&before=" + cur, "before", c, paging.ErrInvalid},
		{"after with offset", "after=" + cur + "&offset=10", "offset", c, paging.ErrInvalid},
		{"before with offset", "before=" + cur + "&offset=10", "offset", c, paging.ErrInvalid},
		{"cursor twice", "after=" + cur + "&after=" + cur, "after", c, paging.ErrInvalid},
		{"unknown sort", "sort=secret", "sort", c, paging.ErrInvalid},
		{"sort by SQL", "sort=id%3BDROP", "sort", c, paging.ErrInvalid},
		{"sort twice reversed", "sort=--created", "sort", c, paging.ErrInvalid},
		{"sort twice", "sort=created&sort=created", "sort", c, paging.ErrInvalid},
		{"count not a word", "count=yes", "count", c, paging.ErrInvalid},
		{"count not allowed", "count=true", "count", uncounted, paging.ErrInvalid},
		{"huge query", "x=" + strings.Repeat("y", paging.MaxQuery), "x", c, paging.ErrInvalid},
		{"cursor made up", "after=abc", "after", c, paging.ErrForged},
		{"cursor not base64", "before=%00%ff", "before", c, paging.ErrForged},
		{"cursor cut short", "after=" + cur[:len(cur)-4], "after", c, paging.ErrForged},
		{"cursor too long", "after=" + strings.Repeat("A", 2000), "after", c, paging.ErrForged},
		{"cursor with a line break", "after=" + cur + "%0A", "after", c, paging.ErrForged},
		{"cursor of another order", "sort=priority&after=" + cur, "after", c, paging.ErrOutdated},
		{"cursor of the reverse order", "sort=created&after=" + cur, "after", c, paging.ErrOutdated},
		{"cursor of other filters", "status=open&after=" + cur, "after", c, paging.ErrOutdated},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.c.Parse(values(t, test.query), "team:3")
			e, ok := errors.AsType[*paging.Error](err)
			if !ok {
				t.Fatalf("error %v, want a *paging.Error", err)
			}
			if e.Param != test.param || !errors.Is(err, test.kind) || e.StatusCode() != 400 || !strings.Contains(e.Error(), `"`+test.param+`"`) {
				t.Errorf("%v names %q and is %v, want %q and %v", e, e.Param, e.Unwrap(), test.param, test.kind)
			}
			// The same with a prefix names the parameter as it stands in the URL, and ignores the bare one.
			prefixed := test.c
			prefixed.Prefix = "a."
			q := url.Values{}
			for k, v := range values(t, test.query) {
				q["a."+k] = v
			}
			_, err = prefixed.Parse(q, "team:3")
			if e, ok := errors.AsType[*paging.Error](err); !ok || e.Param != "a."+test.param {
				t.Errorf("with a prefix: %v", err)
			}
			if _, err := prefixed.Parse(values(t, test.query), "team:3"); err != nil && test.name != "huge query" {
				t.Errorf("the parameters of another list are refused: %v", err)
			}
		})
	}
}

func TestParseReads(t *testing.T) {
	c := tickets(paging.Either)
	cur := cursor(t, c, "")
	for _, test := range []struct {
		query, canonical string
		mode             paging.Mode
		limit, offset    int
		back, count      bool
	}{
		{"", "", paging.Keyset, 10, 0, false, false},
		{"limit=&sort=&after=&before=&offset=&count=&status=", "", paging.Keyset, 10, 0, false, false},
		{"limit=10&sort=-created&count=false&offset=0", "", paging.Keyset, 10, 0, false, false},
		{"limit=7", "limit=7", paging.Keyset, 7, 0, false, false},
		{"limit=007", "limit=7", paging.Keyset, 7, 0, false, false},
		{"limit=51", "limit=50", paging.Keyset, 50, 0, false, false},
		{"limit=1000000000", "limit=50", paging.Keyset, 50, 0, false, false},
		{"limit=99999999999999999999999", "limit=50", paging.Keyset, 50, 0, false, false},
		{"offset=200", "offset=200", paging.Offset, 10, 200, false, false},
		{"sort=priority&count=true", "count=true&sort=priority", paging.Keyset, 10, 0, false, true},
		{"after=" + cur, "after=" + cur, paging.Keyset, 10, 0, false, false},
		{"before=" + cur, "before=" + cur, paging.Keyset, 10, 0, true, false},
		{"before=end", "before=end", paging.Keyset, 10, 0, true, false},
		{"tab=x&tab=y&q=a+b&status=open&status=new", "q=a+b&status=open&status=new&tab=x&tab=y", paging.Keyset, 10, 0, false, false},
		{"empty=", "empty=", paging.Keyset, 10, 0, false, false},
	} {
		o := mustParse(t, c, test.query)
		if got := o.Values().Encode(); got != test.canonical {
			t.Errorf("%q: Values %q, want %q", test.query, got, test.canonical)
		}
		if o.Mode() != test.mode || o.Limit() != test.limit || o.Offset() != test.offset || o.Backwards() != test.back || o.WantsTotal() != test.count {
			t.Errorf("%q: mode %d limit %d offset %d backwards %t count %t", test.query, o.Mode(), o.Limit(), o.Offset(), o.Backwards(), o.WantsTotal())
		}
		if again := mustParse(t, c, o.Values().Encode()); again.ID() != o.ID() {
			t.Errorf("%q: ID %q, parsed again %q", test.query, o.ID(), again.ID())
		}
	}
}

func TestParseLeavesTheQueryAlone(t *testing.T) {
	q := url.Values{"status": {"open"}, "x": {"1", "2"}, "limit": {"5"}}
	o, err := tickets(paging.Keyset).Parse(q, "")
	if err != nil {
		t.Fatal(err)
	}
	o.Values()["x"][0] = "changed"
	o.FilterAll("status")[0] = "changed"
	q["x"][1] = "changed too"
	if got := o.Values().Encode(); got != "limit=5&status=open&x=1&x=2" {
		t.Errorf("Options share memory with others: %s", got)
	}
}
