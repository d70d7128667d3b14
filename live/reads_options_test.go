package live_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// reads is a list whose rows are read under "fresh" or, by their keys, under "keyed".
func (tb *table) reads(results live.Results) live.ListQuery[row, int] {
	q := tb.list()
	q.Subscribe, q.Results = nil, results
	q.Fetch = func(ctx context.Context) ([]row, error) {
		live.Reads(ctx, "fresh")
		return tb.top(ctx)
	}
	q.FetchKeys = func(ctx context.Context, keys []int) ([]row, error) {
		live.Reads(ctx, "keyed")
		return tb.byKeys(ctx, keys)
	}
	return q
}

// What is followed is what was read for what the page shows: kept rows by their keys, held ones afresh and, those that a
// load does not show any more, by their keys, all others afresh.
func TestResultsFollowWhatTheyWereReadBy(t *testing.T) {
	for name, want := range map[string]struct {
		results live.Results
		before  []string
		after   []string
		rows    string
	}{
		"keep": {live.ResultsKeep, []string{"keyed"}, []string{"keyed"}, "2=c 3=a"},
		"hold": {live.ResultsHold, []string{"fresh"}, []string{"fresh", "keyed"}, "2=c 3=a (+1)"},
		"lose": {live.ResultsLose, []string{"fresh"}, []string{"fresh"}, "1=new 2=c"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, tb := node(t, live.Config{}), newTable(2, 3)
				p := openRows(t, k, tb.reads(want.results))
				follows(t, k, want.before...)
				tb.put(row{1, "new"}, row{2, "c"})
				publish(t, k, want.before...)
				shows(t, p, "rows", want.rows)
				follows(t, k, want.after...)
				for _, topic := range want.after {
					tb.put(row{2, topic})
					publish(t, k, topic)
					shows(t, p, "rows", strings.Replace(want.rows, "2=c", "2="+topic, 1))
				}
			})
		})
	}
}

// A list that has lost all its rows gains others, and follows what they were read by.
func TestARefilledListFollowsWhatItWasReadBy(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		q := tb.reads(live.ResultsKeep)
		q.Fragments = []fragment.Fragment{hiding{livetest.Text("rows", "rows")}}
		p := openRows(t, k, q)
		tb.remove(1, 2)
		publish(t, k, "keyed")
		shows(t, p, "rows", "1=gone 2=gone") // as a fragment that hides them is given them
		follows(t, k, "fresh", "keyed")
		tb.put(row{3, "a"})
		publish(t, k, "fresh")
		shows(t, p, "rows", "3=a")
	})
}

// Pages of a shared list that keep different rows follow what any of them needs.
func TestPagesOfASharedListReadTogether(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(2, 3)
		shared := live.Share(k, "rows", func(int) live.ListQuery[row, int] { return tb.reads(live.ResultsKeep) })
		early := openRows(t, k, shared.With("all", 1))
		tb.put(row{1, "new"})
		publish(t, k, "fresh")
		follows(t, k, "keyed")
		late := openRows(t, k, shared.With("all", 1))
		shows(t, late, "rows", "1=new 2=a")
		follows(t, k, "fresh", "keyed")
		tb.put(row{1, "b"}, row{2, "b"}, row{3, "b"})
		publish(t, k, "keyed")
		shows(t, early, "rows", "2=b 3=b")
		shows(t, late, "rows", "1=b 2=b")
	})
}

func TestAPageChangeFollowsWhatTheNewPageReads(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4)
		q := tb.pages(keyset())
		q.Subscribe, q.Results = nil, live.ResultsLose
		q.Fetch = func(ctx context.Context, o paging.Options) (paging.Page[row], error) {
			page, err := tb.page(ctx, o)
			for _, r := range page.Items {
				live.ReadsSnapshot(ctx, r.topic())
			}
			return page, err
		}
		p := openRows(t, k, q)
		follows(t, k, "row:1", "row:2")
		if err := p.Socket().ChangePage("rows", paging.Next); err != nil {
			t.Fatal(err)
		}
		follows(t, k, "row:3", "row:4")
		tb.put(row{3, "b"})
		publish(t, k, "row:3")
		shows(t, p, "rows", "3=b 4=a")
	})
}

