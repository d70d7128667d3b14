package live

import (
	"sync"
	"time"
)

// peers is the other nodes, and what is to be done because of them. It has no timer and no goroutine: it is told what
// happens, and when, and says what to do next.
type peers struct {
	interval     time.Duration // between two heartbeats
	transactions time.Duration // TransactionTimeout; negative: a silent node owes nothing that comes later
	spread       func() time.Duration

	wanted  chan struct{} // capacity 1: a heartbeat is to be sent soon
	changed chan struct{} // capacity 1: tick has to be called

	mu       sync.Mutex // guards everything below
	nodes    map[string]*peer
	resyncAt time.Time // zero: no resync is wanted
}

const (
	// peersFor is how long a node is remembered after it was heard last.
	peersFor = 10 * time.Minute
	// peersMost is the most nodes that are remembered.
	peersMost = 1000
)

func newPeers(interval, transactions time.Duration, spread func() time.Duration) *peers {
	return &peers{
		interval: interval, transactions: transactions, spread: spread, nodes: map[string]*peer{},
		wanted: make(chan struct{}, 1), changed: make(chan struct{}, 1),
	}
}

// silence is after how long a node that is not heard counts as silent.
func (ps *peers) silence() time.Duration { return silentIntervals * ps.interval }

// peerReason is why a resync is wanted, and because of which node.
type peerReason struct{ node, why string }

// hear notes a frame of another node. Idle means that nothing is followed at this moment: what is missing matters to nobody,
// for what is fetched later is newer. The reason is "" where none is wanted yet.
func (ps *peers) hear(f *received, idle bool, now time.Time) (reason string) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.nodes[f.from]
	if p == nil {
		p = &peer{}
		if ps.anySilent() && !idle {
			reason = "a node comes while another one is silent" // perhaps in its place: nobody else will tell what that one has done in the end
		}
		ps.add(f.from, p)
		signal(ps.wanted) // it does not know this one either
	}
	if ps.learn(f.silent, now) && !idle {
		reason = "a node is silent that another one has heard"
	}
	if newest := max(f.number, f.last); !p.left || newest > p.named { // else the farewell has overtaken it
		p.left = f.farewell
	}
	p.heardAt, p.silences, p.silentAt = now, 0, now.Add(ps.silence())
	switch {
	case f.number > 0:
		if p.add(f.number) && !idle {
			reason = "too many frames are missing"
		}
	case p.compare(f.last, now.Add(ps.interval/2)): // frames may overtake each other
		if idle {
			p.cover(f.last)
		}
		signal(ps.changed)
	}
	if reason != "" {
		ps.want(now)
	}
	return reason
}

// add remembers a node. It holds mu.
func (ps *peers) add(node string, p *peer) {
	if len(ps.nodes) >= peersMost {
		var oldest string
		for other, known := range ps.nodes {
			if oldest == "" || known.heardAt.Before(ps.nodes[oldest].heardAt) {
				oldest = other
			}
		}
		delete(ps.nodes, oldest)
	}
	ps.nodes[node] = p
	signal(ps.changed)
}

// learn remembers nodes that another one misses and this one has never heard, and reports whether there are any: what they have
// done since they were heard, or go on to do, may not be heard here either. It holds mu.
func (ps *peers) learn(silent map[string]int64, now time.Time) (news bool) {
	for node, seconds := range silent {
		if ps.nodes[node] != nil || seconds < 0 || seconds >= int64(peersFor/time.Second) {
			continue
		}
		news = true
		ps.add(node, &peer{heardAt: now.Add(-time.Duration(seconds) * time.Second), silences: 1, silentAt: now.Add(ps.silence())})
	}
	return news
}

// silentMost is the most nodes that a heartbeat names as silent.
const silentMost = 50

// silent is the nodes that are silent, and how many seconds ago they were heard. They are named for half as long as they are
// remembered, or those who have forgotten one would learn of it anew.
func (ps *peers) silent(now time.Time) map[string]int64 {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	var silent map[string]int64
	for node, p := range ps.nodes {
		if p.silences > 0 && now.Sub(p.heardAt) < peersFor/2 && len(silent) < silentMost {
			if silent == nil {
				silent = map[string]int64{}
			}
			silent[node] = int64(now.Sub(p.heardAt) / time.Second)
		}
	}
	return silent
}

// anySilent reports whether a node is silent. It holds mu.
func (ps *peers) anySilent() bool {
	for _, p := range ps.nodes {
		if p.silences > 0 {
			return true
		}
	}
	return false
}

// want asks for a resync, after a delay that spreads those of many nodes. Reasons that come during the delay ask for the same
// one. It holds mu.
func (ps *peers) want(now time.Time) {
	if ps.resyncAt.IsZero() {
		ps.resyncAt = now.Add(ps.spread())
	}
	signal(ps.changed)
}

// tick says what time has brought: new reasons for a resync, and whether it is to be done now. It is to be called again at
// next; zero: when something has changed. While this node does not hear the others their silence says nothing.
func (ps *peers) tick(now time.Time, connected bool) (reasons []peerReason, resync bool, next time.Time) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for node, p := range ps.nodes {
		if p.lost(now) {
			reasons = append(reasons, peerReason{node, "frames of a node are missing"})
		}
		if !connected && !p.silentAt.IsZero() {
			p.silentAt = now.Add(ps.silence())
		}
		if p.silent(now, ps.interval, ps.transactions) {
			signal(ps.wanted) // others may never have heard it
			reasons = append(reasons, peerReason{node, "a node is silent without a farewell"})
		}
		forgotten := p.heardAt.Add(max(peersFor, 2*ps.transactions))
		if !now.Before(forgotten) {
			delete(ps.nodes, node)
			continue
		}
		next = earlier(earlier(earlier(next, p.gapAt), forgotten), p.silenceDue())
	}
	if len(reasons) > 0 {
		ps.want(now)
	}
	if !ps.resyncAt.IsZero() && !now.Before(ps.resyncAt) {
		return reasons, true, now
	}
	return reasons, false, earlier(next, ps.resyncAt)
}

func (p *peer) silenceDue() time.Time {
	if p.left {
		return time.Time{}
	}
	return p.silentAt
}

// earlier is the earlier of two times, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// resynced is called right before a resync, which covers all that is known to be missing.
func (ps *peers) resynced() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.resyncAt = time.Time{}
	for _, p := range ps.nodes {
		if !p.gapAt.IsZero() {
			p.cover(p.gapTo)
		}
	}
}

// reconnected is called when this node hears again: silence begins to count.
func (ps *peers) reconnected(now time.Time) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range ps.nodes {
		p.silences, p.silentAt = 0, now.Add(ps.silence())
	}
	signal(ps.changed)
}

// count is how many nodes are heard now, and how many are silent.
func (ps *peers) count(now time.Time) (heard, silent int) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range ps.nodes {
		switch {
		case p.silences > 0:
			silent++
		case !p.left && now.Sub(p.heardAt) < ps.silence():
			heard++
		}
	}
	return heard, silent
}

// signal never blocks: one that waits is enough.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
