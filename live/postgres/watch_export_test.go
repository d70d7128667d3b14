package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// ConfigureWith watches connections for a keeper that is none.
func ConfigureWith(o Watch, config *pgx.ConnConfig, keeper publisher, sync func(context.Context) error, recording func(context.Context) bool,
	reads, snapshot func(context.Context, ...string), clock func(context.Context, string), fail func(context.Context, error),
) (closeWatch func()) {
	w := newWatcher(o, keeper)
	w.reads = recorders{recording, reads, snapshot, clock, fail}
	if sync != nil {
		w.broker = syncFunc(sync)
	}
	w.attach(config)
	return w.close
}

type syncFunc func(ctx context.Context) error

func (f syncFunc) Sync(ctx context.Context) error { return f(ctx) }
