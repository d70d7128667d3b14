package live

import (
	"cmp"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Config of a Keeper. Its zero value serves one node.
type Config struct {
	Broker        Broker        // carries notifications to other nodes; nil: there are none
	BrokerTimeout time.Duration // for one call of the broker; default 2 s
	Logger        *slog.Logger  // default slog.Default()

	// With a Broker each node tells the others every HeartbeatInterval how many frames it has sent. One that was lost, and a node
	// that is silent for three intervals without a farewell, make those who hear it refetch everything, within five intervals and
	// what a call of the broker may take. Default 2 s, the same on all nodes.
	HeartbeatInterval time.Duration
	// TransactionTimeout is how late a commit may show after the program that asked for it was killed: the longest time that the
	// database gives to a statement. live/postgres has the server keep to it where it publishes after commits; with another driver
	// your connections have to say so. Where a node has fallen silent the others refetch everything once more when it was not heard for
	// so long, and more and more seldom while they remember the node, for ten minutes. Default 10 s. Negative: what is published is
	// published in the transactions, as PostgreSQL's triggers do, and a node takes nothing with it.
	TransactionTimeout time.Duration

	FetchTimeout time.Duration // for one fetch and its rendering; default 10 s
	// MaxFetches run at the same time, in the whole keeper; loads, shared and private refetches that wait take turns. Default 16.
	// Give the pool of a database some connections more, or what requests read besides waits for fetches.
	MaxFetches int

	// A shared query stays subscribed for IdleTimeout after its last viewer, so that the stream of a page that
	// was just loaded, or the next page, finds it warm. Default 10 s, and MaxIdle (1000) of them at most.
	IdleTimeout time.Duration
	MaxIdle     int

	// CheckInterval is for development and soak tests: each query that somebody watches, and that nobody has published a
	// change of, is fetched about so often, one at a time, to find changes that nobody publishes. What differs is shown,
	// and is a [Finding] in the log unless it is published within CheckGrace (default 1 s). 0: queries are not checked.
	CheckInterval time.Duration
	CheckGrace    time.Duration

	Limits Limits

	Rand func() float64 // evenly in [0, 1), for jitter, from any goroutine; default math/rand/v2
}

const defaultTransactionTimeout = 10 * time.Second

// Limits of what one session or page may hold. Zero fields take the default; going over one is a *LimitError.
type Limits struct {
	Streams           int // open on this node; default 65536
	StreamsPerSession int // open streams of one session on this node; default 64
	StreamsPerUser    int // open streams of one user on this node, all sessions together; default 256
	AssignsPerPage    int // default 32
	TopicsPerAssign   int // default 64
	BytesPerFragment  int // as rendered, which bounds a page's messages; default 1 MiB
}

func (c Config) withDefaults() Config {
	c.BrokerTimeout = cmp.Or(c.BrokerTimeout, 2*time.Second)
	if c.HeartbeatInterval <= 0 {
		c.HeartbeatInterval = 2 * time.Second
	}
	c.TransactionTimeout = cmp.Or(c.TransactionTimeout, defaultTransactionTimeout)
	c.FetchTimeout = cmp.Or(c.FetchTimeout, 10*time.Second)
	c.MaxFetches = cmp.Or(c.MaxFetches, 16)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 10*time.Second)
	c.MaxIdle = cmp.Or(c.MaxIdle, 1000)
	c.CheckGrace = cmp.Or(c.CheckGrace, time.Second)
	c.Limits.Streams = cmp.Or(c.Limits.Streams, 1<<16)
	c.Limits.StreamsPerSession = cmp.Or(c.Limits.StreamsPerSession, 64)
	c.Limits.StreamsPerUser = cmp.Or(c.Limits.StreamsPerUser, 256)
	c.Limits.AssignsPerPage = cmp.Or(c.Limits.AssignsPerPage, 32)
	c.Limits.TopicsPerAssign = cmp.Or(c.Limits.TopicsPerAssign, 64)
	c.Limits.BytesPerFragment = cmp.Or(c.Limits.BytesPerFragment, 1<<20)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	return c
}
