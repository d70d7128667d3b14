package live_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// Pages follow the newest result although it looks the same, or each would hold the one it came with.
func TestPagesDoNotHoldOldResults(t *testing.T) {
	var freed atomic.Int64
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		made := int64(0)
		shared := live.Share(k, "n", func(int) live.Query[*[1 << 16]byte] {
			return live.Query[*[1 << 16]byte]{
				Fetch: func(context.Context) (*[1 << 16]byte, error) {
					made++
					large := new([1 << 16]byte)
					runtime.AddCleanup(large, func(freed *atomic.Int64) { freed.Add(1) }, &freed)
					return large, nil
				},
				Subscribe: []string{"n"},
				Fragments: []fragment.Fragment{livetest.Fragment("n", func(context.Context, fragment.Assigns) (string, error) { return "the same", nil })},
			}
		})
		for range 5 {
			livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
				_, err := live.Keep(s, "n", shared.With("all", 1))
				return err
			})
			publish(t, k, "n")
			synctest.Wait()
		}
		for tries := 0; freed.Load() < made-1; tries++ {
			if tries == 1000 {
				t.Fatalf("of %d results %d are held", made, made-freed.Load())
			}
			runtime.GC()
			runtime.Gosched()
		}
	})
}

// The page of a browser that does not read holds no more after a hundred thousand changes than after one.
func TestAStalledPageDoesNotGrow(t *testing.T) {
	k := live.NewKeeper(live.Config{})
	tb := newTable(1, 2)
	s := connect(t, k)
	s.Socket().OnNotification(func(_ context.Context, _ string, assigns []string) []string { return assigns })
	if err := keepRows(s.Socket(), tb.pages(keyset())); err != nil {
		t.Fatal(err)
	}
	if _, err := live.Keep(s.Socket(), "shared", live.Share(k, "n", func(int) live.Query[int] { return newSource(1).number() }).With("all", 1)); err != nil {
		t.Fatal(err)
	}
	s.Start()
	before := heap()
	for range 100_000 {
		publish(t, k, "rows", "n")
		if err := s.Socket().Refetch(); err != nil {
			t.Fatal(err)
		}
	}
	if grown := heap() - before; grown > 1<<20 {
		t.Errorf("%d bytes more", grown)
	}
	s.Close()
	if err := k.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// heap is the bytes that are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
