package live

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// core is what the layers of one keeper share: its settings, the way to other nodes, the index of topics, the limit of fetches,
// its counters.
type core struct {
	cfg     Config
	link    link
	hub     *hub
	fetches *semaphore
	stats   counters

	failedRows failedRows
	deaf       loggedOnce // queries that no change refetches
	clocked    loggedOnce // queries that depend on the time
	rowsOf     loggedOnce // queries with a RowsOf that is of no effect
	findings   findings
}

type counters struct {
	notifications, fetches, failures, checks, findings, resyncs atomic.Uint64
	streams                                                     atomic.Int64
}

// Failed refetches wait 0.5 s, 1 s, 2 s … 30 s, jittered.
const (
	backoffFirst = 500 * time.Millisecond
	backoffMost  = 30 * time.Second
)

func (c *core) backoff(failures int) time.Duration {
	d := backoffMost
	if failures < 7 {
		d = min(backoffFirst<<(failures-1), backoffMost)
	}
	return c.jitter(d)
}

// jitter spreads d evenly over ±10 %, so that pages opened together do not stay in step.
func (c *core) jitter(d time.Duration) time.Duration {
	return d + time.Duration((c.cfg.Rand()*2-1)*float64(d)/10)
}

// reconnectDelay is a time between one and five seconds, for browsers that should not come back together.
func (c *core) reconnectDelay() time.Duration {
	return time.Second + time.Duration(c.cfg.Rand()*float64(4*time.Second))
}

// logFailure reports what went wrong after the first load and will be tried again. What fails once ctx has ended, because
// its page has left or its keeper is closed, is no failure, unless it is a panic.
func (c *core) logFailure(ctx context.Context, name string, err error) {
	if _, panicked := errors.AsType[stackError](err); ctx.Err() != nil && !panicked {
		return
	}
	c.stats.failures.Add(1)
	c.cfg.Logger.ErrorContext(ctx, "live: refetch failed, the last good result stays until a retry works", withError(err, "assign", name)...)
}

// withError is attrs and the error, with its stack where it is a panic.
func withError(err error, attrs ...any) []any {
	attrs = append(attrs, "error", err)
	if p, panicked := errors.AsType[stackError](err); panicked {
		attrs = append(attrs, "stack", string(p.Stack()))
	}
	return attrs
}

// checkTopics refuses what no Publish could ever name, and more than the limit.
func (c *core) checkTopics(topics []string) error {
	if most := c.cfg.Limits.TopicsPerAssign; len(topics) > most {
		return &LimitError{Limit: LimitTopics, Max: most}
	}
	for _, topic := range topics {
		if err := checkTopic(topic); err != nil {
			return err
		}
	}
	return nil
}

// acquireForLoad is a place among the fetches for a load, which waits for it for FetchTimeout at most.
func (c *core) acquireForLoad(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, c.cfg.FetchTimeout)
	defer cancel()
	err := c.fetches.acquire(limited, loading)
	if err != nil && ctx.Err() == nil {
		return c.errFetchLimit()
	}
	return err
}

// errFetchLimit is the error of a load that has waited too long for a fetch to end.
func (c *core) errFetchLimit() error {
	return &LimitError{Limit: LimitFetches, Max: c.cfg.MaxFetches}
}

// sleep waits for d; false if ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
