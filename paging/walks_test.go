package paging_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/paging"
)

// allWalks is how many random walks there are on each database; an eighth is made unless HTMXLIVE_WALKS is set.
const allWalks = 304

// TestRandomWalks goes back and forth through some hundred rows in random orders, from random places, and compares every page
// with the place in the order where it must be. With some hundred rows there are all kinds of neighbours.
func TestRandomWalks(t *testing.T) {
	walks := allWalks / 8
	if os.Getenv("HTMXLIVE_WALKS") != "" {
		walks = allWalks
	}
	t.Logf("%d of %d walks on each database, 1/%d", walks, allWalks, allWalks/walks)
	for name, start := range map[string]func(*testing.T) engine{"SQLite": sqliteEngine, "PostgreSQL": postgresEngine, "MariaDB": mariadbEngine} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			rows := make([]row, 300)
			for i := range rows {
				rows[i] = drawRow(int64(i)*3-5, time.UTC).Example(i)
			}
			stored := e.fill(t, rows)
			for seed := range walks {
				w := walk{e, columns(e.word), stored, rand.New(rand.NewPCG(uint64(seed), 1))}
				if !w.run(t, seed) {
					t.Fatalf("walk %d failed", seed)
				}
			}
		})
	}
}

// walk is one of them.
type walk struct {
	e    engine
	cols []column
	rows []row
	rand *rand.Rand
}

func (w walk) run(t *testing.T, seed int) bool {
	t.Helper()
	sort := rapid.Custom(func(t *rapid.T) paging.Sort { return drawSort(t, w.cols, w.e) }).Example(seed)
	limit := 1 + w.rand.IntN(40)
	c := paging.MustConfig(paging.Config{Name: "rows", Dialect: w.e.dialect, AllowSort: true, Sorts: []paging.Sort{sort}, Limit: limit, Codec: testCodec})
	sorted := reference(w.rows, sort, w.cols)
	order := [...]string{"it", "-it"}[w.rand.IntN(2)]
	if order == "-it" {
		slices.Reverse(sorted)
	}
	at, p := w.begin(t, c, order, sorted)
	for range 12 {
		if at < 0 || at > len(sorted) || !slices.Equal(ids(p.Items), ids(sorted[at:min(at+len(p.Items), len(sorted))])) {
			t.Errorf("%s %s by %d at %d: got %v", order, describe(sort), limit, at, ids(p.Items))
			return false
		}
		if p.HasPrev() != (at > 0) || p.HasNext() != (at+len(p.Items) < len(sorted)) {
			t.Errorf("%s %s by %d at %d: HasPrev %t, HasNext %t", order, describe(sort), limit, at, p.HasPrev(), p.HasNext())
			return false
		}
		way := [...]paging.Direction{paging.Next, paging.Next, paging.Prev}[w.rand.IntN(3)]
		o, ok := p.Target(way)
		if !ok {
			return true
		}
		shown := len(p.Items)
		p = w.e.page(t, o)
		at = map[paging.Direction]int{paging.Next: at + shown, paging.Prev: at - len(p.Items)}[way]
	}
	return true
}

// begin is the page at a random place: the first, the last, or one behind a row that is put there by hand.
func (w walk) begin(t *testing.T, c paging.Config, order string, sorted []row) (int, paging.Page[row]) {
	t.Helper()
	o := mustParse(t, c, "sort="+order)
	switch at := w.rand.IntN(len(sorted)); at % 5 {
	case 0:
		return 0, w.e.page(t, o)
	case 1:
		last := w.e.page(t, mustParse(t, c, fmt.Sprintf("sort=%s&before=end", order)))
		return len(sorted) - len(last.Items), last
	default:
		// A page of the rows up to here, as if it were the first.
		some := sorted[max(0, at-c.Limit) : at+1]
		next, ok := newPage(t, o, some, valueOf(w.cols)).Target(paging.Next)
		if !ok {
			return 0, w.e.page(t, o)
		}
		return at, w.e.page(t, next)
	}
}
