package postgres

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// Sync returns when this node has heard every notification of a transaction that others could see to be committed before
// the call: receive has returned for it. While the server is away it returns [ErrDisconnected] at once; the node then hears
// a resync later. It must not be called by receive.
//
// It is a notification that the connection sends to itself. PostgreSQL puts it behind all that were committed, and delivers
// in order. A query would not do: a commit is visible a moment before the listening sessions are woken, so an answer could
// overtake its notification. Syncs at the same time share one. It wakes the server's processes of other nodes, not the nodes.
func (b *Broker) Sync(ctx context.Context) error {
	return b.await(ctx, &publication{sync: true})
}

// syncChannel is heard by one connection only. It has to be listened to: newer servers wake nobody else.
func syncChannel(conn *pgconn.PgConn) string {
	return "htmxlive.sync." + strconv.FormatUint(uint64(conn.PID()), 10)
}
