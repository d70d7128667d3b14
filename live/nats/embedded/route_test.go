package embedded_test

import (
	"context"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/htmxlive/htmxlive/internal/cutproxy"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/nats/embedded"
)

// TestACutRoute: neither driver sees that the route between two nodes is cut. What was published meanwhile is shown once the
// route is back, because keepers number what they publish.
func TestACutRoute(t *testing.T) {
	for name, fault := range map[string]func(*cutproxy.Proxy){
		"cut":     (*cutproxy.Proxy).Cut,
		"silent":  func(p *cutproxy.Proxy) { p.Stall() },
		"one way": func(p *cutproxy.Proxy) { p.Stall(cutproxy.ToClient) },
	} {
		t.Run(name, func(t *testing.T) {
			first := free(t)
			route := cutproxy.Start(t, "tcp", first)
			here := start(t, embedded.Config{Listen: first})
			there := start(t, embedded.Config{Listen: free(t), Routes: []string{route.Addr()}})
			meet(t, "htmxlive", here, there)
			var n atomic.Int64
			keepers := []*live.Keeper{keeperOf(t, here), keeperOf(t, there)}
			pages := []*livetest.SocketPage{open(t, keepers[0], &n), open(t, keepers[1], &n)}
			change := func(k *live.Keeper) {
				n.Add(1)
				if err := k.Publish(t.Context(), "n"); err != nil {
					t.Fatal(err)
				}
			}
			shown := func() {
				t.Helper()
				for _, page := range pages {
					page.Await("n", strconv.FormatInt(n.Load(), 10))
				}
			}
			for _, k := range keepers {
				change(k)
				shown()
				fault(route)
				change(k)
				route.Cut() // a fault that is not noticed before it ends loses nothing: what waited in the proxy is lost
				route.Mend()
				shown()
			}
		})
	}
}

// open opens a page that follows n.
func open(t *testing.T, k *live.Keeper, n *atomic.Int64) *livetest.SocketPage {
	t.Helper()
	return livetest.OpenSocket(t, k, live.SocketConfig{Session: "alice", Path: "/"}, func(s *live.Socket) error {
		_, err := live.Keep(s, "n", live.Query[int64]{
			Fetch:     func(context.Context) (int64, error) { return n.Load(), nil },
			Subscribe: []string{"n"},
			Fragments: []fragment.Fragment{livetest.Text("n", "n")},
		})
		return err
	})
}

// keeperOf makes a keeper that ends with the test, before its node does.
func keeperOf(t *testing.T, b live.Broker) *live.Keeper {
	t.Helper()
	k := live.NewKeeper(live.Config{Broker: b, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		if err := k.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("closing a keeper: %v", err)
		}
	})
	return k
}
