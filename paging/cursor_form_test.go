package paging_test

import (
	"errors"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/paging"
)

// A cursor holds a value in the form of its column. When the program is deployed anew with another form, the cursors from before
// are outdated: the number that one holds is above or below every text, so that its page would have no rows, or all.
func TestACursorOfAnotherFormIsOutdated(t *testing.T) {
	type event struct {
		ID int64 `db:"id"`
		At any   `db:"at_"`
	}
	list := func(layout string, holds paging.Type) *paging.List[event] {
		return paging.MustNew[event](paging.Config{Name: "events", Dialect: paging.SQLite, Limit: 1, Codec: testCodec, Sorts: []paging.Sort{
			{Name: "at", Keys: []paging.Key{{Column: "at_", Desc: true, Layout: layout, Type: holds}, desc("id")}},
		}})
	}
	at := time.Unix(1_767_225_600, 0).UTC()
	before := list(paging.LayoutUnix, paging.AsGiven)
	o, err := before.Parse(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := before.Page(o, []event{{2, at}, {1, at}})
	if err != nil {
		t.Fatal(err)
	}
	next, _ := p.Target(paging.Next)
	if _, err := list(paging.LayoutUnix, paging.AsGiven).Parse(next.Values(), ""); err != nil {
		t.Errorf("the same form: %v", err)
	}
	for _, other := range []*paging.List[event]{list(paging.LayoutSQLite, paging.AsGiven), list(paging.LayoutUnix, paging.Text)} {
		if o, err := other.Parse(next.Values(), ""); !errors.Is(err, paging.ErrOutdated) {
			values, _ := o.Cursor()
			t.Errorf("a list whose column has another form opens %v (%v)", values, err)
		}
	}
}
