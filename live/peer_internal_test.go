package live

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A set of spans holds what was added, in pieces that do not touch.
func TestSpansAreASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s spans
		model := map[uint64]bool{}
		for range rapid.IntRange(0, 40).Draw(t, "adds") {
			from := rapid.Uint64Range(1, 30).Draw(t, "from")
			to := from + rapid.Uint64Range(0, 4).Draw(t, "more")
			s = s.add(from, to)
			for n := from; n <= to; n++ {
				model[n] = true
			}
		}
		reach := uint64(0)
		for model[reach+1] {
			reach++
		}
		if s.reach() != reach {
			t.Fatalf("%v reaches %d, want %d", s, s.reach(), reach)
		}
		held := 0
		for i, piece := range s {
			if piece.from > piece.to || i > 0 && piece.from <= s[i-1].to+1 {
				t.Fatalf("pieces %v", s)
			}
			for n := piece.from; n <= piece.to; n++ {
				if held++; !model[n] {
					t.Fatalf("%v holds %d", s, n)
				}
			}
		}
		if held != len(model) {
			t.Fatalf("%v holds %d numbers, want %d", s, held, len(model))
		}
	})
}

func newTestPeers() *peers {
	return newPeers(2*time.Second, 10*time.Second, func() time.Duration { return 0 })
}

// What is remembered of other nodes is bounded: the one that was heard longest ago is forgotten first.
func TestPeersAreBounded(t *testing.T) {
	ps, now := newTestPeers(), time.Now()
	for i := range 3 * peersMost {
		ps.hear(&received{from: fmt.Sprint(i), counts: true}, false, now.Add(time.Duration(i)))
	}
	if len(ps.nodes) != peersMost || ps.nodes[fmt.Sprint(3*peersMost-1)] == nil || ps.nodes[fmt.Sprint(2*peersMost)] == nil {
		t.Errorf("%d nodes are remembered", len(ps.nodes))
	}
	if n := ps.count(now.Add(time.Second)); n != peersMost {
		t.Errorf("%d are heard", n)
	}
	ps.tick(now.Add(peersFor+time.Minute), true)
	if len(ps.nodes) != 0 {
		t.Errorf("%d nodes are remembered for ever", len(ps.nodes))
	}
}

// So is what is remembered of each: where every other number is missing, they are given up.
func TestNumbersOfAPeerAreBounded(t *testing.T) {
	ps, now := newTestPeers(), time.Now()
	for i := range uint64(spansMost) {
		if why := ps.hear(&received{from: "a", number: 2 * (i + 1), counts: true}, false, now); why != "" {
			t.Fatalf("after %d numbers: %s", i, why)
		}
	}
	if why := ps.hear(&received{from: "a", number: 2 * (spansMost + 1), counts: true}, false, now); why == "" {
		t.Error("all of them are waited for")
	}
	if _, resync, _ := ps.tick(now, true); !resync {
		t.Error("they are given up without a resync")
	}
	if p := ps.nodes["a"]; len(p.numbers) != 1 || p.numbers.reach() != 2*(spansMost+1) {
		t.Errorf("%v", p.numbers)
	}
}

// Of what is certain to come, nothing is a busy loop: tick says when it wants to be called again, and that is later.
func TestTickSaysWhen(t *testing.T) {
	ps, now := newTestPeers(), time.Now()
	if _, _, next := ps.tick(now, true); !next.IsZero() {
		t.Errorf("alone: in %v", next.Sub(now))
	}
	ps.hear(&received{from: "a", counts: true}, false, now)
	end := now.Add(time.Hour)
	calls := 0
	for ; now.Before(end); calls++ {
		_, resync, next := ps.tick(now, calls%2 == 0)
		if resync {
			ps.resynced()
			continue
		}
		if next.IsZero() {
			break
		}
		if !next.After(now) {
			t.Fatalf("call %d asks to be called at once", calls)
		}
		now = next
	}
	if calls > 1000 || len(ps.nodes) > 0 {
		t.Errorf("%d calls, %d nodes remembered", calls, len(ps.nodes))
	}
}
