package sqlite

import (
	"slices"
	"sync"
)

// ledger tells the commits of this program from those of others, by their numbers. Each commit that wrote something moves
// the file's counter by exactly one, and only one connection at a time can commit. So the number that a commit of this
// program gets is known while it holds the file's write lock: it is the next one. It claims it then, before the counter
// moves. A number that the counter has come to and nobody has claimed is a commit of another program.
type ledger struct {
	mu       sync.Mutex // guards everything below
	watching int        // databases that look at numbers
	wal      bool       // the mode that the numbers are of
	seen     uint32     // every number up to here is accounted for
	own      map[uint32]struct{}
	pending  []claims
}

// claims are those of one number by commits under way. There are several where the earlier ones turn out to have written
// nothing.
type claims struct {
	n      uint32
	open   int // that are not settled
	waited int // turns of the watcher that found them open
}

const (
	patience   = 200     // turns of the watcher that wait for a commit under way, before it counts as another program's
	gapMost    = 1 << 20 // numbers at a time: a greater distance is a counter that began anew
	claimsMost = 1 << 16 // that are remembered between two looks
)

// start begins to look, from now on.
func (l *ledger) start(now commits) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watching++; l.watching > 1 {
		return
	}
	l.wal, l.seen = now.wal, now.n
	l.own = map[uint32]struct{}{}
}

func (l *ledger) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watching = max(0, l.watching-1); l.watching == 0 {
		l.own = nil
	}
}

// claim is made with the file's write lock held.
func (l *ledger) claim(next commits) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.claimsOf(next.n)
	if i < 0 {
		i = len(l.pending)
		l.pending = append(l.pending, claims{n: next.n})
	}
	l.pending[i].open++
}

// claimsOf is where those of a number are, -1 if there are none. It holds mu.
func (l *ledger) claimsOf(n uint32) int {
	return slices.IndexFunc(l.pending, func(c claims) bool { return c.n == n })
}

// settle ends a claim: the commit has taken its number, or it has not.
func (l *ledger) settle(claimed commits, taken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := l.claimsOf(claimed.n); i >= 0 {
		if l.pending[i].open--; l.pending[i].open == 0 {
			l.pending = slices.Delete(l.pending, i, i+1)
		}
	}
	if taken && l.watching > 0 && l.wal == claimed.wal && after(claimed.n, l.seen) && len(l.own) < claimsMost {
		l.own[claimed.n] = struct{}{}
	}
}

// look accounts for all numbers up to now, as far as it can, and reports whether there is one of another program.
func (l *ledger) look(now commits) (foreign bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watching == 0 {
		return false
	}
	if l.beganAnew(now) {
		l.wal, l.seen = now.wal, now.n
		clear(l.own)
		return true
	}
	for l.seen != now.n {
		next := l.seen + 1
		_, own := l.own[next]
		switch {
		case own:
			delete(l.own, next)
		case l.underWay(next):
			return foreign
		default:
			foreign = true
		}
		l.seen = next
	}
	return foreign
}

// beganAnew reports whether a number is of another mode or too far from what was seen, which one that went back is, too. It holds mu.
func (l *ledger) beganAnew(now commits) bool { return now.wal != l.wal || now.n-l.seen > gapMost }

// underWay reports whether a commit of this program may still take the number. It holds mu.
func (l *ledger) underWay(n uint32) bool {
	i := l.claimsOf(n)
	return i >= 0 && l.pending[i].waited < patience
}

// age counts a turn of the watcher.
func (l *ledger) age() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.pending {
		l.pending[i].waited++
	}
}

// suspicious reports whether look would find a commit of another program.
func (l *ledger) suspicious(now commits) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watching == 0 || l.beganAnew(now) {
		return l.watching > 0
	}
	for n := l.seen; n != now.n; {
		n++
		if _, own := l.own[n]; !own && !l.underWay(n) {
			return true
		}
	}
	return false
}

// after reports whether a comes after b, where numbers begin anew after the greatest.
func after(a, b uint32) bool { return int32(a-b) > 0 } //nolint:gosec // the sign of the distance is what is asked for
