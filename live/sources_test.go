package live_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
)

func TestASourceAsksWhoFollows(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		during := false
		q := newSource(1).number()
		q.Subscribe = nil
		q.Fetch = func(ctx context.Context) (int, error) {
			if !live.Recording(ctx) {
				t.Error("a fetch records nothing")
			}
			live.Reads(ctx, "numbers")
			during = k.Follows("numbers")
			return 1, nil
		}
		p := open(t, k, q)
		if !during || !k.Follows("numbers") {
			t.Errorf("followed: %v when Reads has returned, %v afterwards", during, k.Follows("numbers"))
		}
		if k.Follows("letters") || live.Recording(t.Context()) {
			t.Error("what nobody reads is followed, or a context that is no fetch records")
		}
		p.Close()
		synctest.Wait()
		if k.Follows("numbers") {
			t.Error("followed after the page has gone")
		}
	})
}
