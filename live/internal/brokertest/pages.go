package brokertest

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// number is what all pages show, wherever they are open.
type number struct{ atomic.Int64 }

// open opens a page that follows n.
func (n *number) open(t *testing.T, k *live.Keeper) *livetest.SocketPage {
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

// change commits a change and publishes it at k.
func (n *number) change(t *testing.T, k *live.Keeper) {
	t.Helper()
	n.Add(1)
	if err := k.Publish(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
}

// shows waits until the page shows what is true now.
func (n *number) shows(p *livetest.SocketPage) { p.Await("n", strconv.FormatInt(n.Load(), 10)) }

// keeperOf makes a keeper that ends with the test, before its node does.
func keeperOf(t *testing.T, b live.Broker) *live.Keeper {
	t.Helper()
	k := live.NewKeeper(live.Config{Broker: b, HeartbeatInterval: 200 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)}) // gaps are told soon
	t.Cleanup(func() {
		if err := k.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("closing a keeper: %v", err)
		}
	})
	return k
}

func pagesFollow(t *testing.T, join Join) {
	var n number
	here, there := keeperOf(t, join(t)), keeperOf(t, join(t))
	one, two := n.open(t, here), n.open(t, there)
	for range 5 {
		n.change(t, here)
		n.shows(one)
		n.shows(two)
		here, there = there, here
	}
}

func pagesAfterACut(t *testing.T, join Join) {
	var n number
	away := join(t)
	here, there := keeperOf(t, join(t)), keeperOf(t, away)
	old := n.open(t, there)
	away.Cut()
	n.change(t, here)
	fresh := n.open(t, there) // pages open while the engine is away
	n.shows(fresh)
	n.change(t, here)
	away.Mend()
	n.shows(old)
	n.shows(fresh)
}

// pagesSeeACutPublisher: the node of the page has lost nothing, so only the publisher's knows of the gap.
func pagesSeeACutPublisher(t *testing.T, join Join) {
	var n number
	away := join(t)
	here, there := keeperOf(t, join(t)), keeperOf(t, away)
	page := n.open(t, here)
	away.Cut()
	n.change(t, there)
	away.Mend()
	n.shows(page)
}

// Convergence tests that in the end every page shows the truth, whatever is cut and when. HTMXLIVE_SOAK=5m goes on so long.
func Convergence(t *testing.T, join Join) {
	t.Helper()
	var n number
	nodes := []livetest.Node{join(t), join(t), join(t)}
	keepers := make([]*live.Keeper, len(nodes))
	pages := make([]*livetest.SocketPage, len(nodes))
	for i, node := range nodes {
		keepers[i] = keeperOf(t, node)
		pages[i] = n.open(t, keepers[i])
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same story every time, as far as goroutines allow
	for end := time.Now().Add(soak()); ; {
		for range 20 {
			victim, keeper := nodes[random.IntN(len(nodes))], keepers[random.IntN(len(nodes))]
			var cut sync.WaitGroup
			cut.Go(func() { // while changes are published
				victim.Cut()
				victim.Mend()
			})
			for range random.IntN(20) {
				n.change(t, keeper)
			}
			cut.Wait()
			if random.IntN(5) == 0 { // at other times the next cut comes before the last is mended
				n.shows(pages[random.IntN(len(pages))])
			}
		}
		for _, page := range pages {
			n.shows(page)
		}
		if time.Now().After(end) {
			return
		}
	}
}

// soak is how long Convergence goes on after its first round.
func soak() time.Duration {
	d, _ := time.ParseDuration(os.Getenv("HTMXLIVE_SOAK")) // unset: not at all
	return d
}
