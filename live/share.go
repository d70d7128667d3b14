package live

import (
	"context"
	"fmt"
	"reflect"
	"slices"
)

// Shared is a query that sockets with equal arguments and scope run once for all of them.
type Shared[A comparable, Q shareable[Q]] struct {
	keeper *Keeper
	name   string
	build  func(args A) Q
}

// shareable is Query, ListQuery or PageQuery.
type shareable[Q any] interface {
	sharedBy(ref *shareRef) Q
}

// shareRef says which cohort a query belongs to.
type shareRef struct {
	keeper *Keeper
	key    shareKey
	query  any // as it was built
}

type shareKey struct {
	name  string
	scope string
	args  any
	page  string // page options, and the path that links lead to
}

// Share defines a shared query under a name, once, where the application starts: a second definition
// of the name panics, and so does one made for each request. build sees the arguments and nothing of
// a request; what it returns fetches and renders under the keeper's context, first page load included,
// so nothing of a viewer (user, locale, token, nonce) reaches another. Its fragments find the result
// under the name of the shared query, whatever a page keeps it as.
//
// A holds strings, integers, booleans, times, and structs and arrays of them; anything else panics. A
// request cannot be an argument, nor can what compares equal and is not the same.
//
// While it has topics or an interval, a load and the stream that follows are one fetch, and so are ten
// thousand that come back at once. Without either nothing tells whether a result still holds: each asks.
//
// Each handler gets a list or the rows of a page for itself. What rows, or any other result, point to
// belongs to all viewers: do not change it.
func Share[A comparable, Q shareable[Q]](k *Keeper, name string, build func(args A) Q) *Shared[A, Q] {
	if build == nil {
		panic(fmt.Sprintf("live: the shared query %q needs a function that builds it", name))
	}
	if part := notPlain(reflect.TypeFor[A]()); part != nil {
		panic(fmt.Sprintf("live: the arguments of the shared query %q hold a %v: only strings, integers, booleans, times, and structs and arrays of them tell apart who sees what", name, part))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.shares[name]; ok {
		panic(fmt.Sprintf("live: the shared query %q is defined twice; define it once, outside of any request", name))
	}
	k.shares[name] = struct{}{}
	return &Shared[A, Q]{keeper: k, name: name, build: build}
}

// With is the query for these arguments, seen by viewers of one authorization scope: whoever names the
// same scope may see the same HTML. An empty scope panics. It is for all of them as build made it: to
// change a field afterwards has no effect.
func (s *Shared[A, Q]) With(scope string, args A) Q {
	if scope == "" {
		panic(fmt.Sprintf("live: the shared query %q needs an authorization scope; for what everybody may see, name one such as \"public\"", s.name))
	}
	return s.build(args).sharedBy(&shareRef{keeper: s.keeper, key: shareKey{name: s.name, scope: scope, args: args}})
}

// cohortOf is the cohort of a shared plan: the one that runs, or a new one. The caller has joined it and must part.
func (k *Keeper) cohortOf(ctx context.Context, p *plan) (*cohort, error) {
	key := p.share.keyOn(p.page)
	if p.share.keeper != k {
		return nil, fmt.Errorf("live: the shared query %q belongs to another keeper", key.name)
	}
	k.mu.Lock()
	if k.stopped {
		k.mu.Unlock()
		return nil, ErrClosed
	}
	c, known := k.shared[key]
	if !known {
		c = newCohort(k, p, key.name, k.spawn)
		c.ready = make(chan struct{})
		k.shared[key] = c
	}
	c.joined++
	k.warm(c)
	k.mu.Unlock()

	if !known {
		c.begins(ctx)
	}
	if err := c.awaitReady(ctx); err != nil {
		k.part(c)
		return nil, err
	}
	if c.failed != nil {
		k.forget(ctx, c)
		return nil, c.failed
	}
	return c, nil
}

// begins follows the fixed topics of a shared cohort: for all who wait, not only for the first.
func (c *cohort) begins(ctx context.Context) {
	defer close(c.ready)
	defer recoverTo(&c.failed)
	c.failed = c.follow(context.WithoutCancel(ctx))
}

// awaitReady waits until the fixed topics of a shared cohort are followed, or have turned out not to be to follow.
func (c *cohort) awaitReady(ctx context.Context) error {
	select {
	case <-c.ready: // nearly always; to wait for two would cost each page a channel
		return nil
	default:
	}
	select {
	case <-c.ready:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// part is the end of what cohortOf began. The last to part leaves the cohort lingering.
func (k *Keeper) part(c *cohort) {
	k.mu.Lock()
	c.joined--
	if c.joined > 0 || k.stopped {
		k.mu.Unlock()
		return
	}
	c.linger = k.cfg.Clock.AfterFunc(k.cfg.Linger, func() { k.endIfLeft(c) })
	k.lingering = append(k.lingering, c)
	var oldest *cohort
	if len(k.lingering) > k.cfg.MaxLingering {
		oldest = k.lingering[0]
	}
	k.mu.Unlock()
	if oldest != nil {
		k.endIfLeft(oldest)
	}
}

// endIfLeft ends a lingering cohort unless somebody has joined it again.
func (k *Keeper) endIfLeft(c *cohort) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.joined > 0 || k.stopped {
		return
	}
	k.drop(c)
	k.spawn(c.end) // leaving a topic may take a call of the broker
}

// forget ends a cohort that could not begin; whoever comes next starts a new one.
func (k *Keeper) forget(ctx context.Context, c *cohort) {
	k.mu.Lock()
	k.drop(c)
	k.mu.Unlock()
	c.end(ctx)
}

// drop takes c off the keeper's lists. It holds mu.
func (k *Keeper) drop(c *cohort) {
	k.warm(c)
	if key := c.plan.share.keyOn(c.plan.page); k.shared[key] == c {
		delete(k.shared, key)
	}
}

// warm ends the lingering of c. It holds mu.
func (k *Keeper) warm(c *cohort) {
	if c.linger == nil {
		return
	}
	stop(&c.linger)
	k.lingering = slices.DeleteFunc(k.lingering, func(l *cohort) bool { return l == c })
}

func (r *shareRef) keyOn(page string) shareKey {
	key := r.key
	key.page = page
	return key
}
