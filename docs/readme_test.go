package docs_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The shared query of the README: two pages are one fetch.
func TestSharingAsTheReadmeShows(t *testing.T) {
	type guest struct{ ID, Name string }
	keeper := live.NewKeeper(live.Config{})
	t.Cleanup(func() { _ = keeper.Close(context.Background()) })
	everyone := live.ListQuery[guest, string]{
		Fetch:     func(context.Context) ([]guest, error) { return []guest{{"1", "Ada"}}, nil },
		Key:       func(g guest) string { return g.ID },
		Subscribe: []string{"signed"},
		Fragments: []fragment.Fragment{livetest.Text("guestbook", "everyone")},
	}
	shared := live.Share(keeper, "everyone", func(struct{}) live.ListQuery[guest, string] { return everyone })
	for range 2 {
		p := livetest.OpenSocket(t, keeper, live.SocketConfig{Session: "ann"}, func(s *live.Socket) error {
			_, err := live.KeepList(s, "everyone", shared.With("public", struct{}{}))
			return err
		})
		if got := p.Text("guestbook"); got != "1={1 Ada}" {
			t.Errorf("the page shows %q", got)
		}
	}
	if got := keeper.Stats().Fetches; got != 1 {
		t.Errorf("%d fetches, want 1", got)
	}
}
