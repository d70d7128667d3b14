package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/nats"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// join connects this node to the others on the same database: through NATS where -nats says so, else through PostgreSQL
// where the tickets are in it. Without either the broker is nil, and this node is the only one. Leave ends the
// connection; call it after the keeper is closed.
func join(ctx context.Context, f flags, log *slog.Logger) (broker live.Broker, leave func(), err error) {
	switch {
	case f.nats != "":
		b, err := nats.Connect(ctx, nats.Config{URL: f.nats, Logger: log})
		if err != nil {
			return nil, nil, fmt.Errorf("join the other nodes: %w", err)
		}
		return b, b.Close, nil
	case store.EngineOf(f.db) == "postgres":
		b, err := postgres.Connect(ctx, postgres.Config{URL: f.db, Logger: log})
		if err != nil {
			return nil, nil, fmt.Errorf("join the other nodes: %w", err)
		}
		return b, b.Close, nil
	}
	return nil, func() {}, nil
}
