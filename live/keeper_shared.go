package live

import (
	"fmt"
	"slices"
)

// sharedQuery is a cohort that many pages may join. It is guarded by Keeper.mu.
type sharedQuery struct {
	key    shareKey
	cohort *cohort
	joined int   // subscribers and loads
	linger alarm // set while none has joined
}

// joinShared is the cohort of a shared plan: the one that runs, or a new one. leaveShared ends it.
func (k *Keeper) joinShared(p *plan) (*cohort, error) {
	key := p.share.keyOn(p.page)
	if p.share.owner != any(k) {
		return nil, fmt.Errorf("live: the shared query %q belongs to another keeper", key.name)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return nil, ErrClosed
	}
	q := k.shared[key]
	if q == nil {
		q = &sharedQuery{key: key, cohort: newCohort(&k.core, p, key.name, k)}
		if err := q.cohort.follow(); err != nil {
			return nil, err
		}
		k.shared[key] = q
	}
	q.joined++
	k.cancelLinger(q)
	return q.cohort, nil
}

// leaveShared is the end of what joinShared began. The last to leave sets the query idle.
func (k *Keeper) leaveShared(c *cohort) {
	k.mu.Lock()
	defer k.mu.Unlock()
	q := k.shared[c.plan.share.keyOn(c.plan.page)]
	if k.stopped || q == nil || q.cohort != c {
		return
	}
	if q.joined--; q.joined > 0 {
		return
	}
	q.linger.set(&k.mu, k.cfg.IdleTimeout, func() { k.endShared(q) })
	k.idle = append(k.idle, q)
	if len(k.idle) > k.cfg.MaxIdle {
		k.endShared(k.idle[0])
	}
}

// endShared ends an idle query. It holds mu.
func (k *Keeper) endShared(q *sharedQuery) {
	k.cancelLinger(q)
	delete(k.shared, q.key)
	q.cohort.end()
}

// cancelLinger makes q no longer idle. It holds mu.
func (k *Keeper) cancelLinger(q *sharedQuery) {
	if q.linger.timer == nil && !slices.Contains(k.idle, q) {
		return
	}
	q.linger.stop()
	k.idle = slices.DeleteFunc(k.idle, func(other *sharedQuery) bool { return other == q })
}
