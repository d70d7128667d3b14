package live_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// sharing is a shared query "n" of the source, with a counter of its renderings.
func sharing(k *live.Keeper, s *source, rendered *atomic.Int64) *live.Shared[int, live.Query[int]] {
	return live.Share(k, "n", func(int) live.Query[int] {
		q := s.number()
		text := livetest.Text("n", "n")
		q.Fragments = []fragment.Fragment{livetest.Fragment("n", func(ctx context.Context, assigns fragment.Assigns) (string, error) {
			rendered.Add(1)
			b, err := text.Render(ctx, assigns)
			return string(b), err
		})}
		return q
	})
}

func TestEqualSharedQueriesAreOneFetchOneRenderAndTheSameBytes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{Limits: live.Limits{StreamsPerSession: 100}}), newSource(0)
		var rendered atomic.Int64
		shared := sharing(k, s, &rendered)
		var pages []*livetest.SocketPage
		for range 100 {
			pages = append(pages, open(t, k, shared.With("all", 1)))
		}
		if s.count() != 1 || rendered.Load() != 1 {
			t.Errorf("100 loads and 100 streams: %d fetches, %d renderings, want 1 of each", s.count(), rendered.Load())
		}
		s.set(1)
		publish(t, k, "n")
		synctest.Wait()
		if s.count() != 2 || rendered.Load() != 2 {
			t.Errorf("one change more: %d fetches, %d renderings, want 2 of each", s.count(), rendered.Load())
		}
		first := pages[0].Updates()[0].Patches[0]
		for _, p := range pages {
			us := p.Updates()
			if len(us) != 1 || us[0].Patches[0] != first {
				t.Fatal("a page was sent a patch of its own")
			}
		}
	})
}

func TestWhatDiffersIsNotShared(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4)
		shared := live.Share(k, "rows", func(string) live.PageQuery[row, int] { return tb.pages(keyset()) })
		other := live.Share(k, "others", func(string) live.PageQuery[row, int] {
			q := tb.pages(keyset())
			q.Fragments = []fragment.Fragment{livetest.Text("rows", "others")}
			return q
		})
		at := func(path, query string, q any) {
			cfg := alice
			cfg.Path = path
			if query != "" {
				cfg.Query = map[string][]string{"limit": {query}}
			}
			livetest.OpenSocket(t, k, cfg, func(s *live.Socket) error { return keepRows(s, q) })
			synctest.Wait()
		}
		for i, different := range []func(){
			func() { at("/", "", shared.With("team:3", "red")) },
			func() { at("/", "", shared.With("team:4", "red")) },
			func() { at("/", "", shared.With("team:3", "blue")) },
			func() { at("/", "3", shared.With("team:3", "red")) },
			func() { at("/elsewhere", "", shared.With("team:3", "red")) },
			func() { at("/", "", other.With("team:3", "red")) },
		} {
			different()
			if got := len(tb.asks()); got != 1 {
				t.Errorf("page %d: %d fetches, want one of its own", i, got)
			}
			different()
			if got := len(tb.asks()); got != 0 {
				t.Errorf("page %d, once more: %d fetches, want none", i, got)
			}
		}
		if got := k.Stats().Shared; got != 6 {
			t.Errorf("%d shared queries", got)
		}
	})
}

func TestALoadWarmsTheCohortOfItsStream(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{IdleTimeout: 10 * time.Second}), newSource(0)
		var rendered atomic.Int64
		shared := sharing(k, s, &rendered)
		if err := load(t, k, keeping(shared.With("all", 1))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Second)
		socket := connect(t, k)
		if _, err := live.Keep(socket.Socket(), "n", shared.With("all", 1)); err != nil {
			t.Fatal(err)
		}
		fetchedAt(t, s, 0, 0)
		socket.Close()

		// Nobody looks, but what changes is noticed.
		time.Sleep(5 * time.Second)
		s.set(1)
		publish(t, k, "n")
		time.Sleep(time.Second)
		fetchedAt(t, s, 1)
		p := open(t, k, shared.With("all", 1))
		shows(t, p, "n", "1")
		fetchedAt(t, s, 1, 15*time.Second)
		p.Close()

		time.Sleep(10 * time.Second)
		synctest.Wait()
		if st := k.Stats(); st.Shared != 0 || st.Topics != 0 {
			t.Errorf("after lingering: %+v", st)
		}
		open(t, k, shared.With("all", 1))
		fetchedAt(t, s, 2, 25*time.Second)
	})
}

func TestLingeringIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{MaxIdle: 3}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		for i := range 10 {
			if err := load(t, k, keeping(shared.With("all", i))); err != nil {
				t.Fatal(err)
			}
		}
		if got := k.Stats().Shared; got != 3 {
			t.Errorf("%d linger, want 3", got)
		}
		for i := range 3 { // the newest three
			if err := load(t, k, keeping(shared.With("all", 9-i))); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.count(); got != 10 {
			t.Errorf("%d fetches, want no more than the first ten", got)
		}
		if err := load(t, k, keeping(shared.With("all", 6))); err != nil {
			t.Fatal(err)
		}
		if got := s.count(); got != 11 {
			t.Errorf("%d fetches, want one for a query that did not linger", got)
		}
	})
}

// After a restart everybody comes back at once.
func TestTenThousandStreamsJoinWithOneFetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		s.slow(50 * ms)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		var joined sync.WaitGroup
		sockets := make([]*live.Transport, 10_000)
		for i := range sockets {
			joined.Go(func() {
				cfg := live.SocketConfig{Session: fmt.Sprint(i), Connected: true}
				socket, err := k.Connect(t.Context(), cfg)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := live.Keep(socket.Socket(), "n", shared.With("all", 1)); err != nil {
					t.Error(err)
				}
				sockets[i] = socket
			})
		}
		joined.Wait()
		if t.Failed() {
			t.FailNow()
		}
		for _, socket := range sockets {
			socket.Start()
		}
		fetchedAt(t, s, 0, 0)

		s.set(1)
		publish(t, k, "n")
		time.Sleep(time.Second)
		fetchedAt(t, s, 1, 50*ms)
		patches := map[*live.Patch]int{}
		for _, socket := range sockets {
			<-socket.Changed()
			u, ok := socket.Next()
			if !ok || len(u.Patches) != 1 {
				t.Fatalf("update: %+v", u)
			}
			patches[u.Patches[0]]++
			socket.Close()
		}
		if len(patches) != 1 {
			t.Errorf("%d patches were made for one change", len(patches))
		}
	})
}

func TestKeptRowsDoNotSplitACohort(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4)
		var rows atomic.Int64
		shared := live.Share(k, "rows", func(int) live.PageQuery[row, int] {
			q := tb.pages(keyset())
			q.Results = live.ResultsHold
			q.Fragments = []fragment.Fragment{counted(&rows)}
			return q
		})
		var pages []*livetest.SocketPage
		for i := range 3 { // each is loaded later, so each keeps other rows: 1 2, 2 3, 3 4
			pages = append(pages, openRows(t, k, shared.With("all", 1)))
			tb.remove(i + 1)
			publish(t, k, "rows")
			synctest.Wait()
		}
		tb.asks()
		rows.Store(0)
		tb.put(row{3, "b"}, row{4, "b"})
		publish(t, k, "rows")
		shows(t, pages[0], "rows", "1=gone 2=gone (+2)")
		shows(t, pages[1], "rows", "2=gone 3=b (+1)")
		shows(t, pages[2], "rows", "3=b 4=b")
		if got := k.Stats().Shared; got != 1 {
			t.Errorf("%d cohorts", got)
		}
	})
}

// Of a held page the fresh one is fetched anyway: who loads it then is shown that.
func TestALoadOfAHeldPageCostsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		shared := live.Share(k, "rows", func(int) live.PageQuery[row, int] {
			q := tb.pages(keyset())
			q.Results, q.Fragments = live.ResultsHold, []fragment.Fragment{livetest.Text("rows", "rows")}
			return q
		})
		openRows(t, k, shared.With("all", 1))
		tb.put(row{0, "a"})
		publish(t, k, "rows")
		synctest.Wait()
		tb.asks()
		p := openRows(t, k, shared.With("all", 1))
		shows(t, p, "rows", "0=a 1=a")
		asked(t, tb)
	})
}

// counted is Text("rows", "rows") that renders row by row and counts the rows.
func counted(rendered *atomic.Int64) fragment.Fragment {
	return countedRows{livetest.Text("rows", "rows"), rendered}
}

type countedRows struct {
	fragment.Fragment

	rendered *atomic.Int64
}

