package live_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// A query that finds out that its viewer may see something else: everything live on the page goes, and the page is loaded again.
func TestReloadClearsThePage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, rows, rights := node(t, live.Config{}), newSource(1), newSource(0)
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			if _, err := live.Keep(s, "n", rows.number()); err != nil {
				return err
			}
			_, err := live.Keep(s, "rights", live.Query[int]{Subscribe: []string{"rights"}, Fetch: func(ctx context.Context) (int, error) {
				n, err := rights.number().Fetch(ctx)
				if n > 0 {
					s.Reload()
				}
				return n, err
			}})
			return err
		})
		synctest.Wait()
		publish(t, k, "rights")
		synctest.Wait()
		if p.Ended() != nil {
			t.Fatal("ended, though nothing has changed")
		}
		rights.set(1)
		publish(t, k, "rights")
		synctest.Wait()
		end := p.Ended()
		if end == nil || !end.Permanent || !end.Reload {
			t.Fatalf("ended %+v", end)
		}
		updates := p.Updates()
		if last := updates[len(updates)-1]; len(last.Patches) != 1 || !strings.Contains(string(last.Patches[0].HTML), "cleared") {
			t.Errorf("the last update is %+v", last)
		}
	})
}
