package live

import (
	"context"
	"slices"
	"time"
)

// CheckEvery begins to check queries, as [Config] does with CheckInterval: for a program that finds out later whether it is
// in development. The middleware's Config.Development calls it. Where queries are checked already it does nothing.
func (k *Keeper) CheckEvery(interval time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.checking || k.closed || interval <= 0 {
		return
	}
	k.checking = true
	k.goRun(func(ctx context.Context) { k.checkAll(ctx, interval) })
}

// checkAll checks each query that is watched, one after the other, in about one interval, and begins again until ctx ends.
func (k *Keeper) checkAll(ctx context.Context, interval time.Duration) {
	var round []*cohort // those that are still to be checked
	for pause := interval; sleep(ctx, k.jitter(pause)); {
		if len(round) == 0 {
			round = k.watched()
			pause = interval / time.Duration(max(1, len(round)))
		}
		if len(round) > 0 && k.fetches.tryAcquire() { // else all that has to be fetched comes first
			c := round[0]
			round = slices.Delete(round, 0, 1) // which holds it no more
			k.report(ctx, c, c.check())
		}
	}
}

// report waits whether what a check has found is published after all, and tells it if not.
func (k *Keeper) report(ctx context.Context, c *cohort, found *check) {
	if found == nil || !found.differs || c.isAnnounced(ctx, found, k.cfg.CheckGrace) {
		return
	}
	kind, f := c.finding(found)
	k.stats.findings.Add(1)
	if !k.findings.add(findingKind{f.Query, kind}, f) {
		return
	}
	k.cfg.Logger.WarnContext(ctx, "live: a result has changed and nobody has published it: without this check the page would be stale",
		"query", f.Query, "page", f.Page, "viewers", f.Viewers, "rows_added", f.Added, "rows_gone", f.Gone, "rows_changed", f.Changed,
		"follows", f.Follows, "reads", f.Reads, "notified", f.Notified, "missing", f.Missing)
}

// watched is the queries that open streams have, in no order: shared ones once.
func (k *Keeper) watched() (all []*cohort) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, q := range k.shared {
		all = append(all, q.cohort)
	}
	for _, streams := range k.sessions {
		for _, s := range streams {
			all = s.addPrivate(all)
		}
	}
	return all
}

// Findings is what checks have found: for each query and kind the newest, newest first.
func (k *Keeper) Findings() []Finding { return k.findings.list("") }
