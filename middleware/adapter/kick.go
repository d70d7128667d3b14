package adapter

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// kickedFor is how long a kick is remembered at least: for all nodes to read it, whatever their clocks say.
const kickedFor = time.Hour

// KickUser ends the streams of a user, in all sessions and on every node, as [live.Keeper.KickUser] does, and Revocations
// remembers it: a node that was not told reads it within RevocationInterval. Streams that the user opens later are not
// ended: what guards the pages has to refuse them first. An error means that it is not remembered.
func (cfg Config) KickUser(ctx context.Context, user string) error {
	return cfg.kick(ctx, kickedUser(user), func(ctx context.Context) error { return cfg.Keeper.KickUser(ctx, user) })
}

// KickSession is KickUser of one session, by its live key. The session itself lives on; [Request.Revoke] ends it.
func (cfg Config) KickSession(ctx context.Context, key string) error {
	return cfg.kick(ctx, kickedSession(key), func(ctx context.Context) error { return cfg.Keeper.KickSession(ctx, key) })
}

// kick remembers first: a stream that opens in between has seen it, or is ended.
func (cfg Config) kick(ctx context.Context, key string, tell func(ctx context.Context) error) error {
	if cfg.Revocations == nil { // the one of each Handler is of this process, in which tell ends all streams
		return tell(ctx)
	}
	cfg = cfg.withRevocationDefaults()
	err := cfg.remember(ctx, key, kickedFor+cfg.RevocationGrace+cfg.TransactionTimeout)
	if err != nil {
		return errors.Join(fmt.Errorf("middleware: remember a kick: %w", err), tell(ctx))
	}
	if err := tell(ctx); err != nil {
		cfg.Logger.WarnContext(ctx, "middleware: other nodes were not told of a kick, they will read it", "error", err)
	}
	return nil
}

// remember is Revocations.Revoke with a time limit, whatever becomes of the request that asks for it.
func (cfg Config) remember(ctx context.Context, key string, age time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.TransactionTimeout)
	defer cancel()
	return cfg.Revocations.Revoke(ctx, key, time.Now().Add(age))
}