// A result that is given was read by nobody. The stream's own fetch follows what it reads.
func TestAGivenResultIsFollowedFromItsFirstFetch(t *testing.T) {
	both(t, func(t *testing.T, shared bool) {
		k, s := node(t, live.Config{}), newSource(1)
		q := s.reading("n")
		q.Initial = new(int)
		p := open(t, k, asShared(k, q, shared))
		shows(t, p, "n", "1")
		follows(t, k, "n")
		fetchedAt(t, s, 0, 0)
		s.set(2)
		publish(t, k, "n")
		shows(t, p, "n", "2")
	})
}

// AfterFetch reads for the page as Fetch does.
func TestAfterFetchReads(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		q := s.reading("n")
		q.AfterFetch = func(ctx context.Context, _ int, _ func(string, any)) error {
			live.Reads(ctx, "after")
			return nil
		}
		open(t, k, q)
		follows(t, k, "after", "n")
	})
}

// A hook hears what private and shared queries read.
func TestAHookHearsWhatIsRead(t *testing.T) {
	both(t, func(t *testing.T, shared bool) {
		k, s := node(t, live.Config{}), newSource(1)
		q := s.reading()
		q.Fetch = func(ctx context.Context) (int, error) {
			live.Reads(ctx, "n")
			n, err := s.fetch(ctx)
			if n > 1 {
				live.Reads(ctx, "more")
			}
			return n, err
		}
		q = asShared(k, q, shared)
		var heard box[[]string]
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			socket.OnNotification(func(_ context.Context, topic string, assigns []string) []string {
				heard.set(append(heard.get(), topic))
				return assigns
			})
			return keeping(q)(socket)
		})
		shows(t, p, "n", "1")
		s.set(2)
		publish(t, k, "n")
		shows(t, p, "n", "2")
		s.set(3)
		publish(t, k, "more")
		shows(t, p, "n", "3")
		if got := heard.get(); !slices.Equal(got, []string{"n", "more"}) {
			t.Errorf("the hook heard %q", got)
		}
	})
}

// A query that no change refetches says so once, however many pages keep it, and no other query does.
func TestAQueryThatFollowsNothingSaysSoOnce(t *testing.T) {
	for name, alter := range map[string]func(s *live.Socket, q *live.Query[int]){
		"": func(*live.Socket, *live.Query[int]) {},
		"Reads": func(_ *live.Socket, q *live.Query[int]) {
			fetch := q.Fetch
			q.Fetch = func(ctx context.Context) (int, error) { live.Reads(ctx, "n"); return fetch(ctx) }
		},
		"Subscribe":       func(_ *live.Socket, q *live.Query[int]) { q.Subscribe = []string{"n"} },
		"SubscribeTo":     func(_ *live.Socket, q *live.Query[int]) { q.SubscribeTo = func(int) []string { return nil } },
		"RefetchInterval": func(_ *live.Socket, q *live.Query[int]) { q.RefetchInterval = time.Hour },
		"NoRefetch":       func(_ *live.Socket, q *live.Query[int]) { q.NoRefetch = true },
		"a hook": func(s *live.Socket, _ *live.Query[int]) {
			s.OnNotification(func(context.Context, string, []string) []string { return nil }, "n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log journal
				k, s := node(t, live.Config{Logger: log.logger()}), newSource(0)
				for range 3 {
					livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
						q := s.number()
						q.Subscribe = nil
						alter(socket, &q)
						return keeping(q)(socket)
					})
				}
				time.Sleep(time.Minute)
				want := 0
				if name == "" {
					want = 1
				}
				if got := log.count("no change refetches a query"); got != want || log.count("assign=n") != want {
					t.Errorf("said %d times, want %d: %s", got, want, log.lines.String())
				}
			})
		})
	}
}

// An inspector sees what a shared query reads among its topics.
func TestInspectShowsWhatIsRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.reading("b", "a")
		q.Subscribe = []string{"c"}
		open(t, k, asShared(k, q, true))
		if _, queries := k.Inspect(); len(queries) != 1 || !slices.Equal(queries[0].Topics, []string{"a", "b", "c"}) {
			t.Errorf("%+v", queries)
		}
	})
}
