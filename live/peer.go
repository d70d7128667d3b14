package live

import (
	"slices"
	"time"
)

// peer is what this node knows of another one. It looks at the clock of this process only.
type peer struct {
	numbers spans     // that were heard, or that a resync has covered
	named   uint64    // the newest number that a heartbeat has named
	gapAt   time.Time // when what is missing up to gapTo is lost; zero: nothing is known to be missing
	gapTo   uint64

	heardAt  time.Time // the newest frame
	silentAt time.Time // when its silence is a reason for a resync; zero: it is none any more
	silences int       // such reasons in a row; 0: it is heard
	left     bool      // it has said farewell
}

// spansMost is the most pieces of what is heard of a peer. Above it, what lies between them is lost.
const spansMost = 1024

// add notes that a numbered frame was heard. It reports whether too many are missing to wait for them.
func (p *peer) add(number uint64) (lost bool) {
	p.numbers = p.numbers.add(number, number)
	if len(p.numbers) <= spansMost {
		return false
	}
	p.cover(p.numbers[spansMost].to)
	return true
}

// compare notes which number a heartbeat names, and reports whether one up to it is missing. What is still missing at lostAt is lost.
func (p *peer) compare(named uint64, lostAt time.Time) (missing bool) {
	p.named = max(p.named, named)
	if p.numbers.reach() >= named {
		return false
	}
	if p.gapAt.IsZero() {
		p.gapAt, p.gapTo = lostAt, named
	}
	return true
}

// lost reports, once, whether a number that was missing has not been heard in time.
func (p *peer) lost(now time.Time) bool {
	if p.gapAt.IsZero() || now.Before(p.gapAt) {
		return false
	}
	lost := p.numbers.reach() < p.gapTo
	p.cover(p.gapTo)
	return lost
}

// cover notes that nothing up to the number is missing any more.
func (p *peer) cover(number uint64) {
	if number > 0 {
		p.numbers = p.numbers.add(1, number)
	}
	if number >= p.gapTo {
		p.gapAt = time.Time{}
	}
}

// silent reports, once each time, that the peer is silent: the second time when whatever it had asked a database for before its
// death has appeared, which takes it transactions at most. It may live, cut off, and go on to commit until it ends: so there are three
// more times soon after, for a node that is being deployed or found out to be unready, and then seldom ones.
func (p *peer) silent(now time.Time, interval, transactions time.Duration) bool {
	if p.left || p.silentAt.IsZero() || now.Before(p.silentAt) {
		return false
	}
	listened := p.silentAt.Add(-silentIntervals * interval) // since then it has not been heard; it may have lived for one more interval
	p.silentAt = time.Time{}
	switch {
	case transactions <= 0:
	case p.silences == 0:
		p.silentAt = latest(listened.Add(transactions+interval*5/4), now.Add(interval))
	case p.silences < 4:
		p.silentAt = now.Add(4 * interval)
	default:
		p.silentAt = now.Add(transactions << (p.silences - 3))
	}
	p.silences++
	return true
}

// silentIntervals is after how many a node that is not heard counts as silent: two heartbeats may be lost.
const silentIntervals = 3

// latest is the later of two times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// spans is a set of numbers from 1 on: pieces that do not touch each other, ascending.
type spans []span

type span struct{ from, to uint64 }

// add is the set with these numbers as well.
func (s spans) add(from, to uint64) spans {
	i, _ := slices.BinarySearchFunc(s, from, func(piece span, from uint64) int {
		if piece.to < from-1 {
			return -1
		}
		return 1
	})
	end := i
	for ; end < len(s) && s[end].from-1 <= to; end++ {
		from, to = min(from, s[end].from), max(to, s[end].to)
	}
	return slices.Replace(s, i, end, span{from, to})
}

// reach is the number up to which none is missing.
func (s spans) reach() uint64 {
	if len(s) == 0 || s[0].from > 1 {
		return 0
	}
	return s[0].to
}
