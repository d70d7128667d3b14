package live_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
)

func TestLimits(t *testing.T) {
	limits := live.Limits{StreamsPerSession: 2, AssignsPerPage: 2, TopicsPerAssign: 3}
	is := func(t *testing.T, err error, limit string, most int) {
		t.Helper()
		var over *live.LimitError
		if !errors.As(err, &over) || over.Limit != live.Limit(limit) || over.Max != most {
			t.Errorf("got %v, want limit %s (%d)", err, limit, most)
		}
	}
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{Limits: limits}), newSource(0)
		socket := connect(t, k)
		defer socket.Close()
		for _, name := range []string{"a", "b", "a"} {
			if _, err := live.Keep(socket.Socket(), name, live.Query[int]{Fetch: s.fetch}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := live.Keep(socket.Socket(), "c", live.Query[int]{Fetch: s.fetch})
		is(t, err, "AssignsPerPage", 2)

		q := live.Query[int]{Fetch: s.fetch, Subscribe: []string{"1", "2", "3", "4"}}
		_, err = live.Keep(socket.Socket(), "a", q)
		is(t, err, "TopicsPerAssign", 3)
		q.Subscribe = []string{"1", "2"}
		q.SubscribeTo = func(int) []string { return []string{"3", "4"} }
		_, err = live.Keep(socket.Socket(), "a", q)
		is(t, err, "TopicsPerAssign", 3)
		q.SubscribeTo = func(int) []string { return []string{"3", "1", "3"} } // three different ones
		if _, err = live.Keep(socket.Socket(), "a", q); err != nil {
			t.Error(err)
		}

		second := connect(t, k)
		cfg := alice
		cfg.Connected = true
		_, err = k.Connect(t.Context(), cfg)
		is(t, err, "StreamsPerSession", 2)
		cfg.Session = "bob"
		other, err := k.Connect(t.Context(), cfg)
		if err != nil {
			t.Errorf("another session: %v", err)
		}
		other.Close()
		second.Close()
		connect(t, k).Close() // there is room again
	})
}

// Pages that keep different rows share a query: the limit is for what one of them sees.
func TestTheLimitOfTopicsIsForOneView(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{Limits: live.Limits{TopicsPerAssign: 3}}), newTable(1, 2)
		shared := live.Share(k, "rows", func(int) live.ListQuery[row, int] {
			q := tb.list()
			q.FetchKeys = tb.byKeys
			q.SubscribeTo = func(rows []row) []string {
				topics := make([]string, len(rows))
				for i, r := range rows {
					topics[i] = r.topic()
				}
				return topics
			}
			return q
		})
		early := openRows(t, k, shared.With("all", 1))
		for i := range 10 {
			tb.remove(i+1, i+2)
			tb.put(row{i + 2, "new"}, row{i + 3, "new"})
			publish(t, k, "rows")
			synctest.Wait()
			late := openRows(t, k, shared.With("all", 1))
			shows(t, late, "rows", late.FreshText("rows"))
		}
		shows(t, early, "rows", "1=gone 2=gone")
	})
}
