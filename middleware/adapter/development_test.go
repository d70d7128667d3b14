package adapter_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/sessions"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/middleware/adapter"
)

// In development what nobody publishes is found, and only there.
func TestDevelopmentChecksQueries(t *testing.T) {
	for _, development := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			k := live.NewKeeper(live.Config{})
			t.Cleanup(func() {
				if err := k.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			if _, err := adapter.New(adapter.Config{Keeper: k, Store: sessions.NewCookieStore([]byte("0123456789abcdef")), Development: development}); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			p := livetest.OpenSocket(t, k, live.SocketConfig{Session: "s", Path: "/"}, func(s *live.Socket) error {
				_, err := live.Keep(s, "age", live.Query[bool]{
					Fetch:     func(context.Context) (bool, error) { return time.Since(began) > time.Second, nil },
					Subscribe: []string{"age"},
					Fragments: []fragment.Fragment{livetest.Text("age", "age")},
				})
				return err
			})
			time.Sleep(20 * time.Second)
			synctest.Wait()
			if got := p.Text("age") == "true"; got != development || (k.Stats().Findings == 1) != development {
				t.Errorf("development %v: the page shows %q, %+v", development, p.Text("age"), k.Stats())
			}
		})
	}
}
