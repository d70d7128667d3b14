package live_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// kept is a page of a query, of rows, and of a fragment that is composed of both and of a plain assign.
func kept(s *source, tb *table, rendered *atomic.Int64) func(*live.Socket) error {
	return func(socket *live.Socket) error {
		socket.Assign("plain", "secret")
		if _, err := live.Keep(socket, "n", s.number()); err != nil {
			return err
		}
		if err := keepRows(socket, tb.list()); err != nil {
			return err
		}
		return socket.Compose(words(rendered, "n", "plain"), "n", "plain")
	}
}

// A kick, and the end of a session, take all that is live off the page in the message that ends it. The end of a node does not.
func TestAKickClearsThePage(t *testing.T) {
	var revoked atomic.Bool
	for how, end := range map[string]func(t *testing.T, k *live.Keeper) error{
		"kick":    func(t *testing.T, k *live.Keeper) error { return k.KickSession(t.Context(), alice.Session) },
		"revoked": func(_ *testing.T, k *live.Keeper) error { revoked.Store(true); k.Resync(); return nil },
		"drained": func(t *testing.T, k *live.Keeper) error { return k.Close(t.Context()) },
	} {
		t.Run(how, func(t *testing.T) {
			revoked.Store(false)
			bubble(t, func(t *testing.T) {
				k := node(t, live.Config{})
				cfg := alice
				cfg.Valid = func(context.Context) (bool, error) { return !revoked.Load(), nil }
				var rendered atomic.Int64
				p := livetest.OpenSocket(t, k, cfg, kept(newSource(1), newTable(1, 2), &rendered))
				shows(t, p, "sum", "1 secret")
				rows := p.Text("rows")
				if err := end(t, k); err != nil {
					t.Fatal(err)
				}
				if how == "drained" {
					shows(t, p, "n", "1")
					shows(t, p, "rows", rows)
					shows(t, p, "sum", "1 secret")
					return
				}
				shows(t, p, "n", "cleared")
				shows(t, p, "rows", "cleared")
				shows(t, p, "sum", "cleared cleared")
				if end := p.Ended(); end == nil || !end.Permanent || end.Reload {
					t.Errorf("ended: %+v", end)
				}
			})
		})
	}
}

// What cannot be rendered without its data is taken away by loading the page again.
func TestAKickReloadsWhatItCannotClear(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		q := s.number()
		q.Fragments = append(q.Fragments, livetest.Fragment("stubborn", func(_ context.Context, a fragment.Assigns) (string, error) {
			if a["n"].Status == fragment.Cleared {
				return "", errors.New("no template for that")
			}
			return "ready", nil
		}))
		p := livetest.OpenSocket(t, k, alice, keeping(q))
		if err := k.KickSession(t.Context(), alice.Session); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		shows(t, p, "n", "cleared")
		if end := p.Ended(); end == nil || !end.Permanent || !end.Reload {
			t.Errorf("ended: %+v", end)
		}
	})
}