func (f countedRows) RenderRow(_ context.Context, r fragment.Row) ([]byte, error) {
	if r.Gone {
		return []byte(r.Key + "=gone"), nil
	}
	f.rendered.Add(1)
	return fmt.Appendf(nil, "%s=%v", r.Key, r.Value), nil
}

func (f countedRows) RenderRows(_ context.Context, assigns fragment.Assigns, rows [][]byte) ([]byte, error) {
	out := bytes.Join(rows, []byte(" "))
	if n := assigns["rows"].Pending; n > 0 {
		out = fmt.Appendf(out, " (+%d)", n)
	}
	return out, nil
}

func TestACohortFetchesTheUnionOfKeptRowsOnceAndRendersEachOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(5, 6)
		var rendered atomic.Int64
		shared := live.Share(k, "rows", func(int) live.PageQuery[row, int] {
			q := tb.pages(keyset())
			q.Fragments = []fragment.Fragment{counted(&rendered)}
			return q
		})
		old := []*livetest.SocketPage{openRows(t, k, shared.With("all", 1)), openRows(t, k, shared.With("all", 1))} // 5 6
		tb.put(row{4, "a"})
		publish(t, k, "rows")
		synctest.Wait()
		late := openRows(t, k, shared.With("all", 1)) // 4 5
		tb.put(row{1, "b"}, row{2, "b"}, row{4, "b"}, row{5, "b"}, row{6, "b"})
		tb.asks()
		rendered.Store(0)
		publish(t, k, "rows")
		shows(t, old[0], "rows", "5=b 6=b")
		shows(t, old[1], "rows", "5=b 6=b")
		shows(t, late, "rows", "4=b 5=b")
		asked(t, tb, "keys [4 5 6]")
		if got := rendered.Load(); got != 3 {
			t.Errorf("%d rows rendered, want each of three once", got)
		}
		a, b := old[0].Updates(), old[1].Updates()
		if a[len(a)-1].Patches[0] != b[len(b)-1].Patches[0] {
			t.Error("two pages that keep the same rows were sent patches of their own")
		}
	})
}

type viewerKey struct{}

// Nothing of a request reaches a shared query: not its fetch, not its rendering, not even the first.
func TestASharedQuerySeesNothingOfARequest(t *testing.T) {
	initial := 7
	for name, alter := range map[string]func(q *live.Query[int]){
		"fetched":            func(*live.Query[int]) {},
		"LoadUntilConnected": func(q *live.Query[int]) { q.LoadUntilConnected = true },
		"Initial":            func(q *live.Query[int]) { q.Initial = &initial },
		"NoRefetch":          func(q *live.Query[int]) { q.Initial, q.NoRefetch = &initial, true },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, s := node(t, live.Config{}), newSource(0)
				var looked atomic.Int64
				look := func(ctx context.Context) {
					looked.Add(1)
					if v := ctx.Value(viewerKey{}); v != nil {
						t.Errorf("a shared query sees %v", v)
					}
				}
				shared := live.Share(k, "n", func(int) live.Query[int] {
					q := s.number()
					q.Fetch = func(ctx context.Context) (int, error) {
						look(ctx)
						return s.fetch(ctx)
					}
					q.Fragments = []fragment.Fragment{livetest.Fragment("n", func(ctx context.Context, _ fragment.Assigns) (string, error) {
						look(ctx)
						return "n", nil
					})}
					alter(&q)
					return q
				})
				ctx := context.WithValue(t.Context(), viewerKey{}, "alice")
				for _, connected := range []bool{false, true} {
					cfg := alice
					cfg.Connected = connected
					socket, err := k.Connect(ctx, cfg)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := live.Keep(socket.Socket(), "n", shared.With("all", 1)); err != nil {
						t.Fatal(err)
					}
					if connected {
						socket.Start()
						synctest.Wait()
					}
					socket.Close()
				}
				if looked.Load() == 0 {
					t.Error("nothing was fetched or rendered")
				}
			})
		})
	}
}

// A viewer who leaves ends nothing for the others: the fetch is nobody's.
func TestASharedFetchOutlivesTheRequestThatBeganIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		s.slow(time.Second)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		impatient, cancel := context.WithCancel(t.Context())
		first := make(chan error, 1)
		go func() {
			socket, _ := k.Connect(impatient, alice)
			defer socket.Close()
			_, err := live.Keep(socket.Socket(), "n", shared.With("all", 1))
			first <- err
		}()
		second := make(chan error, 1)
		go func() { second <- load(t, k, keeping(shared.With("all", 1))) }()
		time.Sleep(500 * ms)
		cancel()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("who has left: %v", err)
		}
		if err := <-second; err != nil {
			t.Errorf("who has waited: %v", err)
		}
		fetchedAt(t, s, 0, 0)
	})
}

