package brokertest

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// Run tells all the stories.
func Run(t *testing.T, join Join) {
	t.Helper()
	for name, story := range map[string]func(*testing.T, Join){
		"OthersHear":              othersHear,
		"AnyTopic":                anyTopic,
		"OneResyncEach":           oneResyncEach,
		"CutOffPublisher":         cutOffPublisher,
		"PagesFollowOtherNodes":   pagesFollowOtherNodes,
		"PagesAreTrueAfterACut":   pagesAreTrueAfterACut,
		"PagesSeeACutPublisher":   pagesSeeACutPublisher,
		"Convergence":             convergence,
		"UnsubscribedHearNothing": unsubscribedHearNothing,
	} {
		t.Run(name, func(t *testing.T) { story(t, join) })
	}
}

func othersHear(t *testing.T, join Join) {
	a, b, c := join(t), join(t), join(t)
	own, other, both := Listen(t, a, "tickets", "end"), Listen(t, b, "tickets"), Listen(t, c, "tickets", "counts")
	Publish(t, a, "tickets", "counts")
	other.Hears(t, "tickets")
	both.Hears(t, "tickets", "counts")

	// Engines keep the order, so what a hears of b comes after what it would have heard of itself.
	Publish(t, b, "end")
	own.Hears(t, "end")
	other.Silent(t)
}

func anyTopic(t *testing.T, join Join) {
	a, b := join(t), join(t)
	topics := []string{
		"tickets:team:3", "a.b.*.>", " ", "\"", `"\x00"`, "'; DROP TABLE tickets", "\r\nPUB x 0\r\n", "ü→🎫", "\x00", "\xff\xfe",
		strings.Repeat("long ", 1000),
	}
	ear := Listen(t, b, topics...)
	Publish(t, a, topics...)
	ear.Hears(t, topics...)
}

func unsubscribedHearNothing(t *testing.T, join Join) {
	a, b := join(t), join(t)
	stays := Listen(t, b, "tickets")
	left, sub := ListenFor(t, b, "tickets", "counts")
	Publish(t, a, "tickets")
	stays.Hears(t, "tickets")
	left.Hears(t, "tickets")
	if err := errors.Join(sub.Unsubscribe(t.Context()), sub.Unsubscribe(t.Context())); err != nil {
		t.Fatalf("unsubscribing, twice: %v", err)
	}
	end := Listen(t, b, "end")
	Publish(t, a, "tickets", "counts", "end")
	stays.Hears(t, "tickets")
	end.Hears(t, "end")
	left.Silent(t)
}

func oneResyncEach(t *testing.T, join Join) {
	a, b := join(t), join(t)
	before := Listen(t, b, "tickets", "counts")
	left, sub := ListenFor(t, b, "tickets")
	b.Cut()
	Publish(t, a, "tickets") // lost
	during := Listen(t, b, "tickets")
	if err := sub.Unsubscribe(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Mend()
	before.Hears(t, live.Resync)
	during.Hears(t, live.Resync)

	// Whoever has been told hears what is published from then on, and is told once.
	after := Listen(t, b, "tickets")
	Publish(t, a, "tickets")
	for _, ear := range []*Ear{before, during, after} {
		ear.Hears(t, "tickets")
		ear.Silent(t)
	}
	left.Silent(t)
}

func cutOffPublisher(t *testing.T, join Join) {
	a, b := join(t), join(t)
	own, other := Listen(t, a, "tickets"), Listen(t, b, "tickets")
	a.Cut()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := a.Publish(ctx, "tickets"); err == nil || ctx.Err() != nil {
		t.Fatalf("publishing without a connection: %v, want an error at once", err)
	}
	a.Mend()
	own.Hears(t, live.Resync)
	Publish(t, a, "tickets")
	other.Hears(t, "tickets") // once: what failed is not sent later
	Publish(t, a, "tickets")
	other.Hears(t, "tickets")
	other.Silent(t)
}

func pagesFollowOtherNodes(t *testing.T, join Join) {
	var n atomic.Int64
	here, there := NewKeeper(t, join(t)), NewKeeper(t, join(t))
	one, two := OpenPage(t, here, &n, "n"), OpenPage(t, there, &n, "n")
	for want := range int64(5) {
		n.Store(want)
		if err := here.Publish(t.Context(), "n"); err != nil {
			t.Fatal(err)
		}
		one.Shows(t, want)
		two.Shows(t, want)
		here, there = there, here
	}
}

func pagesAreTrueAfterACut(t *testing.T, join Join) {
	var n atomic.Int64
	away := join(t)
	here, there := NewKeeper(t, join(t)), NewKeeper(t, away)
	old := OpenPage(t, there, &n, "n")
	old.Shows(t, 0)
	away.Cut()
	n.Store(1)
	if err := here.Publish(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	fresh := OpenPage(t, there, &n, "n") // pages open while the engine is away
	fresh.Shows(t, 1)
	n.Store(2)
	if err := here.Publish(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	away.Mend()
	old.Shows(t, 2)
	fresh.Shows(t, 2)
}

// pagesSeeACutPublisher: the node that shows the page never lost its connection, so only the publisher knows of the gap.
func pagesSeeACutPublisher(t *testing.T, join Join) {
	var n atomic.Int64
	away := join(t)
	here, there := NewKeeper(t, join(t)), NewKeeper(t, away)
	page := OpenPage(t, here, &n, "n")
	page.Shows(t, 0)
	away.Cut()
	n.Store(1)
	if err := there.Publish(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	away.Mend()
	page.Shows(t, 1)
}

// convergence: whatever is cut whenever, in the end every page shows the truth.
func convergence(t *testing.T, join Join) {
	var n atomic.Int64
	nodes := []Node{join(t), join(t), join(t)}
	var keepers []*live.Keeper
	var pages []*Page
	for _, node := range nodes {
		k := NewKeeper(t, node)
		keepers, pages = append(keepers, k), append(pages, OpenPage(t, k, &n, "n"))
	}
	random := rand.New(rand.NewPCG(1, 2))
	end := time.Now().Add(soak())
	for round := 0; round < 20 || time.Now().Before(end); round++ {
		victim, publisher := random.IntN(len(nodes)), random.IntN(len(nodes))
		var cut sync.WaitGroup
		cut.Go(func() { // while the others publish
			nodes[victim].Cut()
			nodes[victim].Mend()
		})
		for range random.IntN(20) {
			n.Add(1)
			if err := keepers[publisher].Publish(t.Context(), "n"); err != nil {
				t.Fatal(err)
			}
		}
		cut.Wait()
		if random.IntN(4) == 0 {
			pages[random.IntN(len(pages))].Shows(t, n.Load())
		}
	}
	for _, page := range pages {
		page.Shows(t, n.Load())
	}
}

// soak is how long convergence goes on beyond a few rounds.
func soak() time.Duration {
	d, _ := time.ParseDuration(os.Getenv("HTMXLIVE_SOAK")) // unset: not at all
	return d
}
