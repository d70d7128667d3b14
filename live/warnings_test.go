package live_test

import (
	"context"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestTwoQueriesForOneFragmentAreSaidOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		k, s := node(t, live.Config{Logger: log.logger()}), newSource(0)
		for range 3 {
			if err := load(t, k, func(socket *live.Socket) error {
				q := s.number()
				q.Fragments = []fragment.Fragment{livetest.Fragment("n", func(context.Context, fragment.Assigns) (string, error) { return "x", nil })}
				if _, err := live.Keep(socket, "first", q); err != nil {
					return err
				}
				_, err := live.Keep(socket, "last", q)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if got := log.count("two queries feed one fragment"); got != 1 {
			t.Errorf("said %d times", got)
		}
	})
}

type writer func(b []byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

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
