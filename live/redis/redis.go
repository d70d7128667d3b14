package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	client "github.com/redis/go-redis/v9"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/listener"
)

// Errors of a Broker.
var (
	ErrClosed       = errors.New("redis: the broker is closed")
	ErrDisconnected = errors.New("redis: no connection to the server")
)

// Config of a Broker. Its zero value talks to a server on this machine.
type Config struct {
	// URL of the server, by default redis://127.0.0.1:6379:
	//
	//	redis://user:password@host:6379, rediss:// (with TLS) or unix:///path
	//	redis+sentinel://host:26379?master_name=main&addr=host2:26379
	//	redis+cluster://host:6379?addr=host2:6379
	//
	// rediss+sentinel and rediss+cluster are the same with TLS. With Sentinel the user and the password in front of the
	// host are Sentinel's, and the server's stand behind it: ?username=…&password=…. The other parameters are those of
	// ParseURL, ParseFailoverURL and ParseClusterURL of github.com/redis/go-redis/v9.
	URL     string
	Channel string       // where the nodes of one application meet; default "htmxlive"
	Logger  *slog.Logger // default slog.Default()

	ReconnectWait time.Duration // between two attempts, and as much again at random; default 250 ms
	PingInterval  time.Duration // between two questions to the server, and how long an answer may take; default 5 s

	// Configure may change what URL says, such as the certificates or the Dialer. That a command is not tried again, and
	// ends with its context, stays the driver's.
	Configure func(o *client.UniversalOptions)
}

const (
	defaultURL     = "redis://127.0.0.1:6379"
	defaultChannel = "htmxlive"
	defaultWait    = 250 * time.Millisecond
	defaultPing    = 5 * time.Second
)

// answerTimeout is for one attempt to subscribe.
const answerTimeout = 5 * time.Second

func (c Config) withDefaults() Config {
	c.URL = cmp.Or(c.URL, defaultURL)
	c.Channel = cmp.Or(c.Channel, defaultChannel)
	c.Logger = cmp.Or(c.Logger, slog.Default())
	c.ReconnectWait = cmp.Or(max(c.ReconnectWait, 0), defaultWait)
	c.PingInterval = cmp.Or(max(c.PingInterval, 0), defaultPing)
	return c
}

// Broker carries frames through Redis: one connection listens, and a pool publishes. Any number of goroutines may use it.
type Broker struct {
	cfg      Config
	client   client.UniversalClient
	listener listener.Listener
	stop     context.CancelFunc
	done     chan struct{} // closed when run has returned

	mu     sync.Mutex // guards everything below
	absent error      // why nothing can be published; nil: the server is there
	hears  bool       // the server is there, and the gap before it has ended with a Resync
}

var _ live.Broker = (*Broker)(nil)

// Connect returns once the server has confirmed that this node hears the others.
func Connect(ctx context.Context, cfg Config) (*Broker, error) {
	b := &Broker{cfg: cfg.withDefaults(), done: make(chan struct{}), hears: true}
	options, err := b.cfg.options()
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	b.client = client.NewUniversalClient(options)
	sub, err := b.subscribe(ctx)
	if err != nil {
		b.hangUp()
		if ctx.Err() != nil { // the client may say that it was closed for that
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("redis: connect: %w", err)
	}
	ctx, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	go b.run(ctx, sub)
	return b, nil
}

// Publish returns once the server has answered that it has the frame. While the server is away it fails at once. After an
// error the frame may have arrived or not. It ends with the deadline of ctx or, at the latest, with the client's time limits for
// the pool, for a connection and for an answer: 4 s, 5 s and 3 s.
func (b *Broker) Publish(ctx context.Context, frame []byte) error {
	if len(frame) > live.MaxFrame {
		return fmt.Errorf("redis: a frame of %d bytes: at most %d", len(frame), live.MaxFrame)
	}
	if err := b.away(); err != nil {
		return err
	}
	server, err := b.publisher(ctx)
	if err == nil {
		err = server.Publish(ctx, b.cfg.Channel, frame).Err()
	}
	if limit, ok := ctx.Deadline(); ok && err != nil && !time.Now().Before(limit) {
		<-ctx.Done() // the client has a timer of its own, and may be the first to say so
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("redis: publish: %w", err)
	}
	return nil
}

// publisher is the server at which all nodes listen. In a cluster it is the master of the channel's slot: any other one
// would pass frames on later than it confirms them, and loses them unseen when it cannot.
func (b *Broker) publisher(ctx context.Context) (client.Cmdable, error) {
	if cluster, ok := b.client.(*client.ClusterClient); ok {
		return cluster.MasterForKey(ctx, b.cfg.Channel)
	}
	return b.client, nil
}

// away is why nothing can be published; nil: the server is there.
func (b *Broker) away() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.absent
}

// Listen calls receive until ctx ends or the broker is closed, see [live.Broker]. It asks nothing of the server, because
// Connect has subscribed; while the server is away, receive(nil) says when the node hears again. A node hears its own
// frames too.
func (b *Broker) Listen(ctx context.Context, receive func(frame []byte)) error {
	if errors.Is(b.away(), ErrClosed) {
		return ErrClosed
	}
	if err := b.listener.Listen(ctx, receive); err != nil {
		return fmt.Errorf("redis: listen: %w", err)
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

// Close ends the connections. When it returns receive is not called any more. It may be called twice.
func (b *Broker) Close() {
	b.stop()
	<-b.done
}