func TestWiringMistakesPanic(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		for name, mistake := range map[string]func(){
			"no scope":      func() { shared.With("", 1) },
			"no build":      func() { live.Share[int, live.Query[int]](k, "none", nil) },
			"defined twice": func() { live.Share(k, "n", func(string) live.Query[int] { return s.number() }) },
			"AfterFetch": func() {
				after := live.Share(k, "after", func(int) live.Query[int] {
					return live.Query[int]{Fetch: s.fetch, AfterFetch: func(context.Context, int, func(string, any)) error { return nil }}
				})
				_ = load(t, k, keeping(after.With("all", 1)))
			},
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: no panic", name)
					}
				}()
				mistake()
			}()
		}
		if err := load(t, node(t, live.Config{}), keeping(shared.With("all", 1))); err == nil {
			t.Error("a shared query of another keeper was kept")
		}
	})
}

// A database that is down is not asked by every one of a thousand loads.
func TestManyLoadsOfAFailingSharedQueryAreFewFetches(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		s.fail(errors.New("no connection"))
		s.slow(100 * ms)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		began := time.Now()
		var loads sync.WaitGroup
		for i := range 1000 {
			loads.Go(func() {
				time.Sleep(time.Duration(i) * ms)
				if err := load(t, k, keeping(shared.With("all", 1))); err == nil {
					t.Error("a load succeeded")
				}
			})
		}
		loads.Wait()
		if took := time.Since(began); took > 1100*ms {
			t.Errorf("the last load was answered after %v", took)
		}
		fetchedAt(t, s, 0, 0, 600*ms)
		s.fail(nil)
		time.Sleep(2 * time.Second)
		if err := load(t, k, keeping(shared.With("all", 1))); err != nil {
			t.Errorf("once it is back: %v", err)
		}
	})
}

// A load inside a window is not shown what is known to be old.
func TestALoadIsAsFreshAsItsRequest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.RefetchWindow = time.Hour
			return q
		})
		p := open(t, k, shared.With("all", 1))
		for i := range 3 {
			s.set(i + 1)
			publish(t, k, "n")
			shows(t, p, "n", fmt.Sprint(i)) // its turn comes in an hour
			if got := p.FreshText("n"); got != fmt.Sprint(i+1) {
				t.Errorf("a load after the change shows %s", got)
			}
			shows(t, p, "n", fmt.Sprint(i+1)) // what was fetched for one is for all
		}
	})
}

// Without topics nothing says that a lingering result is old, so a load asks again.
func TestASharedQueryWithoutTopicsIsFetchedByEachLoad(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(interval time.Duration) live.Query[int] {
			q := s.number()
			q.Subscribe, q.RefetchInterval = nil, interval
			return q
		})
		for range 3 {
			if err := load(t, k, keeping(shared.With("all", 0))); err != nil {
				t.Fatal(err)
			}
		}
		fetchedAt(t, s, 0, 0, 0, 0)

		// With an interval, a result that is younger than one is good enough: a page is one fetch, not two.
		open(t, k, shared.With("all", time.Second))
		fetchedAt(t, s, 3, 0)
		time.Sleep(1500 * ms)
		open(t, k, shared.With("all", time.Second))
		fetchedAt(t, s, 4, time.Second)
	})
}

// Once all viewers keep rows only those are fetched; Initial, which was for the first load, is not for later ones.
func TestALoadOfASharedQueryWithInitialAfterItsRowsWereKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3)
		shared := live.Share(k, "rows", func(int) live.ListQuery[row, int] {
			q := tb.list()
			q.Fetch, q.FetchKeys, q.Initial = tb.top, tb.byKeys, &[]row{{1, "initial"}}
			return q
		})
		p := openRows(t, k, shared.With("all", 1))
		shows(t, p, "rows", "1=a")
		tb.put(row{1, "b"})
		publish(t, k, "rows")
		shows(t, p, "rows", "1=b")
		late := openRows(t, k, shared.With("all", 1))
		shows(t, late, "rows", "1=b 2=a")
	})
}
