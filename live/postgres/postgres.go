package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/listener"
)

// Errors of a Broker.
var (
	ErrClosed       = errors.New("postgres: the broker is closed")
	ErrDisconnected = errors.New("postgres: no connection to the server")
)

// Config of a Broker.
type Config struct {
	// URL of the database, or a connection string of keywords; what it leaves out comes from the PG* variables of the
	// environment. It must lead to the primary, and not through a pooler that lends connections for one transaction.
	URL     string
	Channel string       // where the nodes of one application meet, at most 63 bytes; default DefaultChannel
	Logger  *slog.Logger // default slog.Default()

	ReconnectWait time.Duration // between two attempts, and as much again at random; default 250 ms
	PingInterval  time.Duration // after so much silence the server is asked, and after as much again given up; default 5 s

	// Configure may change what URL says, such as the DialFunc.
	Configure func(c *pgx.ConnConfig)
}

// DefaultChannel is the channel of a Config that names none.
const DefaultChannel = "htmxlive"

// answerTimeout is for one statement, or one attempt to connect.
const answerTimeout = 5 * time.Second

func (c Config) withDefaults() Config {
	if c.Channel == "" {
		c.Channel = DefaultChannel
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.ReconnectWait <= 0 {
		c.ReconnectWait = 250 * time.Millisecond
	}
	if c.PingInterval <= 0 {
		c.PingInterval = 5 * time.Second
	}
	return c
}

// Broker carries frames over one connection to PostgreSQL. Any number of goroutines may use it.
type Broker struct {
	cfg      Config
	pg       *pgx.ConnConfig
	listener listener.Listener
	stop     context.CancelFunc
	done     chan struct{} // closed when run has returned

	mu        sync.Mutex         // guards everything below
	absent    error              // why there is no connection; nil: there is one
	hears     bool               // there is a connection, and the gap before it has ended with a Resync
	queue     []*publication     // to be sent with the next statement
	interrupt context.CancelFunc // ends the wait for notifications, because the connection is needed
}

var _ live.Broker = (*Broker)(nil)

type publication struct {
	frame  string     // a copy: the publisher may have left, and use its slice again
	sync   bool       // there is no frame: only the answer counts
	result chan error // capacity 1: the publisher may have left
}

// Connect returns once the server has confirmed that this node hears the others.
func Connect(ctx context.Context, cfg Config) (*Broker, error) {
	b := &Broker{cfg: cfg.withDefaults(), done: make(chan struct{}), hears: true}
	if err := checkChannel(b.cfg.Channel); err != nil {
		return nil, err
	}
	var err error
	if b.pg, err = b.configure(); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	conn, err := b.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("postgres: connect: %w", err)
	}
	ctx, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	go b.run(ctx, conn)
	return b, nil
}

// Publish returns once the frame is committed: every node that listens on the channel gets it. What is published at the
// same time goes in one statement. While the server is away it fails at once. After an error the frame may have
// arrived or not.
//
// It is for changes that are committed already; [Notify] is for use in the transaction that makes them.
func (b *Broker) Publish(ctx context.Context, frame []byte) error {
	if len(frame) > live.MaxFrame {
		return fmt.Errorf("postgres: a frame of %d bytes: at most %d", len(frame), live.MaxFrame)
	}
	return b.await(ctx, &publication{frame: string(frame)})
}

// await returns when the server has answered.
func (b *Broker) await(ctx context.Context, p *publication) error {
	p.result = make(chan error, 1)
	if err := b.enqueue(p); err != nil {
		return err
	}
	select {
	case err := <-p.result:
		return err
	case <-ctx.Done():
		return fmt.Errorf("postgres: not confirmed: %w", context.Cause(ctx))
	}
}

func (b *Broker) enqueue(p *publication) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.absent != nil {
		return b.absent
	}
	b.queue = append(b.queue, p)
	if b.interrupt != nil {
		b.interrupt()
	}
	return nil
}

// Listen calls receive until ctx ends or the broker is closed, see [live.Broker]. It asks nothing of the server, because
// every connection of the broker listens; while the server is away, receive(nil) says when the node hears again. A
// payload that a trigger or another program wrote is a frame as it is, of up to 7,999 bytes. A node does not hear its
// own frames.
func (b *Broker) Listen(ctx context.Context, receive func(frame []byte)) error {
	b.mu.Lock()
	closed := errors.Is(b.absent, ErrClosed)
	b.mu.Unlock()
	if closed {
		return ErrClosed
	}
	if err := b.listener.Listen(ctx, receive); err != nil {
		return fmt.Errorf("postgres: listen: %w", err)
	}
	return nil
}

// Connected reports whether a server is there now, and the gap before it has ended with a Resync. A node without a server
// serves its pages, and shows only its own changes.
func (b *Broker) Connected() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hears
}

// Close ends the connection. When it returns receive is not called any more. It may be called twice.
func (b *Broker) Close() {
	b.stop()
	<-b.done
}
