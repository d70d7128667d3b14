package nats

import (
	"log/slog"
	"time"

	client "github.com/nats-io/nats.go"
)

// options are the driver's defaults, the user's options, and what the promises need.
func (b *Broker) options() []client.Option {
	defaults := func(o *client.Options) error {
		o.Name = b.cfg.Subject
		o.MaxReconnect = -1
		o.ReconnectWait, o.ReconnectJitter, o.ReconnectJitterTLS = reconnectWait, reconnectWait, reconnectWait
		o.PingInterval, o.MaxPingsOut = pingInterval, 2
		o.IgnoreAuthErrorAbort = true // a login that broke is mended at the server, and we go on asking
		o.DisconnectedErrCB = b.disconnected
		o.AsyncErrorCB = b.complain
		return nil
	}
	needs := func(o *client.Options) error {
		o.NoEcho = true         // our keeper has marked its pages already
		o.ReconnectBufSize = -1 // an error at once, not a buffer that may be lost unseen
		o.ReconnectedCB = both(b.joined, o.ReconnectedCB)
		if o.RetryOnFailedConnect {
			o.ConnectedCB = both(b.joined, o.ConnectedCB)
		}
		o.ClosedCB = both(o.ClosedCB, func(*client.Conn) { close(b.closed) })
		return nil
	}
	opts := append([]client.Option{defaults}, b.cfg.Options...)
	return append(opts, needs)
}

const (
	reconnectWait = 250 * time.Millisecond // and as much again at random
	pingInterval  = 5 * time.Second
)

// both calls first and then second, either of which may be nil.
func both(first, second client.ConnHandler) client.ConnHandler {
	return func(nc *client.Conn) {
		if first != nil {
			first(nc)
		}
		if second != nil {
			second(nc)
		}
	}
}

// joined ends the gap that a lost connection was. The client has sent the subscription again, but only a round trip
// says that the server has read it: a Resync before that would be followed by frames that nobody hears.
func (b *Broker) joined(nc *client.Conn) {
	for nc.IsConnected() { // if it is lost again, the next joined does this
		connection := nc.Stats().Reconnects
		if nc.FlushTimeout(confirmTimeout) == nil && nc.Stats().Reconnects == connection {
			b.cfg.Logger.Info("nats: connected again, everything is refetched", "server", nc.ConnectedUrlRedacted())
			b.listener.Receive(nil)
			b.resynced.Store(connection)
			return
		}
	}
}

func (b *Broker) disconnected(_ *client.Conn, err error) {
	if err != nil { // nil: by Close
		b.cfg.Logger.Warn("nats: disconnected, changes of other nodes are not seen until the server is back", "error", err)
	}
}

func (b *Broker) complain(_ *client.Conn, _ *client.Subscription, err error) {
	b.cfg.Logger.Error("nats: the client reports", slog.Any("error", err))
}
