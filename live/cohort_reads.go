package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Reads records that the fetch which runs under ctx reads what the topics stand for. They join Subscribe and SubscribeTo
// of its query, and are followed until a fetch succeeds that does not record them. A data layer calls it for its users,
// who then name no topics.
//
// The topics are followed when Reads returns. Call it before the statement runs: a change that is published later is one
// fetch more, and none is needed for what was published before. For a statement that reads from an older snapshot there
// is [ReadsSnapshot].
//
// A topic that cannot be followed, or more of them than [Limits] allows, is an error of the fetch. Reads may be called
// from several goroutines. It does nothing once the fetch has ended, nor under any other context.
//
// Here a fetch is Fetch or FetchKeys, and what is made of its result: AfterFetch and the fragments of the query.
func Reads(ctx context.Context, topics ...string) {
	if r, ok := recorderIn(ctx); ok {
		r.record(topics, false)
	}
}

// ReadsSnapshot is [Reads] for a statement that reads from a snapshot which may be older than the call, such as a later
// statement of a REPEATABLE READ transaction. A topic that was not followed before the fetch began costs one more fetch,
// which sees what changed between.
func ReadsSnapshot(ctx context.Context, topics ...string) {
	if r, ok := recorderIn(ctx); ok {
		r.record(topics, true)
	}
}

// Recording reports whether [Reads] would record something under ctx. A data layer asks it before it finds out what a
// statement reads.
func Recording(ctx context.Context) bool {
	_, ok := recorderIn(ctx)
	return ok
}

// ReadsClock records that the fetch which runs under ctx reads something of which no change is ever told: the time, a random
// number, a setting of the session. What names it, as in the statement: "now()". A query without a RefetchInterval (or NoRefetch) says so
// once in the log.
func ReadsClock(ctx context.Context, what string) {
	if r, ok := recorderIn(ctx); ok {
		r.recordClock(what)
	}
}

// FailFetch makes err an error of the fetch which runs under ctx, beside its own. A data layer calls it where it cannot vouch for
// what the fetch reads, and has no error of the statement to return.
func FailFetch(ctx context.Context, err error) {
	if r, ok := recorderIn(ctx); ok {
		r.fail(err)
	}
}

// recorder is the context of one fetch. It records what the fetch reads.
type recorder struct {
	context.Context //nolint:containedctx // it is one
	cohort          *cohort
	someRows        bool // some rows are fetched, so the rest of what the result depends on is not read

	mu      sync.Mutex      // guards everything below; nothing below changes once ended is set
	topics  map[string]bool // but for the fixed ones; true: not followed before the fetch began
	late    bool            // a change of something that was read may have been missed
	clock   string          // what was read first that changes and tells nobody; "": nothing
	settles bool            // what is followed may have to change after the fetch
	err     error           // of the first topic that cannot be followed
	ended   bool
}

type recorderKey struct{}

// recorderIn is the recorder of the fetch which runs under ctx.
func recorderIn(ctx context.Context) (*recorder, bool) {
	r, ok := ctx.Value(recorderKey{}).(*recorder)
	return r, ok
}

// Value finds the recorder itself under its key.
func (r *recorder) Value(key any) any {
	if key == (recorderKey{}) {
		return r
	}
	return r.Context.Value(key)
}

// record follows topics that the fetch reads, from a snapshot that may be older than the call or from the newest data. The
// fixed topics are followed anyway.
func (r *recorder) record(topics []string, snapshot bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, topic := range topics {
		if r.ended || slices.Contains(r.cohort.plan.topics, topic) {
			continue
		}
		added, known := r.topics[topic]
		if !known {
			added = r.add(topic)
		}
		r.late = r.late || snapshot && added
	}
}

// recordClock notes the first thing that the fetch reads of which no change is told.
func (r *recorder) recordClock(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		r.clock = cmp.Or(r.clock, what)
	}
}

// add follows a topic that is not recorded yet, and reports whether it was not followed before the fetch began. It holds mu.
func (r *recorder) add(topic string) (added bool) {
	c := r.cohort
	err := checkTopic(topic)
	if most := c.core.cfg.Limits.TopicsPerAssign; err == nil && len(c.plan.topics)+len(r.topics) >= most {
		err = &LimitError{Limit: LimitTopics, Max: most}
	}
	if err == nil {
		added, err = c.followRead(topic)
	}
	if err != nil {
		r.err = cmp.Or(r.err, fmt.Errorf("live: what Fetch reads cannot be followed, correct or coarsen the topics that live.Reads is called with: %w", err))
		return false
	}
	if r.topics == nil {
		r.topics, r.settles = map[string]bool{}, true
	}
	r.topics[topic] = added
	return added
}

// fail makes err the error of the fetch, unless another one came first.
func (r *recorder) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		r.err = cmp.Or(r.err, err)
	}
}

// end ends the recording of a fetch. A topic that could not be followed is an error of the fetch, beside its own.
func (r *recorder) end(err *error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	if !r.someRows || r.clock != "" {
		r.cohort.mu.Lock()
		r.cohort.clock = r.clock
		r.cohort.mu.Unlock()
	}
	if r.settles {
		r.cohort.keepTopics(r.topics, readByFailed)
	}
	if r.err != nil {
		*err = errors.Join(r.err, *err)
	}
}

// warnDeaf logs, once for each name, that nothing refetches a query. Where there is a hook, that may refetch it.
func (c *cohort) warnDeaf(ctx context.Context) {
	c.mu.Lock()
	follows := c.follows
	c.mu.Unlock()
	if !follows || c.hook != nil && c.hook.hooked() || !c.core.deaf.first(c.name) {
		return
	}
	c.core.cfg.Logger.WarnContext(ctx, "live: no change refetches a query, for it names no topic and its Fetch has recorded nothing that it reads: "+
		"give Fetch's ctx to a database that calls live.Reads, or set Subscribe, RefetchInterval or NoRefetch", "assign", c.name)
}

// warnClock logs, once for each name, that a query depends on something of which no change is told, and is never refetched for it.
func (c *cohort) warnClock(ctx context.Context, what string) {
	if c.plan.interval > 0 || c.plan.noRefetch || !c.core.clocked.first(c.name) {
		return
	}
	c.core.cfg.Logger.WarnContext(ctx, "live: the result of a query depends on what changes and tells nobody: "+
		"set RefetchInterval, or NoRefetch where the first result stays right", "assign", c.name, "reads", what)
}
