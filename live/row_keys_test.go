package live_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

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
