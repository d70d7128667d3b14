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
	if n, _ := ps.count(now.Add(time.Second)); n != peersMost {
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

// told is another node as a test has it: what is heard of it, and when.
type told struct {
	*peers
	now time.Time
}

func newTold() *told { return &told{newTestPeers(), time.Now()} }

func (o *told) number(n uint64) { o.hear(&received{from: "a", number: n, counts: true}, false, o.now) }

func (o *told) heartbeat(h heartbeat, idle bool) string {
	return o.hear(&received{from: "a", heartbeat: h, counts: true}, idle, o.now)
}

// after is the reasons for a resync that so much time brings.
func (o *told) after(d time.Duration) (n int) {
	o.now = o.now.Add(d)
	reasons, _, _ := o.tick(o.now, true)
	return len(reasons)
}

// A heartbeat may overtake a frame on its way, and a heartbeat another one.
func TestFramesThatArriveLateAreHeard(t *testing.T) {
	o := newTold()
	o.heartbeat(heartbeat{last: 2}, false)
	o.number(2)
	if n := o.after(900 * time.Millisecond); n != 0 {
		t.Error("a frame is given up at once")
	}
	o.number(1)
	if n := o.after(time.Second); n != 0 {
		t.Error("a frame was heard in time, and is missing")
	}

	o.heartbeat(heartbeat{last: 5}, false)
	o.heartbeat(heartbeat{last: 3}, true) // from before, and at this moment nothing is followed
	if n := o.after(time.Second); n != 1 {
		t.Error("what the newer heartbeat names is forgotten")
	}
	if n := o.after(time.Second); n != 0 {
		t.Error("it is missing twice")
	}
}

// A farewell may overtake a frame as well. One that is numbered above it was published after it.
func TestFramesAfterAFarewell(t *testing.T) {
	o := newTold()
	o.number(1)
	o.heartbeat(heartbeat{last: 2, farewell: true}, false)
	o.number(2)
	if n := o.after(time.Minute); n != 0 {
		t.Error("a node that has said farewell is missed")
	}
	o.number(3)
	if n := o.after(time.Minute); n != 1 {
		t.Error("a node that goes on is not missed")
	}
}

// A resync is put off once, however many reasons follow.
func TestReasonsAskForOneResync(t *testing.T) {
	ps, now := newPeers(2*time.Second, 10*time.Second, func() time.Duration { return 2 * time.Second }), time.Now()
	for i := range 20 { // a node each 100 ms, which is silent then
		ps.hear(&received{from: fmt.Sprint(i), counts: true}, false, now.Add(time.Duration(i)*100*time.Millisecond))
	}
	<-ps.wanted
	for d := time.Duration(0); ; d += 100 * time.Millisecond {
		reasons, resync, _ := ps.tick(now.Add(d), true)
		if len(reasons) > 0 && len(ps.wanted) == 0 {
			t.Error("the others are not told of a silent node")
		}
		if resync {
			if d != 8*time.Second {
				t.Errorf("a resync after %v, want three intervals and the delay", d)
			}
			return
		}
		if d > time.Minute {
			t.Fatal("no resync")
		}
	}
}

// What others say of nodes that are silent is not said for ever.
func TestSilentNodesAreForgotten(t *testing.T) {
	o := newTold()
	if why := o.heartbeat(heartbeat{silent: map[string]int64{"b": 590, "c": 600, "d": -1, "e": 200}}, false); why == "" {
		t.Error("nothing is missed of a node that another one misses")
	}
	if o.nodes["b"] == nil || o.nodes["c"] != nil || o.nodes["d"] != nil {
		t.Errorf("nodes: %v", o.nodes)
	}
	if silent := o.silent(o.now); len(silent) != 1 || silent["e"] != 200 {
		t.Errorf("told on: %v, want what was silent for less than half the time that it is remembered", silent)
	}
	o.after(11 * time.Second)
	if o.nodes["b"] != nil {
		t.Error("a node is remembered for longer than the one that has heard it does")
	}
}

// Silence counts from when this node hears again.
func TestWhoHearsAgainKnowsNothingOfSilence(t *testing.T) {
	o := newTold()
	o.number(1)
	if n := o.after(6 * time.Second); n != 1 || len(o.silent(o.now)) != 1 {
		t.Error("a silent node is not missed")
	}
	o.reconnected(o.now)
	if len(o.silent(o.now)) != 0 {
		t.Error("the others are told that a node is silent that they may hear")
	}
	if n := o.after(5 * time.Second); n != 0 {
		t.Error("a node is missed before it could be heard")
	}
	if n := o.after(time.Second); n != 1 {
		t.Error("a node that stays silent is not missed")
	}
}
