package live

import (
	"context"
	"time"
)

// Resync marks every query of this node: call it when changes may have been missed.
func (k *Keeper) Resync() { k.resync(k.ctx, "", "Keeper.Resync was called") }

// resync marks everything. Node is the other node that is the reason, if one is.
func (k *Keeper) resync(ctx context.Context, node, why string) {
	k.cfg.Logger.InfoContext(ctx, "live: everything is refetched, for notifications may have been lost", "why", why, "node", node)
	k.resyncNow()
}

func (k *Keeper) resyncNow() {
	k.stats.resyncs.Add(1)
	k.peers.resynced()
	k.hub.resync()
}

// hear compares the numbers of another node with what was heard of it.
func (k *Keeper) hear(f *received) {
	if why := k.peers.hear(f, k.hub.size() == 0, time.Now()); why != "" {
		k.suspect(k.ctx, peerReason{f.from, why})
	}
}

// distrustFor is for how long page loads trust no shared result since something was missing of another node: what it
// publishes may go on to be lost.
const distrustFor = time.Minute

// suspect is called for each reason why a resync is wanted.
func (k *Keeper) suspect(ctx context.Context, r peerReason) {
	k.link.distrust(time.Now().Add(distrustFor))
	k.cfg.Logger.WarnContext(ctx, "live: everything will be refetched, for notifications may have been lost", "why", r.why, "node", r.node)
}

// watchPeers resyncs when another node gives a reason for it.
func (k *Keeper) watchPeers(ctx context.Context) {
	for ctx.Err() == nil {
		reasons, resync, next := k.peers.tick(time.Now(), k.Connected())
		for _, r := range reasons {
			k.suspect(ctx, r)
		}
		if resync {
			k.resyncNow()
			continue
		}
		waitUntil(ctx, next, k.peers.changed)
	}
}

// waitUntil waits for a time, zero is never, or for a signal. It reports whether the time has come.
func waitUntil(ctx context.Context, at time.Time, signalled <-chan struct{}) bool {
	var due <-chan time.Time
	if !at.IsZero() {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-due:
		return true
	case <-signalled:
	case <-ctx.Done():
	}
	return false
}

// upTo is a random time up to d.
func (k *Keeper) upTo(d time.Duration) time.Duration { return time.Duration(k.cfg.Rand() * float64(d)) }

// sendHeartbeats sends a heartbeat every HeartbeatInterval, and soon where peers want one.
func (k *Keeper) sendHeartbeats(ctx context.Context) {
	for failing := false; ctx.Err() == nil; {
		err := k.link.heartbeat(ctx, k.peers.silent(time.Now()))
		k.link.away(time.Now())
		if ctx.Err() == nil && (err != nil) != failing {
			failing = err != nil
			k.logHeartbeat(ctx, err)
		}
		if waitUntil(ctx, time.Now().Add(k.jitter(k.cfg.HeartbeatInterval)), k.peers.wanted) {
			continue
		}
		sleep(ctx, k.upTo(k.cfg.HeartbeatInterval/10))
		select { // what was wanted meanwhile is the same heartbeat
		case <-k.peers.wanted:
		default:
		}
	}
}

func (k *Keeper) logHeartbeat(ctx context.Context, err error) {
	if err != nil {
		k.cfg.Logger.WarnContext(ctx, "live: this node does not reach the others, it tries again", "error", err)
		return
	}
	k.cfg.Logger.InfoContext(ctx, "live: this node reaches the others again")
}

// sayFarewell tells the other nodes that the silence to come means nothing, and how many frames there were, for as long as ctx allows.
func (k *Keeper) sayFarewell(ctx context.Context) error {
	if k.cfg.Broker == nil {
		return nil
	}
	if k.link.inDoubt() {
		k.cfg.Logger.WarnContext(ctx, "live: closed without a farewell, for a commit may still appear: the other nodes will refetch everything")
		return nil
	}
	said := make(chan error, 1)
	err := waitFor(ctx, func() { said <- k.link.farewell(ctx) })
	if err == nil {
		err = <-said
	}
	if err != nil {
		k.cfg.Logger.ErrorContext(ctx, "live: closed without a farewell, the other nodes will refetch everything", "error", err)
	}
	return context.Cause(ctx) // that it could not be said is no failure of closing
}
