package live

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"
)

func (k *Keeper) logUnfollowed(ctx context.Context, topics []string) {
	for _, topic := range topics {
		if k.hub.unfollowed(topic) {
			k.cfg.Logger.Log(ctx, slog.LevelDebug, "live: a topic was published that nothing on this node has ever followed: is its name right?", "topic", topic)
		}
	}
}

func (k *Keeper) publishToOthers(ctx context.Context, topics []string, frames [][]byte) {
	if err := k.link.publish(context.WithoutCancel(ctx), frames); err != nil {
		k.cfg.Logger.ErrorContext(ctx, "live: publish failed, other nodes will refetch everything once the broker works", "topics", topics, "error", err)
	}
}

// KickSession ends the streams of a session, by its live key, for good and on every node. What is live on their pages
// is cleared, as if [ErrForbidden] had said so of all of it. An error means that other nodes were not told; once the broker
// works they notice that they miss something, and ask each page's Valid. The keeper remembers no kick; the middleware's
// Config.KickSession does.
func (k *Keeper) KickSession(ctx context.Context, key string) error {
	return k.kick(ctx, sessionTopic(key))
}

// KickUser ends the streams of a user, in all sessions, for good and on every node, as KickSession does.
func (k *Keeper) KickUser(ctx context.Context, user string) error {
	return k.kick(ctx, userTopic(user))
}

func (k *Keeper) kick(ctx context.Context, topic string) error {
	k.hub.notify(topic, byPublish)
	return k.link.publish(context.WithoutCancel(ctx), encodeFrames(k.node, []string{topic}))
}

// listen begins to hear the other nodes, and waits for BrokerTimeout at most until it does. What they publish before that
// ends in a resync.
func (k *Keeper) listen() {
	if k.cfg.Broker == nil {
		return
	}
	heard := make(chan struct{})
	var late atomic.Bool
	k.goRun(func(ctx context.Context) {
		defer close(heard)
		for failures := 0; k.listenOnce(ctx) != nil; late.Store(true) {
			if failures++; !sleep(ctx, k.backoff(failures)) {
				return
			}
		}
		if ctx.Err() != nil {
			return
		}
		k.link.hears.Store(true)
		if late.Load() {
			k.resync(ctx, "", "this node has heard nothing so far")
		}
	})
	timer := time.NewTimer(k.cfg.BrokerTimeout)
	defer timer.Stop()
	select {
	case <-heard:
	case <-timer.C:
		late.Store(true)
		k.cfg.Logger.WarnContext(k.ctx, "live: the broker has not confirmed yet that this node hears the others")
	}
	k.goRun(k.sendHeartbeats)
	k.goRun(k.watchPeers)
}

func (k *Keeper) listenOnce(ctx context.Context) (err error) {
	defer func() {
		if err != nil && ctx.Err() == nil {
			k.cfg.Logger.ErrorContext(ctx, "live: this node does not hear the others, it tries again", "error", err)
		}
	}()
	defer recoverTo(&err)
	return k.cfg.Broker.Listen(ctx, k.receive)
}

// Connected reports whether this node hears the others: its broker says so, and takes frames. It is true without a Broker.
func (k *Keeper) Connected() bool { return k.link.connected() }

// TransactionTimeout is for how long a commit may still appear after its program was killed or its answer was lost: that of
// Config, or its default where that is negative. Drivers and stores limit their transactions to it.
func (k *Keeper) TransactionTimeout() time.Duration {
	if d := k.cfg.TransactionTimeout; d > 0 {
		return d
	}
	return defaultTransactionTimeout
}

// InDoubt says that a commit whose answer was lost may still appear within d, after which the driver of a database publishes it once
// more. A Close meanwhile says no farewell, so that the other nodes do not take its silence for nothing.
func (k *Keeper) InDoubt(d time.Duration) { k.link.doubtFor(d) }

// receive hears a frame.
func (k *Keeper) receive(b []byte) {
	f := decodeFrame(k.node, b)
	from := byNode
	if f.from == "" {
		from = byEngine
	}
	switch {
	case len(b) == 0:
		k.peers.reconnected(time.Now())
		k.resync(k.ctx, "", "the broker may have lost notifications")
	case slices.Contains(f.topics, resync):
		k.resync(k.ctx, f.from, "a frame cannot be understood")
	case slices.Contains(f.topics, resyncTopic):
		k.resync(k.ctx, f.from, "a node could not publish")
	case len(f.topics) == 1 && len(f.changes) == 0:
		k.hub.notify(f.topics[0], from)
	default:
		k.hub.notifyAll(f.topics, f.changes, from)
	}
	if f.counts {
		k.hear(f)
	}
}

// Follows reports whether a query or a hook of this node follows the topic at this moment. A source of changes that has to
// look for them, such as the watcher of a file, asks it whether somebody waits for what it may find.
func (k *Keeper) Follows(topic string) bool { return k.hub.follows(topic) }

// Heard reports whether anybody may hear of the topic: a query or a hook of this node, as [Keeper.Follows] says, or another
// node. A source of changes asks it before it takes the trouble to note which rows change: who comes later, but before the
// commit, is told of the topic.
func (k *Keeper) Heard(topic string) bool { return k.HasBroker() || k.hub.follows(topic) }

// HasBroker reports whether there may be other nodes.
func (k *Keeper) HasBroker() bool { return k.cfg.Broker != nil }
