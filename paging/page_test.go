package paging_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

func TestTotals(t *testing.T) {
	for _, test := range []struct {
		total paging.Total
		text  string
		exact bool
	}{
		{paging.Unknown(), "", false},
		{paging.Exact(0), "0", true},
		{paging.Exact(-1), "0", true},
		{paging.Exact(999), "999", true},
		{paging.Exact(1000), "1,000", true},
		{paging.AtLeast(10_000), "10,000+", false},
		{paging.Estimated(1_234_567), "~1,234,567", false},
	} {
		if test.total.String() != test.text || test.total.IsExact() != test.exact {
			t.Errorf("%q exact %t, want %q", test.total, test.total.IsExact(), test.text)
		}
	}
	c := inOrder(paging.Offset)
	c.CountCap = 30
	if p := load(t, c, 31, "count=true"); p.Total().String() != "30+" || p.LastNumber() != 0 || p.Links().Last != nil {
		t.Errorf("a capped count: %s, last page %d", p.Total(), p.LastNumber())
	}
	if p := load(t, c, 30, "count=true"); p.Total().String() != "30" || p.LastNumber() != 3 {
		t.Errorf("a count up to the cap: %s, last page %d", p.Total(), p.LastNumber())
	}
	c.Count = paging.CountAlways
	if p := load(t, c, 7, "count=false"); p.Total().String() != "7" {
		t.Errorf("a list that is always counted: %q", p.Total())
	}
}

// Rows that come and go between the count and the fetch must not make a page that contradicts itself.
func TestTheTotalAgreesWithThePage(t *testing.T) {
	o := mustParse(t, inOrder(paging.Offset), "offset=10&count=true")
	for _, test := range []struct{ rows, counted, want int }{
		{11, 15, 21}, // has a next page, so at least 21
		{11, 40, 40},
		{5, 40, 15}, // is the last page, so exactly 15
		{5, 12, 15},
		{0, 40, 10}, // past the end
		{0, 7, 7},
	} {
		p, err := paging.NewPage(o, make([]row, test.rows), nil, paging.Exact(int64(test.counted)))
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := p.Total().N(); n != int64(test.want) {
			t.Errorf("%d rows after 10, counted %d: total %d, want %d", test.rows, test.counted, n, test.want)
		}
	}
}

func TestNewPageLeavesTheRowsAlone(t *testing.T) {
	o := mustParse(t, inOrder(paging.Keyset), "before=end&limit=2")
	rows := []row{{ID: 9, At: baseTime}, {ID: 8, At: baseTime}, {ID: 7, At: baseTime}}
	p, err := paging.NewPage(o, rows, ticketColumn, paging.Unknown())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ids(p.Items), []int64{8, 9}) || !slices.Equal(ids(rows), []int64{9, 8, 7}) {
		t.Errorf("page %v of rows %v", ids(p.Items), ids(rows))
	}
	p.Items = append(p.Items, row{ID: 1})
	if rows[2].ID != 7 {
		t.Error("appending to the page wrote into the rows")
	}
	if _, err := paging.NewPage(o, rows, nil, paging.Unknown()); err == nil {
		t.Error("a keyset page without a value function")
	}
}

// The zero values are a first page without an order: nothing to page by, and nothing to trip over.
func TestZeroValues(t *testing.T) {
	var o paging.Options
	p, err := paging.Slice(o, make([]row, 30), ticketColumn, nil)
	if err != nil || len(p.Items) != paging.DefaultLimit || p.Links().Next.URL != "?offset=25" || o.Filter("x") != "" {
		t.Errorf("%d rows, links %+v (%v)", len(p.Items), p.Links(), err)
	}
	if _, ok := o.WithSort("x"); ok || o.URL() != "?" || o.Mode() != paging.Offset {
		t.Errorf("the zero Options are %s", o.URL())
	}
	var none paging.Page[row]
	if l := none.Links(); l.Next != nil || l.Prev != nil || l.Number != 1 {
		t.Errorf("the zero Page: %+v", l)
	}
	if again, err := paging.Thaw(none.Options(), none.Items, none.Frame()); err != nil || again.HasNext() {
		t.Errorf("thawed: %v", err)
	}
	if _, ok := o.WithFilter("x", "y"); ok {
		t.Error("the zero Options have a filter")
	}
}

// What paging adds to a request: reading its query, making the page and all its links.
func BenchmarkPage(b *testing.B) {
	c := tickets(paging.Either)
	q := url.Values{"offset": {"50"}, "count": {"true"}, "status": {"open"}, "tab": {"x"}}
	b.ReportAllocs()
	for b.Loop() {
		o, err := c.Parse(q, "team:3")
		if err != nil {
			b.Fatal(err)
		}
		p, err := paging.NewPage(o.At("/t"), make([]row, 11), ticketColumn, paging.Exact(200))
		if err != nil {
			b.Fatal(err)
		}
		if len(p.Links().Numbers) == 0 {
			b.Fatal("no links")
		}
	}
}
