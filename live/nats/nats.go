package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	client "github.com/nats-io/nats.go"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/listener"
)

// Config of a Broker. Its zero value talks to a server on this machine.
type Config struct {
	URL     string       // of one server or, separated by commas, of several of a cluster; default nats://127.0.0.1:4222
	Subject string       // where the nodes of one application meet, without wildcards; default "htmxlive"
	Pending int          // frames received and not handled yet; one more is a gap; at least 2, default 65536
	Logger  *slog.Logger // default slog.Default()

	// Options of the client, such as credentials and TLS. They override what the driver sets: reconnect for ever, two or
	// three times a second, and give up a server that has been silent for 15 s. Buffering and echo stay the driver's.
	Options []client.Option
}

// ErrClosed is the error of a Broker after Close, or that the client has given up.
var ErrClosed = fmt.Errorf("nats: the broker is closed: %w", client.ErrConnectionClosed)

func (c Config) withDefaults() Config {
	if c.URL == "" {
		c.URL = client.DefaultURL
	}
	if c.Subject == "" {
		c.Subject = "htmxlive"
	}
	if c.Pending == 0 {
		c.Pending = 1 << 16
	}
	c.Pending = max(c.Pending, 2)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Broker carries frames over one connection to NATS. Any number of goroutines may use it.
type Broker struct {
	cfg      Config
	listener listener.Listener
	nc       *client.Conn
	sub      *client.Subscription
	resynced atomic.Uint64  // the reconnect, by number, after which a Resync was sent; 0: the first connection
	closed   chan struct{}  // once the client has called its last callback
	running  sync.WaitGroup // the goroutine that calls receive
	queue    backlog        // belongs to that goroutine
}

var _ live.Broker = (*Broker)(nil)

// Connect returns once the server has confirmed that this node hears the others; an attempt to reach a server ends with
// the client's option Timeout, 2 s, and not with ctx. With the client's option RetryOnFailedConnect it returns at once
// where no server answers, and Listen gets its receive(nil) when one does.
func Connect(ctx context.Context, cfg Config) (*Broker, error) {
	b := &Broker{cfg: cfg.withDefaults(), closed: make(chan struct{})}
	nc, err := client.Connect(b.cfg.URL, b.options()...)
	if err != nil {
		return nil, fmt.Errorf("nats: connect: %w", err)
	}
	b.nc = nc
	if err := b.subscribe(ctx); err != nil {
		b.Close()
		return nil, fmt.Errorf("nats: subscribe to %q: %w", b.cfg.Subject, err)
	}
	return b, nil
}

// subscribe makes the one subscription of the node, so that Listen asks nothing of the server.
func (b *Broker) subscribe(ctx context.Context) error {
	sub, err := b.nc.Subscribe(b.cfg.Subject, b.receive)
	if err != nil {
		return err
	}
	b.running.Add(1)
	sub.SetClosedHandler(func(string) { b.running.Done() })
	b.sub = sub
	if err := sub.SetPendingLimits(b.cfg.Pending, -1); err != nil {
		return err
	}
	if !b.nc.IsConnected() { // RetryOnFailedConnect: joined comes later
		return nil
	}
	if err := b.confirm(ctx); err != nil {
		return err
	}
	return b.refused()
}

// confirm is a round trip: the server has read all that was sent before.
func (b *Broker) confirm(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	return b.nc.FlushWithContext(ctx)
}

// confirmTimeout is for a round trip where the caller's context allows longer.
const confirmTimeout = 5 * time.Second

// refused is what the server said about rights. It answers in order, so after confirm it has said it.
func (b *Broker) refused() error {
	if err := b.nc.LastError(); errors.Is(err, client.ErrPermissionViolation) {
		return err
	}
	return nil
}

// Publish returns once the server has the frame, which takes a round trip. While the server is away it fails at once.
// After an error the frame may have arrived or not.
func (b *Broker) Publish(ctx context.Context, frame []byte) error {
	if len(frame) > live.MaxFrame {
		return fmt.Errorf("nats: a frame of %d bytes: at most %d", len(frame), live.MaxFrame)
	}
	if b.nc.IsClosed() {
		return ErrClosed
	}
	before := b.nc.Stats().Reconnects
	if err := b.nc.Publish(b.cfg.Subject, frame); err != nil {
		return fmt.Errorf("nats: publish: %w", err)
	}
	if err := b.confirm(ctx); err != nil {
		return fmt.Errorf("nats: publish: not confirmed: %w", err)
	}
	// A new connection confirms nothing of what went into the old one.
	if b.nc.Stats().Reconnects != before {
		return fmt.Errorf("nats: publish: %w", client.ErrDisconnected)
	}
	if err := b.refused(); err != nil {
		return fmt.Errorf("nats: publish: %w", err)
	}
	return nil
}

// Listen calls receive until ctx ends or the broker is closed, see [live.Broker]. It asks nothing of the server, because
// Connect has subscribed; while the server is away, receive(nil) says when the node hears again. A node does not hear
// its own frames.
func (b *Broker) Listen(ctx context.Context, receive func(frame []byte)) error {
	if b.nc.IsClosed() {
		return ErrClosed
	}
	if err := b.listener.Listen(ctx, receive); err != nil {
		return fmt.Errorf("nats: listen: %w", err)
	}
	return nil
}

// Connected reports whether a server is there now, and the gap before it has ended with a Resync. A node without a server
// serves its pages, and shows only its own changes.
func (b *Broker) Connected() bool {
	return b.nc.IsConnected() && b.nc.Stats().Reconnects == b.resynced.Load()
}

// Close ends the connection. When it returns receive is not called any more. It may be called twice.
func (b *Broker) Close() {
	b.nc.Close()
	<-b.closed
	b.running.Wait()
}
