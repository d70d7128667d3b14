package live_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// An Initial is for the page of the options it has: others fetch their own rows, shared or not.
func TestInitialIsForItsOwnPage(t *testing.T) {
	for _, sharing := range []bool{false, true} {
		t.Run(fmt.Sprintf("shared %t", sharing), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4, 5)
				o, err := offset().Parse(nil, "")
				if err != nil {
					t.Fatal(err)
				}
				initial, err := paging.NewPage(o, []row{{7, "given"}}, func(r row, _ string) any { return r.ID }, paging.Exact(5))
				if err != nil {
					t.Fatal(err)
				}
				q := func() live.PageQuery[row, int] {
					q := tb.pages(offset())
					q.Initial, q.NoRefetch = &initial, true
					return q
				}
				get := q
				if sharing {
					shared := live.Share(k, "rows", func(int) live.PageQuery[row, int] { return q() })
					get = func() live.PageQuery[row, int] { return shared.With("all", 1) }
				}
				for query, want := range map[string]string{"": "7=given", "offset=2": "3=a 4=a", "limit=1": "1=a", "tab=x": "7=given"} {
					cfg := alice
					cfg.Query = parseQuery(t, query)
					p := livetest.OpenSocket(t, k, cfg, func(s *live.Socket) error { return keepRows(s, get()) })
					shows(t, p, "rows", want)
				}
			})
		})
	}
}

func TestInitialIsUsedInsteadOfTheFirstFetchAndRefetchedOnTheStream(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		initial := 7
		q := s.number()
		q.Initial, q.LoadUntilConnected = &initial, true
		handler := func(socket *live.Socket) error {
			n, err := live.Keep(socket, "n", q)
			if n != 7 {
				t.Errorf("Keep returned %d, want Initial", n)
			}
			return err
		}
		s.slow(time.Second)
		p := livetest.OpenSocket(t, k, alice, handler)
		shows(t, p, "n", "7")
		time.Sleep(time.Second)
		shows(t, p, "n", "1")
		fetchedAt(t, s, 0, 0)
	})
}

func TestInitialOfAQueryThatIsNotRefetched(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		initial := 7
		q := s.number()
		q.Initial, q.NoRefetch = &initial, true
		p := open(t, k, q)
		time.Sleep(time.Minute)
		shows(t, p, "n", "7")
		fetchedAt(t, s, 0)
		if err := p.Socket().Refetch(); err != nil {
			t.Fatal(err)
		}
		shows(t, p, "n", "1")
	})
}

// Rows that a browser keeps have nothing to do with those that are given: they are not gone.
func TestInitialDoesNotMarkKeptRowsAsGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		q := tb.list()
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			initial, _ := tb.all(t.Context())
			initial = initial[:1]
			q.Initial = &initial
			_, err := live.KeepList(s, "rows", q)
			return err
		})
		shows(t, p, "rows", "1=a")
		p.Close()
		tb.remove(1)
		if err := p.Reconnect(k); err != nil {
			t.Fatal(err)
		}
		shows(t, p, "rows", "1=gone")
		if got := len(p.Updates()); got != 1 {
			t.Errorf("%d updates: %+v", got, p.Updates())
		}
	})
}

func parseQuery(t *testing.T, query string) map[string][]string {
	t.Helper()
	q := map[string][]string{}
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			q[name] = append(q[name], value)
		}
	}
	return q
}
