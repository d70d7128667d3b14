package live

import (
	"context"
	"fmt"
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
	if err := k.send(context.WithoutCancel(ctx), frames); err != nil {
		k.cfg.Logger.ErrorContext(ctx, "live: publish failed, other nodes will refetch everything once the broker works", "topics", topics, "error", err)
		k.retryResync()
	}
}

// Resync marks every query of this node: call it when changes may have been missed.
func (k *Keeper) Resync() { k.hub.resync() }

// KickSession ends the streams of a session, by its live key, for good and on every node. What is live on their pages
// is cleared, as if [ErrForbidden] had said so of all of it. An error means that other nodes were not told; once the broker
// works they are told to ask each page's Valid.
func (k *Keeper) KickSession(ctx context.Context, key string) error {
	return k.kick(ctx, sessionTopic(key))
}

// KickUser ends the streams of a user, in all sessions, for good and on every node, as KickSession does.
func (k *Keeper) KickUser(ctx context.Context, user string) error {
	return k.kick(ctx, userTopic(user))
}

func (k *Keeper) kick(ctx context.Context, topic string) error {
	k.hub.notify(topic, byPublish)
	err := k.announce(ctx, topic)
	if err != nil {
		k.retryResync()
	}
	return err
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
		if late.Load() && ctx.Err() == nil {
			k.hub.resync()
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

// receive hears a frame.
func (k *Keeper) receive(b []byte) {
	topics, changes, sender := decodeFrame(k.node, b)
	from := byNode
	if sender == "" {
		from = byEngine
	}
	switch {
	case slices.Contains(topics, resync) || slices.Contains(topics, resyncTopic):
		k.hub.resync()
	case len(topics) == 1 && len(changes) == 0:
		k.hub.notify(topics[0], from)
	default:
		k.hub.notifyAll(topics, changes, from)
	}
}

// announce tells the other nodes, within BrokerTimeout, whatever becomes of the request that asks for it.
func (k *Keeper) announce(ctx context.Context, topics ...string) error {
	return k.send(context.WithoutCancel(ctx), encodeFrames(k.node, topics))
}

func (k *Keeper) send(ctx context.Context, frames [][]byte) (err error) {
	if k.cfg.Broker == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, k.cfg.BrokerTimeout)
	defer cancel()
	defer recoverTo(&err)
	for _, b := range frames {
		if err := k.cfg.Broker.Publish(ctx, b); err != nil {
			return fmt.Errorf("live: broker: %w", err)
		}
	}
	return nil
}

// retryResync keeps trying to tell the other nodes that they missed something.
func (k *Keeper) retryResync() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.resyncPending {
		return
	}
	k.resyncPending = true
	if k.closed {
		return // Close tries once more
	}
	k.goRun(func(ctx context.Context) {
		for failures := 1; ; failures++ {
			if !sleep(ctx, k.backoff(failures)) || k.announceResync(ctx) {
				return
			}
		}
	})
}

// announceResync tells the other nodes to refetch everything, and reports whether nothing is left to be told. What is
// published meanwhile may fail as well, and is not told by this frame: then another goroutine tries.
func (k *Keeper) announceResync(ctx context.Context) (done bool) {
	k.mu.Lock()
	k.resyncPending = false
	k.mu.Unlock()
	err := k.announce(ctx, resyncTopic)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil || k.resyncPending {
		return true
	}
	k.resyncPending = true
	return false
}

// flushResync is the last try to tell the other nodes, for as long as ctx allows.
func (k *Keeper) flushResync(ctx context.Context) error {
	k.mu.Lock()
	pending := k.resyncPending
	k.resyncPending = false
	k.mu.Unlock()
	if !pending {
		return nil
	}
	sent := make(chan error, 1)
	err := waitFor(ctx, func() { sent <- k.send(ctx, encodeFrames(k.node, []string{resyncTopic})) })
	if err == nil {
		err = <-sent
	}
	if err != nil {
		k.cfg.Logger.ErrorContext(ctx, "live: closed before the other nodes could be told to refetch everything", "error", err)
	}
	return context.Cause(ctx) // that it could not be told is no failure of closing
}

// Follows reports whether a query or a hook of this node follows the topic at this moment. A source of changes that has to
// look for them, such as the watcher of a file, asks it whether somebody waits for what it may find.
func (k *Keeper) Follows(topic string) bool { return k.hub.follows(topic) }

// Heard reports whether anybody may hear of the topic: a query or a hook of this node, as [Keeper.Follows] says, or another
// node. A source of changes asks it before it takes the trouble to note which rows change: who comes later, but before the
// commit, is told of the topic.
func (k *Keeper) Heard(topic string) bool { return k.cfg.Broker != nil || k.hub.follows(topic) }
