package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/nats"
	"github.com/htmxlive/htmxlive/live/nats/embedded"
	"github.com/htmxlive/htmxlive/live/postgres"
	"github.com/htmxlive/htmxlive/live/redis"
)

// join connects this node to the others on the same database: through what -nats, -redis or -cluster says, else through
// PostgreSQL where the tickets are in it. Without any of them the broker is nil, and this node is the only one. Leave ends the
// connection; call it after the keeper is closed.
func join(ctx context.Context, f flags, log *slog.Logger) (broker live.Broker, leave func(), err error) {
	b, err := connect(ctx, f, log)
	if err != nil {
		return nil, nil, fmt.Errorf("join the other nodes: %w", err)
	}
	if b == nil {
		return nil, func() {}, nil
	}
	return b, b.Close, nil
}

// closer is a broker as all drivers have it.
type closer interface {
	live.Broker
	Close()
}

// connect is nil where there is nothing to connect to.
func connect(ctx context.Context, f flags, log *slog.Logger) (closer, error) {
	switch {
	case f.nats != "":
		return made(nats.Connect(ctx, nats.Config{URL: f.nats, Logger: log}))
	case f.redis != "":
		return made(redis.Connect(ctx, redis.Config{URL: f.redis, Logger: log}))
	case f.cluster != "":
		addresses := strings.Split(f.cluster, ",")
		return made(embedded.Start(ctx, embedded.Config{Listen: addresses[0], Routes: addresses[1:], Logger: log}))
	case store.EngineOf(f.db) == "postgres":
		return made(postgres.Connect(ctx, postgres.Config{URL: f.db, Logger: log}))
	}
	return nil, nil
}

// made is a broker that is nil where there is an error, and not a nil pointer of its driver.
func made[B closer](b B, err error) (closer, error) {
	if err != nil {
		return nil, err
	}
	return b, nil
}
