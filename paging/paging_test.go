package paging_test

import (
	"net/url"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/paging"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type ticket struct {
	ID       int64
	Priority int
}

func ticketValue(t ticket, column string) any {
	if column == "priority" {
		return t.Priority
	}
	return t.ID
}

var byPriority = []paging.Sort{
	{Name: "priority", Keys: []paging.Key{{Column: "priority"}, {Column: "id"}}},
	{Name: "id", Keys: []paging.Key{{Column: "id"}}},
}

func TestWalkInMemory(t *testing.T) {
	var rows []ticket
	for i := range int64(23) {
		rows = append(rows, ticket{i, int(i % 3)})
	}
	cfg := paging.Must(paging.Config{Sorts: byPriority, Limit: 5, Codec: paging.RandomCodec()})
	o, err := cfg.Parse(url.Values{"sort": {"-priority"}, "x": {"1"}}, "team:3")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for {
		p, err := paging.Slice(o, rows, ticketValue, nil)
		if err != nil {
			t.Fatal(err)
		}
		seen += len(p.Items)
		l := p.Links().Next
		if l == nil {
			break
		}
		u, _ := url.Parse(l.URL)
		if o, err = cfg.Parse(u.Query(), "team:3"); err != nil {
			t.Fatal(err)
		}
		if u.Query().Get("x") != "1" {
			t.Errorf("lost a parameter: %s", l.URL)
		}
	}
	if seen != len(rows) {
		t.Errorf("saw %d rows of %d", seen, len(rows))
	}
}
