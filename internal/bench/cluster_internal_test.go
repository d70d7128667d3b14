package main

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestAClusterFetchesOnceOnEachNodeThatShowsIt runs the experiment in small: its own waiting fails where a page is not sent a change.
func TestAClusterFetchesOnceOnEachNodeThatShowsIt(t *testing.T) {
	t.Parallel()
	const nodes, pages, teams = 3, 90, 10
	took, err := clusterOf(t.Context(), ClusterSize{Nodes: nodes, Pages: pages, Teams: teams, Rounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	var shown []int
	var fetches []int64
	for _, c := range took.Changes {
		shown, fetches = append(shown, c.Pages), append(fetches, c.Fetches)
		if len(c.Rounds) != 1 || c.Rounds[0].Last < clusterLatency && c.Pages > 1 {
			t.Errorf("%s: %+v", c.What, c.Rounds)
		}
	}
	if want := []int{pages, pages / teams, 1, pages}; !slices.Equal(shown, want) {
		t.Errorf("changes are shown by %v pages, want %v", shown, want)
	}
	if want := []int64{nodes, nodes, 1, pages}; !slices.Equal(fetches, want) {
		t.Errorf("changes are %v fetches, want %v", fetches, want)
	}
	if took.Memory <= 0 || took.Opening <= 0 {
		t.Errorf("nothing was measured: %+v", took)
	}
}

func TestTheSimulatedNetworkKeepsItsOrderAndItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(3, time.Second)
		defer n.close()
		began := time.Now()
		var heard []string
		var at []time.Duration
		var mu sync.Mutex // guards heard and at
		if err := n.ports[1].Listen(t.Context(), func(frame []byte) {
			mu.Lock()
			defer mu.Unlock()
			heard, at = append(heard, string(frame)), append(at, time.Since(began))
		}); err != nil {
			t.Fatal(err)
		}
		n.ports[1].lose.Store(1)
		for i, frame := range []string{"lost", "a", "b"} {
			if err := n.ports[i/2*2].Publish(t.Context(), []byte(frame)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !slices.Equal(heard, []string{"a", "b"}) || !slices.Equal(at, []time.Duration{time.Second, time.Second}) {
			t.Errorf("heard %q at %v", heard, at)
		}
		for range queued + 2 { // one is taken out of the queue and waits for its time
			if err := n.ports[0].Publish(t.Context(), []byte("many")); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		mu.Lock()
		heard = nil
		mu.Unlock()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(heard) != queued+2 || !slices.Contains(heard, "") {
			t.Errorf("%d frames heard of %d, and no gap", len(heard), queued+2)
		}
	})
}
