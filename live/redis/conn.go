package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	client "github.com/redis/go-redis/v9"

	"github.com/htmxlive/htmxlive/live/internal/listener"
)

// subscribe returns a subscription that the server has confirmed.
func (b *Broker) subscribe(ctx context.Context) (*client.PubSub, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	if cluster, ok := b.client.(*client.ClusterClient); ok {
		cluster.ReloadState(ctx) // the server may have left its place to another one
	}
	sub := b.client.Subscribe(ctx)
	defer closeWith(ctx, sub)()
	err := sub.Subscribe(ctx, b.cfg.Channel)
	if err == nil {
		_, err = sub.ReceiveTimeout(ctx, answerTimeout) // nothing can come before the confirmation
	}
	if err != nil {
		_ = sub.Close() // it is of no use any more, whatever it says
		return nil, err
	}
	return sub, nil
}

// closeWith closes the subscription when ctx ends, which ends what waits for it, until release is called.
func closeWith(ctx context.Context, sub *client.PubSub) (release func()) {
	closed := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(closed)
		_ = sub.Close()
	})
	return func() {
		if !cancel() {
			<-closed
		}
	}
}

// run owns the subscription, and makes another one whenever it is lost.
func (b *Broker) run(ctx context.Context, sub *client.PubSub) {
	defer close(b.done)
	defer b.hangUp()
	for {
		err := b.hear(ctx, sub)
		if ctx.Err() != nil {
			b.lose(ErrClosed)
			return
		}
		b.lose(ErrDisconnected)
		b.cfg.Logger.WarnContext(ctx, "redis: disconnected, changes of other nodes are not seen until the server is back", "error", err)
		var connected bool
		if sub, connected = listener.Reconnect(ctx, b.cfg.ReconnectWait, b.subscribe, b.stillAway); !connected {
			b.lose(ErrClosed)
			return
		}
		b.cfg.Logger.InfoContext(ctx, "redis: connected again, everything is refetched")
		b.resume()
	}
}

// hangUp ends the connections of the pool, and what waits for an answer there.
func (b *Broker) hangUp() {
	_ = b.client.Close() // it is of no use any more, whatever it says
}

func (b *Broker) stillAway(ctx context.Context, err error) {
	b.cfg.Logger.DebugContext(ctx, "redis: the server is still away", "error", err)
}

// resume ends a gap: the node hears already, and can publish as soon as receive knows.
func (b *Broker) resume() {
	b.mu.Lock()
	b.absent = nil
	b.mu.Unlock()
	b.listener.Receive(nil)
	b.mu.Lock()
	b.hears = true
	b.mu.Unlock()
}

// lose begins a gap.
func (b *Broker) lose(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.absent, b.hears = why, false
}

// hear hands every frame to the listener, until the subscription is lost or ctx ends.
func (b *Broker) hear(ctx context.Context, sub *client.PubSub) error {
	ctx, lost := context.WithCancelCause(ctx)
	release := closeWith(ctx, sub)
	var probing sync.WaitGroup
	defer func() {
		lost(nil)
		release()
		probing.Wait()
	}()
	var heard atomic.Bool // something, since the latest ping
	heard.Store(true)
	noRedial := ended(ctx)
	probing.Go(func() { lost(b.probe(ctx, sub, &heard)) })
	for {
		message, err := sub.ReceiveTimeout(noRedial, 0)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		heard.Store(true)
		if m, ok := message.(*client.Message); ok { // else a pong
			b.listener.Receive([]byte(m.Payload))
		}
	}
}

// errSilent is why a connection is given up from which nothing comes.
var errSilent = errors.New("the server does not answer")

// probe asks the server again and again, until ctx ends or an answer stays away. A frame is as good as an answer.
func (b *Broker) probe(ctx context.Context, sub *client.PubSub, heard *atomic.Bool) error {
	ticker := time.NewTicker(b.cfg.PingInterval)
	defer ticker.Stop()
	noRedial := ended(ctx)
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
		if !heard.Swap(false) {
			return errSilent
		}
		if err := sub.Ping(noRedial); err != nil {
			return fmt.Errorf("ping: %w", err)
		}
	}
}

// ended is a context that has ended, which the client does not look at as long as it has a connection. When that is lost it
// would make another one by itself; with this context it cannot, so that no gap passes unseen.
func ended(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}
