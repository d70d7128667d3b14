package live_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

type row struct {
	ID   int    `db:"id"`
	Name string `db:"name"`
}

func (r row) String() string { return r.Name }

func (r row) topic() string { return fmt.Sprintf("row:%d", r.ID) }

// table is what lists and pages fetch from, in the order of the ids.
type table struct {
	mu      sync.Mutex // guards everything below
	rows    map[int]row
	err     error
	takes   time.Duration // from when the rows were read
	fetches []string      // what was asked for
}

func newTable(ids ...int) *table {
	tb := &table{rows: map[int]row{}}
	for _, id := range ids {
		tb.put(row{id, "a"})
	}
	return tb
}

func (tb *table) put(rows ...row) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for _, r := range rows {
		tb.rows[r.ID] = r
	}
}

func (tb *table) remove(ids ...int) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for _, id := range ids {
		delete(tb.rows, id)
	}
}

func (tb *table) fail(err error) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.err = err
}

func (tb *table) slow(d time.Duration) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.takes = d
}

// answers passes the time that a fetch takes.
func (tb *table) answers(ctx context.Context) error {
	tb.mu.Lock()
	takes := tb.takes
	tb.mu.Unlock()
	if takes == 0 {
		return nil
	}
	return pause(ctx, takes)
}

func (tb *table) sorted() []row {
	return slices.SortedFunc(maps.Values(tb.rows), func(a, b row) int { return a.ID - b.ID })
}

func (tb *table) asked(what string) error {
	tb.fetches = append(tb.fetches, what)
	return tb.err
}

func (tb *table) all(ctx context.Context) (_ []row, err error) {
	defer func() { err = errors.Join(err, tb.answers(ctx)) }()
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return tb.sorted(), tb.asked("all")
}

// top is the first two rows only, so that others may still be there.
func (tb *table) top(ctx context.Context) (_ []row, err error) {
	defer func() { err = errors.Join(err, tb.answers(ctx)) }()
	tb.mu.Lock()
	defer tb.mu.Unlock()
	rows := tb.sorted()
	return rows[:min(2, len(rows))], tb.asked("top")
}

func (tb *table) byKeys(ctx context.Context, keys []int) (_ []row, err error) {
	defer func() { err = errors.Join(err, tb.answers(ctx)) }()
	tb.mu.Lock()
	defer tb.mu.Unlock()
	rows := slices.DeleteFunc(tb.sorted(), func(r row) bool { return !slices.Contains(keys, r.ID) })
	keys = slices.Sorted(slices.Values(keys))
	return rows, tb.asked(strings.Trim(fmt.Sprint("keys ", keys), "[]"))
}

func (tb *table) page(ctx context.Context, o paging.Options) (_ paging.Page[row], err error) {
	defer func() { err = errors.Join(err, tb.answers(ctx)) }()
	tb.mu.Lock()
	defer tb.mu.Unlock()
	what := "page " + o.Values().Encode()
	if keys, ok := o.Keys(); ok {
		what = fmt.Sprint("keys ", slices.SortedFunc(slices.Values(keys), func(a, b any) int { return a.(int) - b.(int) }))
	}
	if err := tb.asked(what); err != nil {
		return paging.Page[row]{}, err
	}
	return keyset().Slice(o, tb.sorted(), func(r row) any { return r.ID })
}

// asks is what was asked for since the last call.
func (tb *table) asks() []string {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	defer func() { tb.fetches = nil }()
	return tb.fetches
}

func rowKey(r row) int { return r.ID }

// list is all rows, which the topic "rows" stands for, shown by the fragment "rows".
func (tb *table) list() live.ListQuery[row, int] {
	return live.ListQuery[row, int]{
		Fetch: tb.all, Key: rowKey, Subscribe: []string{"rows"}, Fragments: []fragment.Fragment{livetest.Text("rows", "rows")},
	}
}

// pages is the rows two by two, shown by "rows" and, its links, by "links".
func (tb *table) pages(list *paging.List[row]) live.PageQuery[row, int] {
	return live.PageQuery[row, int]{
		Fetch: tb.page, Key: rowKey, Paging: list, Subscribe: []string{"rows"},
		Fragments: []fragment.Fragment{livetest.Text("rows", "rows"), links("links", "rows")},
	}
}

// keyset and offset are two ways of paging, two rows a page.
func keyset() *paging.List[row] { return keysetList }

var keysetList = paging.MustNew[row](paging.Config{
	Name: "rows", Dialect: paging.InMemory, Limit: 2, Codec: paging.NewCodec([]byte("0123456789abcdef0123456789abcdef")),
	Sorts: []paging.Sort{{Name: "id", Keys: paging.Keys("id")}},
})

func offset() *paging.List[row] {
	cfg := keyset().Config()
	cfg.Mode, cfg.Count = paging.Offset, paging.CountAlways
	return paging.MustNew[row](cfg)
}

// links shows where a page is: "prev next 2/5".
func links(id, name string) fragment.Fragment {
	return livetest.Fragment(id, func(_ context.Context, assigns fragment.Assigns) (string, error) {
		page, ok := assigns[name].Value.(paging.Page[row])
		if !ok {
			return "none", nil
		}
		l := page.Links()
		var words []string
		if l.Prev != nil {
			words = append(words, "prev")
		}
		if l.Next != nil {
			words = append(words, "next")
		}
		if l.LastNumber > 0 {
			words = append(words, fmt.Sprintf("%d/%d", l.Number, l.LastNumber))
		}
		return strings.Join(words, " "), nil
	})
}

func keepRows(s *live.Socket, q any) (err error) {
	switch q := q.(type) {
	case live.ListQuery[row, int]:
		_, err = live.KeepList(s, "rows", q)
	case live.PageQuery[row, int]:
		_, err = live.KeepPage(s, "rows", q)
	default:
		err = fmt.Errorf("no query of rows: %T", q)
	}
	return err
}

// openRows opens a page that keeps q, a ListQuery or a PageQuery, as "rows", and lets it settle.
func openRows(t *testing.T, k *live.Keeper, q any) *livetest.SocketPage {
	t.Helper()
	p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error { return keepRows(s, q) })
	synctest.Wait()
	return p
}

func asked(t *testing.T, tb *table, want ...string) {
	t.Helper()
	synctest.Wait()
	if got := tb.asks(); !slices.Equal(got, want) {
		t.Errorf("asked for %q, want %q", got, want)
	}
}
