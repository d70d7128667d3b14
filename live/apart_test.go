package live_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// What a handler does to the rows it gets is its own affair.
func TestHandlersGetRowsForThemselves(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, other, tb := node(t, live.Config{}), node(t, live.Config{}), newTable(1, 2, 3)
		list := live.Share(k, "rows", func(int) live.ListQuery[row, int] { return tb.list() }).With("all", 1)
		page := live.Share(other, "rows", func(int) live.PageQuery[row, int] { return tb.pages(keyset()) }).With("all", 1)
		use := func(rows []row) {
			if len(rows) < 2 || rows[0] != (row{1, "a"}) {
				t.Errorf("a handler gets %v", rows)
				return
			}
			rows[0].Name = "yours, alice"
		}
		for range 2 {
			err := load(t, k, func(s *live.Socket) error {
				rows, err := live.KeepList(s, "rows", list)
				use(rows)
				return err
			})
			err = errors.Join(err, load(t, other, func(s *live.Socket) error {
				rows, err := live.KeepPage(s, "rows", page)
				use(rows.Items)
				return err
			}))
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Row keys that come back from a browser as others would make every row one that is gone.
func TestRowKeysThatDoNotSurviveAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		type hidden struct{ id int }
		refused := func(err error) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), "row key") {
				t.Errorf("error %v", err)
			}
		}
		refused(load(t, k, oneRow[any](1)))
		refused(load(t, k, oneRow(hidden{1})))
		refused(load(t, k, oneRow("\xff")))
		refused(load(t, k, oneRow(time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("CET", 3600)))))
		for _, handler := range []livetest.Handler{
			oneRow(1), oneRow("é"), oneRow([16]byte{1}), oneRow(time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)), oneRow(struct{ A, B int }{1, 2}), oneRow[any]("x"),
		} {
			if err := load(t, k, handler); err != nil {
				t.Error(err)
			}
		}
	})
}

// oneRow is the handler of a page with one row of this key.
func oneRow[K comparable](key K) livetest.Handler {
	return func(s *live.Socket) error {
		_, err := live.KeepList(s, "rows", live.ListQuery[K, K]{
			Fetch: func(context.Context) ([]K, error) { return []K{key}, nil },
			Key:   func(row K) K { return row },
		})
		return err
	}
}

// Pages follow the newest result although it looks the same, or each would hold the one it came with.
func TestPagesDoNotHoldOldResults(t *testing.T) {
	var freed atomic.Int64
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		made := int64(0)
		shared := live.Share(k, "n", func(int) live.Query[*[1 << 16]byte] {
			return live.Query[*[1 << 16]byte]{
				Fetch: func(context.Context) (*[1 << 16]byte, error) {
					made++
					large := new([1 << 16]byte)
					runtime.AddCleanup(large, func(freed *atomic.Int64) { freed.Add(1) }, &freed)
					return large, nil
				},
				Subscribe: []string{"n"},
				Fragments: []fragment.Fragment{livetest.Fragment("n", func(context.Context, fragment.Assigns) (string, error) { return "the same", nil })},
			}
		})
		for range 5 {
			livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
				_, err := live.Keep(s, "n", shared.With("all", 1))
				return err
			})
			publish(t, k, "n")
			synctest.Wait()
		}
		for tries := 0; freed.Load() < made-1; tries++ {
			if tries == 1000 {
				t.Fatalf("of %d results %d are held", made, made-freed.Load())
			}
			runtime.GC()
			runtime.Gosched()
		}
	})
}

// A fetch that ends its goroutine, as t.Fatal does, ends nothing else.
func TestAFetchThatEndsItsGoroutineIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		exits := true
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.Fetch = func(ctx context.Context) (int, error) {
				if exits {
					runtime.Goexit()
				}
				return s.fetch(ctx)
			}
			return q
		})
		if err := load(t, k, keeping(shared.With("all", 1))); err == nil {
			t.Error("loaded")
		}
		exits = false
		time.Sleep(time.Second)
		shows(t, open(t, k, shared.With("all", 1)), "n", "1")
	})
}

// A composed list gains rows again like any other, unless it shows those that have gone.
func TestAComposedListThatLosesItsLastRow(t *testing.T) {
	for name, c := range map[string]struct {
		f    fragment.Fragment
		want string
	}{
		"leaves them out": {hiding{livetest.Text("rows", "rows")}, "4=new"},
		"shows them":      {livetest.Text("rows", "rows"), "1=gone 2=gone"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, tb := node(t, live.Config{}), newTable(1, 2)
				p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
					q := tb.list()
					q.Fragments = nil
					if err := keepRows(s, q); err != nil {
						return err
					}
					if err := s.Compose(c.f, "rows"); err != nil {
						return err
					}
					return keepRows(s, q) // by another cohort
				})
				shows(t, p, "rows", "1=a 2=a")
				tb.remove(1, 2)
				publish(t, k, "rows")
				synctest.Wait()
				tb.put(row{4, "new"})
				publish(t, k, "rows")
				shows(t, p, "rows", c.want)
			})
		})
	}
}

// A page that comes late waits for no window, and is one fetch more at most.
func TestAPageThatComesLateWaitsForNoWindow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.LoadUntilConnected, q.RefetchWindow = true, 10*time.Second
			return q
		})
		shows(t, open(t, k, shared.With("all", 1)), "n", "1")
		time.Sleep(time.Second)
		s.set(2)
		publish(t, k, "n")
		for range 5 {
			shows(t, open(t, k, shared.With("all", 1)), "n", "2")
		}
		fetchedAt(t, s, 0, 0, time.Second)
	})
}

func TestAFetchThatEndsTheGoroutineOfItsLoad(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = load(t, k, keeping(live.Query[int]{Fetch: func(context.Context) (int, error) {
				runtime.Goexit()
				return 0, nil
			}}))
			t.Error("goes on")
		}()
		<-ended
	})
}
