package live

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// Config of a Keeper. Its zero value serves one node.
type Config struct {
	Broker        Broker        // carries notifications to other nodes; nil: there are none
	BrokerTimeout time.Duration // for one call of the broker; default 2 s
	Logger        *slog.Logger  // default slog.Default()

	FetchTimeout time.Duration // for one fetch and its rendering; default 10 s
	MaxFetches   int           // at the same time, in the whole keeper; loads, shared and private refetches that wait take turns; default 16

	// A shared query stays subscribed for Linger after its last viewer, so that the stream of a page that
	// was just loaded, or the next page, finds it warm. Default 10 s, and MaxLingering (1000) of them at most.
	Linger       time.Duration
	MaxLingering int

	Limits Limits

	Clock Clock          // default: package time
	Rand  func() float64 // evenly in [0, 1), for jitter, from any goroutine; default math/rand/v2
}

// Limits of what one session or page may hold. Zero fields take the default; going over one is a *LimitError.
type Limits struct {
	Streams           int // open on this node; default 65536
	StreamsPerSession int // open streams of one session on this node; default 64
	AssignsPerPage    int // default 32
	TopicsPerAssign   int // default 64
	BytesPerFragment  int // as rendered, which bounds a page's messages; default 1 MiB
}

func (c Config) withDefaults() Config {
	orDefault(&c.BrokerTimeout, 2*time.Second)
	orDefault(&c.FetchTimeout, 10*time.Second)
	orDefault(&c.MaxFetches, 16)
	orDefault(&c.Linger, 10*time.Second)
	orDefault(&c.MaxLingering, 1000)
	orDefault(&c.Limits.Streams, 1<<16)
	orDefault(&c.Limits.StreamsPerSession, 64)
	orDefault(&c.Limits.AssignsPerPage, 32)
	orDefault(&c.Limits.TopicsPerAssign, 64)
	orDefault(&c.Limits.BytesPerFragment, 1<<20)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Clock == nil {
		c.Clock = systemClock{}
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	return c
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Keeper keeps the results of queries true while somebody looks at them. An application has one.
type Keeper struct {
	cfg   Config
	hub   *hub
	turns *turns
	stats counters

	ended   chan struct{}  // closed when Close has done what it could
	running sync.WaitGroup // goroutines of shared queries and of repeated publications
	cancel  context.CancelFunc
	spawn   func(func(ctx context.Context))

	mu        sync.Mutex           // guards everything below
	closed    bool                 // no new streams
	stopped   bool                 // no new shared queries
	sessions  map[string][]*Socket // open streams
	streams   sync.WaitGroup       // one for each open stream
	shared    map[shareKey]*cohort
	shares    map[string]struct{}
	lingering []*cohort // oldest first
	owing     bool      // a Resync is owed to the other nodes
}

// NewKeeper makes a Keeper; [Keeper.Close] ends it.
func NewKeeper(cfg Config) *Keeper {
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // shared queries belong to no request; Close ends this
	k := &Keeper{
		cfg: cfg, hub: newHub(ctx, cfg.Broker, cfg.BrokerTimeout, cfg.Logger), cancel: cancel,
		turns:    newTurns(cfg.MaxFetches),
		ended:    make(chan struct{}),
		sessions: map[string][]*Socket{},
		shared:   map[shareKey]*cohort{}, shares: map[string]struct{}{},
	}
	k.spawn = func(f func(context.Context)) { k.running.Go(func() { f(ctx) }) }
	return k
}

// Publish says that something behind the topics has changed. Call it after the commit. Open pages of
// this node are marked before it returns; the other nodes are told through the broker, even if ctx is
// cancelled, and if that fails they are told as soon as it works again that everything may have
// changed. So an error means a wrong topic, never a lost change.
func (k *Keeper) Publish(ctx context.Context, topics ...string) error {
	for _, topic := range topics {
		if err := checkTopic(topic); err != nil {
			return err
		}
	}
	k.stats.Notifications.Add(uint64(len(topics)))
	for _, topic := range topics {
		k.hub.tell(topic, topic)
	}
	if k.cfg.Broker != nil {
		k.tellOthers(ctx, append([]string(nil), topics...)) // a copy, or the topics of a node that is alone were garbage too
	}
	return nil
}

func (k *Keeper) tellOthers(ctx context.Context, topics []string) {
	if err := k.announce(ctx, topics...); err != nil {
		k.cfg.Logger.ErrorContext(ctx, "live: publish failed, other nodes will refetch everything once the broker works", "topics", topics, "error", err)
		k.owe()
	}
}

// Resync marks every query of this node: call it when changes may have been missed.
func (k *Keeper) Resync() { k.hub.resync() }

// Kick ends the streams of a session (by its key) or of a user (by the name it was identified with) for good, on
// every node. Their pages stay as they are and follow nothing any more. An error means that other nodes were not told;
// once the broker works they are told to ask each page's Valid.
func (k *Keeper) Kick(ctx context.Context, who string) error {
	topic := kickTopicOf(who)
	k.hub.tell(topic, topic)
	err := k.announce(ctx, topic)
	if err != nil {
		k.owe()
	}
	return err
}

// kickTopicOf hides the session's key, which is a secret, from the broker.
func kickTopicOf(who string) string {
	sum := sha256.Sum256([]byte(who))
	return kickTopic + base64.RawURLEncoding.EncodeToString(sum[:15])
}

func (k *Keeper) announce(ctx context.Context, topics ...string) error {
	if k.cfg.Broker == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.cfg.BrokerTimeout)
	defer cancel()
	f, err := k.hub.encode(topics)
	if err != nil {
		return err
	}
	return k.cfg.Broker.Publish(ctx, f)
}

// owe keeps trying to tell the other nodes that they missed something.
func (k *Keeper) owe() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.owing {
		return
	}
	k.owing = true
	if k.closed {
		return // Close tries once more
	}
	k.spawn(func(ctx context.Context) {
		for failures := 1; ; failures++ {
			if !k.sleep(ctx, k.backoff(failures)) {
				return
			}
			// What is published from here on may fail again, and then owes anew.
			k.mu.Lock()
			k.owing = false
			k.mu.Unlock()
			err := k.announce(ctx, resyncTopic)
			k.mu.Lock()
			again := err != nil && !k.owing
			k.owing = k.owing || again
			k.mu.Unlock()
			if !again {
				return
			}
		}
	})
}

