package paging_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// FuzzParse: whatever stands in a URL is a page or a 400 that names a parameter, and a page can be linked to.
func FuzzParse(f *testing.F) {
	for _, query := range []string{
		"", "limit=10", "limit=0", "limit=-5", "limit=1000000000", "limit=99999999999999999999", "limit=%D9%A3", "offset=20",
		"offset=-1", "offset=20&after=x", "after=x&before=y", "before=end", "before=end&before=end", "sort=-priority&status=open",
		"sort=--priority", "count=true&q=a+b&tab=1", "a.limit=3&limit=4", "%00=%ff&x=%zz", "status=&status=new&status=%20",
		"after=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "limit=+5", ";a=b", "=&==&&", "offset=00000000000000000000000010",
	} {
		f.Add(query, "team:3", byte(0))
		f.Add(query, "", byte(7))
	}
	f.Fuzz(func(t *testing.T, query, scope string, shape byte) {
		q, _ := url.ParseQuery(query) // what can be read of it, as net/http does
		c := tickets(paging.Mode(shape % 3))
		c.Prefix = []string{"", "a.", "%"}[shape/3%3]
		c.Count = paging.Counting(shape / 9 % 3)
		o, err := c.Parse(q, scope)
		if err != nil {
			e, ok := errors.AsType[*paging.Error](err)
			if !ok || !strings.HasPrefix(e.Param, c.Prefix) && !q.Has(e.Param) || e.StatusCode() != 400 {
				t.Fatalf("%q is the server's fault: %v", query, err)
			}
			return
		}
		if o.Limit() < 1 || o.Limit() > c.MaxLimit || o.Offset() < 0 || o.Offset() > c.MaxOffset {
			t.Fatalf("%q: limit %d, offset %d", query, o.Limit(), o.Offset())
		}
		follow(t, c, o, scope)
		// Nothing a request can say may get into a statement but as an argument.
		stmt, args := o.SQL(paging.SQLite, paging.Query{Select: "id", From: "t", Key: "id"})
		if strings.Count(stmt, "?") != len(args) || strings.ContainsAny(stmt, "'\";\x00") {
			t.Fatalf("%q makes %s", query, stmt)
		}
	})
}

// follow checks that every link of a page leads to a page with that very URL.
func follow(t *testing.T, c paging.Config, o paging.Options, scope string) {
	t.Helper()
	var rows []row
	for i := range int64(30) {
		rows = append(rows, row{ID: i, At: baseTime})
	}
	p, err := paging.Slice(o, rows, ticketColumn, rowKeyAny)
	if err != nil {
		t.Fatal(err)
	}
	l := p.Links()
	for _, link := range append([]*paging.Link{{URL: o.URL()}, l.First, l.Prev, l.Next, l.Last}, pointers(l.Numbers)...) {
		if link == nil || link.URL == "" {
			continue
		}
		q, err := url.ParseQuery(strings.TrimPrefix(link.URL, "?"))
		if err != nil {
			t.Fatalf("link %q: %v", link.URL, err)
		}
		to, err := c.Parse(q, scope)
		if err != nil || to.URL() != link.URL {
			t.Fatalf("the link %q leads to %q (%v)", link.URL, to.URL(), err)
		}
	}
}

// FuzzCursor: no text is a cursor but those that were sealed, and they come back as they were.
func FuzzCursor(f *testing.F) {
	c := anyOrder(testCodec)
	o, err := c.Parse(nil, "team:3")
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range []any{nil, "", "x", int64(-1), true, 1.5, []byte{0}, baseTime} {
		token, err := paging.EncodeCursor(o, v, func(v any, column string) any {
			if column == "id" {
				return 7
			}
			return v
		})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(token)
		f.Add(token[1:])
		f.Add(token + "A")
	}
	f.Add("")
	f.Add("end")
	f.Add(strings.Repeat("_", 1024))
	f.Fuzz(func(t *testing.T, token string) {
		values, err := paging.DecodeCursor(o, token)
		if err != nil {
			if !errors.Is(err, paging.ErrForged) && !errors.Is(err, paging.ErrOutdated) {
				t.Fatalf("%q: %v", token, err)
			}
			return
		}
		again, err := paging.EncodeCursor(o, values, func(v []any, column string) any {
			if column == "id" {
				return v[1]
			}
			return v[0]
		})
		if err != nil || again != token {
			t.Fatalf("%q is a cursor of %v, and the cursor of that is %q (%v)", token, values, again, err)
		}
	})
}

// FuzzSealed: the decoder behind the seal, which only we can feed, still takes nothing it cannot read exactly.
func FuzzSealed(f *testing.F) {
	o, err := anyOrder(testCodec).Parse(nil, "")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{0, 3, 14}, false)
	f.Add([]byte{6, 1, 'x', 3, 14}, true)
	f.Add([]byte{6, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 'x'}, false)
	f.Add([]byte{8, 0, 0, 0, 0, 3, 14}, false)
	f.Add([]byte{5, 0x7f, 0xf8, 0, 0, 0, 0, 0, 1, 3, 14}, true)
	f.Add([]byte{3, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128}, false)
	f.Fuzz(func(t *testing.T, content []byte, frame bool) {
		token := paging.SealRaw(o, content, frame)
		if frame {
			p, err := paging.Thaw[row](o, nil, token)
			if err == nil {
				p.Links()
			}
			return
		}
		values, err := paging.DecodeCursor(o, token)
		if err == nil && len(values) != 2 {
			t.Fatalf("%x holds %v", content, values)
		}
	})
}
