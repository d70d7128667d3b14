package livetest_test

import (
	"context"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Outside of a bubble there is nothing to settle: a test waits for what it wants to see.
func TestAPageFollows(t *testing.T) {
	keeper := live.NewKeeper(live.Config{})
	t.Cleanup(func() {
		if err := keeper.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	var n atomic.Int64
	page := livetest.OpenSocket(t, keeper, live.SocketConfig{Session: "alice"}, func(s *live.Socket) error {
		_, err := live.Keep(s, "n", live.Query[int64]{
			Fetch:     func(context.Context) (int64, error) { return n.Load(), nil },
			Subscribe: []string{"n"},
			Fragments: []fragment.Fragment{livetest.Text("count", "n")},
		})
		return err
	})
	page.Await("count", "0")
	n.Store(7)
	if err := keeper.Publish(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	page.Await("count", "7")
	if got := page.FreshText("count"); got != "7" {
		t.Errorf("a fresh load shows %q", got)
	}
}