// settleDebt is the last try to tell the other nodes.
func (k *Keeper) settleDebt(ctx context.Context) {
	k.mu.Lock()
	owing := k.owing
	k.owing = false
	k.mu.Unlock()
	if !owing {
		return
	}
	if err := k.announce(ctx, resyncTopic); err != nil {
		k.cfg.Logger.ErrorContext(ctx, "live: closed before the other nodes could be told to refetch everything", "error", err)
	}
}

// sleep waits for d by the keeper's clock; false if ctx ended before.
func (k *Keeper) sleep(ctx context.Context, d time.Duration) bool {
	done, t := k.after(d)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// after is closed after d by the keeper's clock, unless the timer is stopped.
func (k *Keeper) after(d time.Duration) (<-chan struct{}, Timer) {
	done := make(chan struct{})
	return done, k.cfg.Clock.AfterFunc(d, func() { close(done) })
}

// turn waits until fewer than MaxFetches run: a load for FetchTimeout at most, a refetch as long as there is a page.
func (k *Keeper) turn(ctx context.Context, l lane) error {
	waiting := ctx
	if l == loading {
		limited, cancel := context.WithTimeout(ctx, k.cfg.FetchTimeout)
		defer cancel()
		waiting = limited
	}
	err := k.turns.acquire(waiting, l)
	if err != nil && ctx.Err() == nil {
		return k.noTurn()
	}
	return err
}

// noTurn is the error of a load that has waited too long for its turn.
func (k *Keeper) noTurn() error { return &LimitError{Limit: "MaxFetches", Max: k.cfg.MaxFetches} }

// failed reports a refetch that will be tried again.
func (k *Keeper) failed(ctx context.Context, name string, err error) {
	k.stats.Failures.Add(1)
	attrs := []any{"assign", name, "error", err}
	if p, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, "stack", string(p.stack))
	}
	k.cfg.Logger.ErrorContext(ctx, "live: refetch failed, the last good result stays until a retry works", attrs...)
}
