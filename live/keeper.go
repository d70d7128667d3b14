package live

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// The parts of a keeper are layers. From the lowest to the highest: the hub (topic to listener), the schedule (when a query
// is refetched), the query and its snapshot (what a fetch finds), the cohort (for which pages), the broadcast, the socket
// (one page), the keeper. Each knows those below it.
//
// Locks are taken from left to right, so none of them is taken while one on its right is held:
//
//	Keeper.mu, recorder.mu, hub.mu, cohort.mu, Socket.mu, then one of semaphore.mu, broadcast.mu, Rendering.mu, failedRows.mu,
//	loggedOnce.mu, findings.mu, link.mu, peers.mu
//
// A stream's own lock (StreamWriter.TryAcquire) is taken with none of these held, and cohort.mu, Socket.mu and Rendering.mu
// are taken with it. What shortens a stream's deadline may run with hub.mu held. No fetch, template, component or hook runs
// with a lock held. The short methods of a fragment do: Patch and Compact with that of their Rendering, ID and ShowsGone
// with any, and so does Config.Rand.

// Keeper keeps the results of queries true while somebody looks at them. An application has one.
type Keeper struct {
	core
	node  string // names this process in frames
	peers *peers // the other nodes

	ended   chan struct{}   // closed when Close has done what it could
	running sync.WaitGroup  // goroutines of shared queries and of repeated publications
	ctx     context.Context //nolint:containedctx // that of shared queries, which belong to no request; Close ends it
	cancel  context.CancelFunc

	mu       sync.Mutex           // guards everything below
	closed   bool                 // no new streams
	stopped  bool                 // no new shared queries
	sessions map[string][]*Socket // open streams by session key
	users    map[string]int       // open streams by user
	streams  sync.WaitGroup       // one for each open stream
	shared   map[shareKey]*sharedQuery
	shares   map[string]struct{}
	idle     []*sharedQuery // without a viewer, oldest first
	checking bool           // queries are checked
}

// NewKeeper makes a Keeper; [Keeper.Close] ends it. With a Broker it waits, for BrokerTimeout at most, until the engine has
// confirmed that this node hears the others.
func NewKeeper(cfg Config) *Keeper {
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // no request is its parent; Close ends it
	node := rand.Text()
	k := &Keeper{
		core: core{
			cfg: cfg, hub: newHub(cfg.Logger.Enabled(ctx, slog.LevelDebug)), fetches: &semaphore{free: cfg.MaxFetches},
			link: link{broker: cfg.Broker, node: node, timeout: cfg.BrokerTimeout},
		},
		node: node, ctx: ctx, cancel: cancel, ended: make(chan struct{}),
		sessions: map[string][]*Socket{}, users: map[string]int{},
		shared: map[shareKey]*sharedQuery{}, shares: map[string]struct{}{},
	}
	k.peers = newPeers(cfg.HeartbeatInterval, cfg.TransactionTimeout, func() time.Duration { return k.upTo(cfg.HeartbeatInterval) })
	k.listen()
	if cfg.CheckInterval > 0 {
		k.CheckEvery(cfg.CheckInterval)
	}
	return k
}

// Publish says that something behind the topics has changed. Call it after the commit. Open pages of
// this node are marked before it returns; the other nodes are told through the broker, even if ctx is
// cancelled, and if that fails they notice by the next heartbeat that they miss something, and refetch
// everything. So an error means a wrong topic, never a lost change.
func (k *Keeper) Publish(ctx context.Context, topics ...string) error {
	if err := checkTopics(topics); err != nil {
		return err
	}
	k.stats.notifications.Add(uint64(len(topics)))
	if len(topics) == 1 {
		k.hub.notify(topics[0], byPublish)
	} else {
		k.hub.notifyAll(topics, nil, byPublish)
	}
	if k.hub.known != nil {
		k.logUnfollowed(ctx, slices.Clone(topics))
	}
	if k.cfg.Broker != nil { // a copy, so that the variadic slice does not escape when there is no broker: a local Publish allocates nothing
		topics := slices.Clone(topics)
		k.publishToOthers(ctx, topics, encodeFrames(k.node, topics))
	}
	return nil
}

// PublishChanges is [Keeper.Publish] of changes of which more is known than their topics. The changes of one commit belong in
// one call, so that each query is marked once, and so do topics of which no more is known. Of a commit that has changed more
// rows than is worth to tell, publish the topics. Drivers call it for every commit, so topics that nobody follows are not logged.
func (k *Keeper) PublishChanges(ctx context.Context, changes []Change, topics ...string) error {
	compared := make([]change, len(changes))
	for i, c := range changes {
		compared[i] = changeOf(c)
	}
	ofChanges := topicsOfChanges(compared)
	if err := cmp.Or(checkTopics(ofChanges), checkTopics(topics)); err != nil {
		return err
	}
	k.stats.notifications.Add(uint64(len(ofChanges) + len(topics)))
	from := byChanges
	if ctx.Value(programKey{}) != nil {
		from = byProgram
	}
	k.hub.notifyAll(topics, compared, from)
	if k.cfg.Broker != nil {
		k.publishToOthers(ctx, slices.Concat(ofChanges, topics), encodeChanges(k.node, compared, topics))
	}
	return nil
}

// ShowRowErrors has placeholders of rows that could not be rendered say why, for development: errors tell what nobody else
// should read. The middleware's Config.Development calls it.
func (k *Keeper) ShowRowErrors() { k.failedRows.show.Store(true) }

// goRun makes a keeper the runner of shared queries.
func (k *Keeper) goRun(f func(ctx context.Context)) { k.running.Go(func() { f(k.ctx) }) }

// Draining reports whether Close has been called: readiness should fail then.
func (k *Keeper) Draining() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.closed
}

// Streams are ended in so many steps, so that not all browsers come back at the same moment.
const drainSteps = 10

// Close drains: streams are told to come back after a time between one and five seconds and end in
// batches, over a second in all, and no new ones are admitted. It returns when all have ended, or with
// ctx's error after stopping without waiting for them any longer. Close the HTTP server after it.
func (k *Keeper) Close(ctx context.Context) error {
	k.mu.Lock()
	if k.closed {
		k.mu.Unlock()
		return waitFor(ctx, func() { <-k.ended })
	}
	k.closed = true
	defer close(k.ended)
	var open []*Socket
	for _, streams := range k.sessions {
		open = append(open, streams...)
	}
	k.mu.Unlock()
	inTime := true
	for i := range drainSteps {
		for _, s := range open[len(open)*i/drainSteps : len(open)*(i+1)/drainSteps] {
			s.end(CloseReason{RetryAfter: k.reconnectDelay()})
		}
		inTime = inTime && (len(open) <= drainSteps || sleep(ctx, time.Second/drainSteps)) // if not, the rest at once
	}
	err := waitFor(ctx, k.streams.Wait)
	return errors.Join(err, k.stop(ctx))
}

// stop ends what no stream holds any more: shared queries and the goroutines of the keeper.
func (k *Keeper) stop(ctx context.Context) error {
	k.cancel()
	k.mu.Lock()
	k.stopped = true
	var left []*sharedQuery
	for _, q := range k.shared {
		q.linger.stop()
		left = append(left, q)
	}
	clear(k.shared)
	k.idle = nil
	k.mu.Unlock()
	for _, q := range left {
		q.cohort.end()
	}
	k.hub.close()
	return errors.Join(waitFor(ctx, k.running.Wait), k.sayFarewell(ctx))
}

// waitFor runs wait until it returns or ctx ends.
func waitFor(ctx context.Context, wait func()) error {
	done := make(chan struct{})
	go func() { wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
